"""A circle of references, within a sheet or between sheets, arrives whole on a real sandbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from graphs.models import Graph, GraphRun
from graphs.progress import progress_of
from graphs.recipes import create_from_recipe
from graphs.runs import cancel_run, retry_run, start_rollback, start_run
from importer.choices import Role
from importer.connections import add_connection, open_client, refresh_schema
from importer.datasets import upload_dataset
from importer.jobs import execute_job
from importer.models import Connection, DeferredLink, Issue, Job, KeyMap, Membership, Project, User
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET, sandbox

pytestmark = pytest.mark.django_db(transaction=True)

UNITS = "Unit,Head\nSea,Anna\nLand,Bea\nAir,\nCellar,Nobody\n"
STAFF = "Name,Unit,Coach\nAnna,Sea,Bea\nBea,Land,Anna\nCarl,Sea,Bea\nDora,Air,\n"


@pytest.fixture
def office(project: Project, tmp_path: Path, asked: Any) -> Iterator["Office"]:
    with sandbox("19") as url:
        yield Office(project, url, tmp_path)
    asked.clear()


class Office:
    """Departments with heads, heads with departments, coaches who coach one another."""

    def __init__(self, project: Project, url: str, folder: Path) -> None:
        self.project, self.url, self.folder = project, url, folder
        self.admin = User.objects.create_user("head", password="a long password")
        Membership.objects.create(project=project, user=self.admin, role=Role.ADMIN)
        self.connection: Connection = add_connection(
            by=self.admin,
            project=project,
            name="Sandbox",
            url=url,
            database=DATABASE,
            login=LOGIN,
            secret=SECRET,
            environment="sandbox",
        )
        refresh_schema(self.connection, ["hr.department", "hr.employee"])  # which are optional
        self.dataset = self.upload("first", UNITS, STAFF)
        self.graph: Graph = create_from_recipe(
            _recipe(), by=self.admin, project=project, connection=self.connection
        )

    def upload(self, name: str, units: str, staff: str) -> Any:
        files = []
        for sheet, text in (("units.csv", units), ("staff.csv", staff)):
            path = self.folder / f"{name}-{sheet}"
            path.write_text(text, encoding="utf-8")
            files.append((sheet, path))
        dataset, _ = upload_dataset(by=self.admin, project=self.project, files=files, name=name)
        execute_job(str(Job.objects.get(object_id=dataset.pk, kind="read_dataset").pk))
        dataset.refresh_from_db()
        assert dataset.state == "ready", dataset.error
        return dataset

    def run(self, dataset: Any = None, **options: Any) -> GraphRun:
        return start_run(self.graph, by=self.admin, dataset=dataset or self.dataset, **options)

    def read(self, model: str, *fields: str) -> dict[str, dict[str, Any]]:
        """Name -> values; of references the name."""
        with self.client() as client:
            found = client.search_read(model, [], ["name", *fields])
            names = {
                "department_id": _names(client, "hr.department"),
                "manager_id": _names(client, "hr.employee"),
                "coach_id": _names(client, "hr.employee"),
            }
        ours = set(KeyMap.objects.filter(odoo_model=model).values_list("odoo_id", flat=True))
        return {
            one["name"]: {name: names[name].get(one[name], False) for name in fields}
            for one in found
            if one["id"] in ours
        }

    @contextmanager
    def client(self) -> Iterator[Any]:
        client = open_client(self.connection)
        try:
            yield client
        finally:
            client.close()

    def writes(self) -> int:
        calls = httpx.get(f"{self.url}/sandbox/calls").json()
        kinds = ("load", "write", "create", "unlink")
        return sum(int(one["calls"]) for one in calls if one["method"] in kinds)


def _names(client: Any, model: str) -> dict[int, str]:
    return {one["id"]: one["name"] for one in client.search_read(model, [], ["name"])}


def _recipe() -> dict[str, Any]:
    return {
        "name": "Office",
        "mappings": [
            {
                "name": "Units",
                "entity": {"name": "unit", "odoo_model": "hr.department", "key_columns": ["Unit"]},
                "sheet_name": "units",
                "fields": [
                    {"target": "name", "source": "column", "spec": {"column": "Unit"}},
                    _refers("manager_id", "person", "Head"),
                ],
            },
            {
                "name": "Staff",
                "entity": {"name": "person", "odoo_model": "hr.employee", "key_columns": ["Name"]},
                "sheet_name": "staff",
                "fields": [
                    {"target": "name", "source": "column", "spec": {"column": "Name"}},
                    _refers("department_id", "unit", "Unit"),
                    _refers("coach_id", "person", "Coach"),
                ],
            },
        ],
        "nodes": [
            {"id": "units", "type": "load", "data": {"mapping": "Units"}},
            {"id": "staff", "type": "load", "data": {"mapping": "Staff"}},
        ],
        "edges": [],
    }


def _refers(target: str, entity: str, column: str) -> dict[str, Any]:
    spec = {"entity": entity, "inputs": [{"column": column}]}
    return {"target": target, "source": "reference", "spec": spec}


def rows(run: GraphRun) -> dict[str, dict[str, int]]:
    """Node -> its counters that are not 0."""
    run.refresh_from_db()
    names = ("created", "updated", "unchanged", "skipped", "failed", "blocked")
    return {
        node["id"]: {name: node[name] for name in names if node[name]}
        for node in progress_of(run)["progress"]["nodes"]
    }


def test_both_kinds_of_circle_arrive_and_a_second_run_writes_nothing(
    office: Office, drain: Any
) -> None:
    run = office.run()
    drain()
    assert rows(run) == {
        "units": {"created": 4},
        "staff": {"created": 4},
        "units:link": {"updated": 2, "unchanged": 1, "failed": 1},
    }
    assert office.read("hr.department", "manager_id") == {
        "Sea": {"manager_id": "Anna"},
        "Land": {"manager_id": "Bea"},
        "Air": {"manager_id": False},
        "Cellar": {"manager_id": False},
    }
    assert office.read("hr.employee", "coach_id", "department_id") == {
        "Anna": {"coach_id": "Bea", "department_id": "Sea"},
        "Bea": {"coach_id": "Anna", "department_id": "Land"},
        "Carl": {"coach_id": "Bea", "department_id": "Sea"},
        "Dora": {"coach_id": False, "department_id": "Air"},
    }
    (issue,) = Issue.objects.filter(load__node_run__run=run)
    assert (issue.code, issue.row, issue.column) == ("reference_missing", 5, "Head")
    assert DeferredLink.objects.exclude(written_at=None).count() == 3
    assert not DeferredLink.objects.filter(written_at=None).exists()
    writes = office.writes()
    again = office.run()
    drain()
    assert rows(again)["units"] == {"unchanged": 4}
    assert rows(again)["staff"] == {"unchanged": 4}
    assert rows(again)["units:link"] == {"unchanged": 3, "failed": 1}
    assert office.writes() == writes


def test_a_changed_link_is_written_alone_and_given_back_by_its_rollback(
    office: Office, drain: Any
) -> None:
    office.run()
    drain()
    moved = office.upload("second", UNITS.replace("Sea,Anna", "Sea,Carl"), STAFF)
    run = office.run(moved)
    drain()
    assert rows(run)["units"] == {"unchanged": 4}
    assert rows(run)["units:link"] == {"updated": 1, "unchanged": 2, "failed": 1}
    assert office.read("hr.department", "manager_id")["Sea"] == {"manager_id": "Carl"}
    start_rollback(run, by=office.admin)
    drain()
    assert office.read("hr.department", "manager_id")["Sea"] == {"manager_id": "Anna"}
    third = office.run()
    writes = office.writes()
    drain()
    assert rows(third)["units:link"] == {"unchanged": 3, "failed": 1}
    assert office.writes() == writes


def test_a_whole_circle_is_rolled_back(office: Office, drain: Any) -> None:
    with office.client() as client:
        before = {
            model: client.search(model, [])
            for model in ("hr.department", "hr.employee", "hr.version")
        }
    run = office.run()
    drain()
    rollback = start_rollback(run, by=office.admin)
    drain()
    rollback.refresh_from_db()
    kept = Issue.objects.filter(load__node_run__run=rollback).values_list("message", flat=True)
    assert rollback.status == "completed", list(kept)
    with office.client() as client:
        assert before == {model: client.search(model, []) for model in before}
    assert not KeyMap.objects.exists()
    assert not DeferredLink.objects.exists()


def test_a_dry_run_tells_how_many_links_would_be_written(office: Office, drain: Any) -> None:
    run = office.run(dry_run=True)
    writes = office.writes()
    drain()
    assert rows(run) == {
        "units": {"created": 4},
        "staff": {"created": 4},
        "units:link": {"updated": 2, "unchanged": 1, "failed": 1},
    }
    assert office.writes() == writes
    assert not DeferredLink.objects.exists()


def test_links_of_records_that_were_not_made_are_blocked_and_retried(
    office: Office, drain: Any
) -> None:
    bad = office.upload("bad", UNITS, STAFF.replace("Anna,Sea,Bea", "Anna,Nowhere,Bea"))
    run = office.run(bad)
    drain()
    assert rows(run)["staff"] == {"created": 1, "failed": 1, "blocked": 2}
    assert rows(run)["units:link"] == {"unchanged": 1, "failed": 1, "blocked": 2}
    said = Issue.objects.get(load__node_run__run=run, row=2, sheet="units")
    assert "Anna was not loaded" in said.message
    retry_run(run, by=office.admin)
    drain()
    assert rows(run)["units:link"] == {"unchanged": 1, "failed": 1, "blocked": 2}


def test_a_run_cancelled_before_its_links_goes_on_by_a_retry(
    office: Office, drain: Any, asked: Any
) -> None:
    run = office.run()
    cancel_run(run, by=office.admin)
    drain()
    run.refresh_from_db()
    assert run.status == "cancelled"
    retry_run(run, by=office.admin)
    drain()
    assert rows(run)["units:link"] == {"updated": 2, "unchanged": 1, "failed": 1}
    assert office.read("hr.department", "manager_id")["Land"] == {"manager_id": "Bea"}
