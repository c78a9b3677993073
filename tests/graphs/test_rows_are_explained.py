"""One row told whole: by its record, its key and its place in a file; on pages, over HTTP, in a
terminal. With it what happened when its row vanished from a newer file."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from graphs.choices import RunStatus
from graphs.explaining import with_runs
from graphs.models import Graph, GraphRun
from graphs.recipes import create_from_recipe
from graphs.rollbacks import start_rollback
from graphs.runs import resume_run, start_run
from importer.errors import Refused
from importer.explaining.asking import explain_key, explain_record, explain_row
from importer.explaining.shapes import Explained
from importer.models import Dataset, Entity, Issue, KeyMap, Project
from tests.graphs.harbour import Harbour, harbour
from tests.graphs.test_following import read

pytestmark = pytest.mark.django_db(transaction=True)

RECIPE: dict[str, Any] = {
    "name": "Goods",
    "mappings": [
        {
            "name": "Group",
            "entity": {"name": "group", "odoo_model": "res.partner", "key_columns": ["Group"]},
            "sheet_name": "groups",
            "fields": [{"target": "name", "source": "column", "spec": {"column": "Title"}}],
        },
        {
            "name": "Goods",
            "entity": {"name": "good", "odoo_model": "res.partner", "key_columns": ["Code"]},
            "sheet_name": "goods",
            "vanished": "archive",
            "vanished_percent": 40,
            "fields": [
                {"target": "name", "source": "column", "spec": {"column": "Name"}},
                {
                    "target": "city",
                    "source": "column",
                    "spec": {
                        "column": "Name",
                        "transforms": [
                            {"name": "upper"},
                            {"name": "replace", "find": "ROPE", "with": "line"},
                        ],
                    },
                },
                {
                    "target": "type",
                    "source": "column",
                    "spec": {"column": "Kind"},
                    "value_map": {"name": "Kinds", "entries": {"wares": "other"}},
                    "default": "contact",
                },
                {"target": "ref", "source": "expression", "spec": {"sql": 'upper("Secret token")'}},
                {
                    "target": "parent_id",
                    "source": "reference",
                    "spec": {"entity": "group", "inputs": [{"column": "Group"}]},
                },
            ],
        },
    ],
    "nodes": [
        {"id": "groups", "type": "load", "data": {"mapping": "Group"}},
        {"id": "goods", "type": "load", "data": {"mapping": "Goods"}},
    ],
    "edges": [],
}
GROUPS = "Group,Title\nG1,Ropes\nG2,Chains\n"
HEAD = "Code,Name,Kind,Secret token,Group\n"
FIRST = HEAD + "A,Hemp rope,Wares,sesame,G1\nB,Chain,,open,G2\nC,Clew,,x,G9\nD,Hook,,y,G2\n"
FIRST += "A,Twin,,z,G1\n,Lost,,z,G1\n"


@pytest.fixture
def port(project: Project, asked: Any) -> Iterator[Harbour]:
    with harbour(project, only=("categories",)) as made:
        made.admin.is_staff = True
        made.admin.save()
        yield made


def _upload(port: Harbour, goods: str) -> Dataset:
    return read(port, goods, groups=GROUPS)


def _run(port: Harbour, graph: Graph, goods: str, drain: Any, **more: Any) -> GraphRun:
    run = start_run(graph, by=port.admin, dataset=_upload(port, goods), **more)
    drain()
    run.refresh_from_db()
    return run


def test_a_row_is_told_from_its_cell_to_its_record_and_back(port: Harbour, drain: Any) -> None:
    graph = create_from_recipe(
        RECIPE, by=port.admin, project=port.project, connection=port.connection, dataset=None
    )
    first = _run(port, graph, FIRST, drain)
    assert first.status == RunStatus.COMPLETED_WITH_ERRORS
    second = _run(port, graph, FIRST.replace("Hemp rope", "Steel rope"), drain)
    good = Entity.objects.get(name="good")
    entry = KeyMap.objects.get(entity=good, source_key='["A"]')

    with CaptureQueriesContext(
        database,
    ) as asked_for:
        (told,) = with_runs(
            explain_record(
                by=port.admin,
                connection=port.connection,
                model="res.partner",
                odoo_id=entry.odoo_id,
            )
        )
    assert len(asked_for) < 30
    assert told.record is not None and (told.record.origin, told.key) == ("created", ("A",))
    places = [(place.sheet, place.row) for place in told.places]
    assert places == [("goods", 2), ("goods", 6), ("goods", 2), ("goods", 6)]
    cells = {cell.column: cell.text for cell in told.places[0].cells}
    assert cells == {
        "Code": "A", "Name": "Steel rope", "Kind": "Wares", "Secret token": "•••", "Group": "G1",
    }  # fmt: skip
    _check_steps(told, KeyMap.objects.get(entity__name="group", source_key='["G1"]').odoo_id)
    newest, oldest = told.loads[0], told.loads[-1]
    assert (newest.run, oldest.run) == (str(second.pk), str(first.pk))
    assert (newest.verdicts[0].verdict, newest.verdicts[0].fields) == ("update", ("name", "city"))
    assert oldest.verdicts[0].verdict == "create"
    sent = {one.column: one.value for one in newest.batches[0].sent}
    assert (sent["name"], sent["id"]) == ("Steel rope", told.record.external_id)
    assert newest.batches[0].attempts[0].outcome == "kept"
    images = {one.field: (one.before, one.after) for one in newest.images[0].fields}
    assert images["name"] == ('"Hemp rope"', '"Steel rope"')
    assert "sesame" not in json.dumps([one.as_json() for one in (told,)]).lower()

    sheet = second.dataset.sheets.get(name="goods")  # type: ignore[union-attr]
    (by_row,) = explain_row(by=port.admin, sheet=sheet, row=2)
    assert by_row.record == told.record
    (failed,) = with_runs(explain_row(by=port.admin, sheet=sheet, row=4))
    assert (failed.record, failed.key, failed.loads[0].verdicts[0].verdict) == (
        None,
        ("C",),
        "error",
    )
    assert failed.loads[0].problems[0].code == "reference_missing"
    (twin,) = explain_row(by=port.admin, sheet=sheet, row=6)
    assert (twin.record, twin.loads[0].row) == (told.record, 6)
    verdicts = [(one.row, one.verdict) for one in twin.loads[0].verdicts]
    assert verdicts == [(2, "update"), (6, "error")]
    (lost,) = explain_row(by=port.admin, sheet=sheet, row=7)
    assert (lost.key, lost.places[0].row, lost.loads[0].problems[0].code) == ((), 7, "key")
    for odd in (9, 1):
        with pytest.raises(Refused, match="was loaded nowhere"):
            explain_row(by=port.admin, sheet=sheet, row=odd)
    _check_doors(port, told, failed)

    rollback = start_rollback(second, by=port.admin)
    drain()
    (undone,) = with_runs(
        explain_key(by=port.admin, entity=good, key=["A"], connection=port.connection)
    )
    kinds = [(load.kind, load.run) for load in undone.loads]
    assert kinds[0] == ("undo", str(rollback.pk))
    assert undone.loads[1].undone_by == (undone.loads[0].load,)
    assert undone.loads[0].verdicts[0].verdict == "restore"


def _check_steps(told: Explained, group: int) -> None:
    steps = {one.field: [(step.what, step.value) for step in one.steps] for one in told.fields}
    assert steps["name"] == [("column “Name”", "Steel rope"), ("as Odoo wants it", "Steel rope")]
    assert steps["type"] == [
        ("column “Kind”", "Wares"), ("value map", "other"), ("as Odoo wants it", "other"),
    ]  # fmt: skip
    assert steps["city"] == [
        ("column “Name”", "Steel rope"), ("transform upper", "STEEL ROPE"),
        ("transform replace", "STEEL line"), ("as Odoo wants it", "STEEL line"),
    ]  # fmt: skip
    assert {value for _, value in steps["ref"]} == {"•••"}
    assert steps["parent_id"] == [
        ("column “Group”", "G1"), ("key of group", "G1"), ("its record", f"res.partner,{group}"),
    ]  # fmt: skip


def _check_doors(port: Harbour, told: Explained, failed: Explained) -> None:
    assert told.record is not None
    web = Client()
    web.force_login(port.admin)
    asked = {
        "connection": str(port.connection.pk), "model": "res.partner",
        "odoo_id": str(told.record.odoo_id),
    }  # fmt: skip
    answer = web.get("/api/explain", asked).json()
    assert answer["rows"][0]["key"] == ["A"]
    assert web.get("/api/explain", {"sheet": failed.places[0].sheet_id}).status_code == 400
    page = web.get("/admin/graphs/graphrun/explain/", asked).content.decode()
    assert "Steel rope" in page and "value map" in page and "sesame" not in page.lower()
    issue = Issue.objects.filter(source_key='["C"]').first()
    assert issue is not None
    page = web.get(f"/admin/importer/issue/{issue.pk}/do/explain/").content.decode()
    assert "No record of res.partner is known" in page
    entry = KeyMap.objects.get(odoo_id=told.record.odoo_id, odoo_model="res.partner")
    assert web.get(f"/admin/importer/keymap/{entry.pk}/do/explain/").status_code == 200
    rows = web.get(f"/admin/importer/sheet/{told.places[0].sheet_id}/rows/").content.decode()
    assert f"explain/?sheet={told.places[0].sheet_id}&amp;row=2" in rows
    out = io.StringIO()
    named = ["--entity", "good", "--key", "A", f"--project={port.project.pk}"]
    call_command("row_explain", *named, f"--user={port.admin.username}", stdout=out)
    assert "Steel rope" in out.getvalue() and "update [name, city]" in out.getvalue()
    out = io.StringIO()
    call_command("row_explain", *named, "--json", f"--user={port.admin.username}", stdout=out)
    assert json.loads(out.getvalue())["rows"][0]["entity"] == "good"


def test_a_run_asks_before_it_archives_many_and_a_rollback_brings_them_back(
    port: Harbour, drain: Any
) -> None:
    graph = create_from_recipe(
        RECIPE, by=port.admin, project=port.project, connection=port.connection, dataset=None
    )
    _run(port, graph, FIRST, drain)
    for policies, match in (
        ({"goods": "archive"}, "loads no goods"),
        ({"good": "burn"}, "no policy"),
    ):
        with pytest.raises(Refused, match=match):
            start_run(graph, by=port.admin, dataset=_upload(port, FIRST), vanished=policies)
    short = HEAD + "A,Hemp rope,Wares,sesame,G1\n"
    kept = _run(port, graph, short, drain, vanished={"good": "report"})
    assert (kept.status, _good(kept).archived, _good(kept).vanished["count"]) == ("completed", 0, 2)

    run = _run(port, graph, short, drain)
    assert run.status == RunStatus.PAUSED and "2 of 3 known rows" in run.error_message
    web = Client()
    web.force_login(port.admin)
    found = web.get(f"/api/runs/{run.pk}/vanished").json()
    assert (found["count"], found["nodes"][0]["asks"]) == (2, True)
    assert [row["key"] for row in found["rows"]] == [["B"], ["D"]]
    page = web.get(f"/admin/graphs/graphrun/{run.pk}/do/resume/").content.decode()
    assert 'name="vanished"' in page
    assert "res.partner" in web.get(f"/admin/graphs/graphrun/{run.pk}/vanished/").content.decode()
    resume_run(run, by=port.admin, vanished="archive")
    drain()
    run.refresh_from_db()
    assert (run.status, _good(run).archived) == ("completed", 2)
    (told,) = explain_key(by=port.admin, entity=_good(run).entity, key=["B"])
    assert told.record is not None and told.record.state == "archived"
    assert told.loads[0].verdicts[0].verdict == "archive"
    start_rollback(run, by=port.admin)
    drain()
    states = KeyMap.objects.filter(entity__name="good").values_list("state", flat=True)
    assert set(states) == {"live"}


def _good(run: GraphRun) -> Any:
    return run.node_runs.get(node_id="goods").load
