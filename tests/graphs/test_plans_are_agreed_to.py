"""What a dry run plans is listed row by row, signed, and applied as it is; what has changed since
is asked for again before anything is sent."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from graphs.agreements import agree_to_changes, agree_to_plan, apply_plan, changes_of
from graphs.canaries import try_canary
from graphs.choices import RunStatus
from graphs.models import Graph, GraphRun, PlanAgreement
from graphs.plans import describe_load_plan
from graphs.progress import progress_of
from graphs.recipes import create_from_recipe
from graphs.runs import resume_run, start_run
from graphs.versions import publish_graph, save_graph
from importer.connections import add_connection, open_client
from importer.datasets import upload_dataset
from importer.errors import NotAllowed, Refused
from importer.jobs import execute_job
from importer.models import Connection, Dataset, Job, KeyMap, Project, User
from importer.odoo.protocols import OdooClient
from tests.graphs.rehearsed import act
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET, sandbox

pytestmark = pytest.mark.django_db(transaction=True)

FIRMS = """Code,Name,City,Token
F1,Anchor,Hull,hush-1
F2,=Bollard,Leith,hush-2
F3,Capstan,Deal,hush-3
"""
PEOPLE = "Code,Name,Firm\nP1,Ann,F1\nP2,Ben,F2\nP3,Cid,F9\n"


def _mapping(name: str, fields: dict[str, str], reference: bool = False) -> dict[str, Any]:
    columns = [
        {"target": target, "source": "column", "spec": {"column": column}}
        for target, column in fields.items()
    ]
    if reference:
        spec = {"entity": "firm", "inputs": [{"column": "Firm"}]}
        columns.append({"target": "parent_id", "source": "reference", "spec": spec})
    entity = {"name": name, "odoo_model": "res.partner", "key_columns": ["Code"]}
    sheet = {"firm": "firms", "person": "people"}[name]
    return {"name": name, "entity": entity, "sheet_name": sheet, "fields": columns}


RECIPE: dict[str, Any] = {
    "name": "Partners",
    "mappings": [
        _mapping("firm", {"name": "Name", "city": "City", "street": "Token"}),
        _mapping("person", {"name": "Name"}, reference=True),
    ],
    "nodes": [{"id": one, "type": "load", "data": {"mapping": one}} for one in ("firm", "person")],
    "edges": [],
}


@dataclass(frozen=True, slots=True)
class Port:
    """An empty sandbox, its project and an admin of that; ``odoo`` looks into it."""

    admin: User
    project: Project
    connection: Connection
    odoo: OdooClient


@pytest.fixture
def port(project: Project, asked: Any, make_member: Any) -> Iterator[Port]:
    admin = make_member("admin", project=project)
    with sandbox("19") as url:
        login = {"database": DATABASE, "login": LOGIN, "secret": SECRET}
        connection = add_connection(
            by=admin, project=project, name="Sandbox", url=url, environment="sandbox", **login
        )
        client = open_client(connection)
        yield Port(admin, project, connection, client)
        client.close()


@pytest.fixture
def graph(port: Port) -> Graph:
    return create_from_recipe(
        RECIPE,
        by=port.admin,
        project=port.project,
        connection=port.connection,
        dataset=read(port, FIRMS),
    )


def read(port: Port, firms: str) -> Dataset:
    files = [
        ("firms.csv", io.BytesIO(firms.encode())),
        ("people.csv", io.BytesIO(PEOPLE.encode())),
    ]
    dataset, _ = upload_dataset(by=port.admin, project=port.project, files=files)
    execute_job(str(Job.objects.get(object_id=dataset.pk, kind="read_dataset").pk))
    dataset.refresh_from_db()
    return dataset


def ended(run: GraphRun, drain: Callable[[], int]) -> GraphRun:
    drain()
    run.refresh_from_db()
    return run


def counts(run: GraphRun) -> dict[str, list[int]]:
    """Counter -> rows of the two nodes."""
    nodes = progress_of(run)["progress"]["nodes"]
    names = ("created", "updated", "unchanged", "failed", "blocked")
    return {name: found for name in names if any(found := [node[name] for node in nodes])}


def over_http(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def on_pages(user: User) -> Client:
    User.objects.filter(pk=user.pk).update(is_staff=True)
    client = Client()
    client.force_login(user)
    return client


def test_a_plan_is_shown_agreed_to_and_applied_or_asked_for_again(
    port: Port, graph: Graph, drain: Any, make_member: Any, tmp_path: Path, capsys: Any
) -> None:
    operator = make_member("operator", project=port.project)
    approver = make_member("approver", project=port.project)
    works, signs = over_http(operator), over_http(approver)

    # 1. a server dry run: Odoo has tried the rows, and keeps none of them
    asked = works.post(f"/api/graphs/{graph.pk}/run", {"dry_run": True, "depth": "server"})
    plan = ended(GraphRun.objects.get(pk=asked.json()["id"]), drain)
    found = works.get(f"/api/runs/{plan.pk}/plan").json()
    assert (found["totals"]["create"], found["totals"]["error"]) == (5, 1)
    assert (found["depth"], [node["tried"] for node in found["nodes"]]) == ("server", [3, 2])
    assert found["not_checked"] == [
        "person: 2 rows were tried without parent_id: it refers to a record of this run, "
        "or is a file."
    ]
    assert port.odoo.search_count("res.partner", [["city", "=", "Leith"]]) == 0
    address = f"/api/runs/{plan.pk}/plan/rows"
    rows = works.get(address, {"page_size": 5}).json()["results"]
    assert [row["key"] for row in rows] == ["F1", "F2", "F3", "P1", "P2"]
    said = {one["field"]: one["after"] for one in rows[1]["changes"]}
    assert (said["city"], said["street"]) == ("Leith", "•••")  # its column holds secrets
    assert works.get(address, {"text": "hush"}).json()["count"] == 0
    bad = works.get(address, {"verdict": "error"}).json()["results"]
    assert [(row["node"], row["row"]) for row in bad] == [("person", 4)]
    assert "F9" in bad[0]["reason"]
    named = works.get(address, {"text": "bollard"}).json()["results"]
    assert [row["key"] for row in named] == ["F2"]
    assert works.get(address, {"field": "parent_id", "node": "person"}).json()["count"] == 2

    book = works.get(f"/api/runs/{plan.pk}/plan.xlsx")
    (tmp_path / "plan.xlsx").write_bytes(b"".join(book.streaming_content))  # type: ignore[attr-defined]
    sheet = openpyxl.load_workbook(tmp_path / "plan.xlsx")["Rows"]
    cells = [cell for line in sheet.iter_rows() for cell in line if cell.value]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert not any("hush" in str(cell.value) for cell in cells)
    assert any("= =Bollard" in str(cell.value) for cell in cells)

    # 2. signed by who may, and applied as it is
    address = f"/api/runs/{plan.pk}/plan"
    assert works.post(f"{address}/agree", {"sha256": found["sha256"]}).status_code == 403
    assert "Nobody has agreed" in works.post(f"{address}/apply").json()["errors"][0]["message"]
    assert signs.post(f"{address}/agree", {"sha256": "other"}).status_code == 400
    signed = signs.post(f"{address}/agree", {"sha256": found["sha256"]}).json()
    assert (signed["agreed_by"], signed["sha256"]) == (str(approver), found["sha256"])
    applied = works.post(f"{address}/apply")
    assert applied.status_code == 202
    run = ended(GraphRun.objects.get(pk=applied.json()["id"]), drain)
    assert run.status == RunStatus.COMPLETED_WITH_ERRORS, run.error_message
    assert counts(run) == {"created": [3, 2], "failed": [0, 1]}
    assert run.applies == plan

    # 3. the same plan once more is another one by now: nothing is sent before somebody agrees
    again = ended(apply_plan(plan, by=operator), drain)
    assert again.status == RunStatus.PAUSED
    assert "3 rows that were “create” are now “unchanged”" in again.error_message
    page = on_pages(approver).get(reverse("admin:graphs_graphrun_planned", args=(again.pk,)))
    assert 'name="sha256"' in page.content.decode()
    assert "are now “unchanged”" in page.content.decode()
    asking = works.get(f"/api/runs/{again.pk}/plan/changes").json()
    assert [(one["node"], one["rows"]) for one in asking] == [("firm", 3)]
    first = asking[0]["differences"][0]
    assert (first["key"], first["was"], first["now"]) == ("F1", "create", "unchanged")
    again = ended(resume_run(again, by=operator), drain)
    assert again.status == RunStatus.PAUSED  # resuming is not agreeing
    with pytest.raises(NotAllowed):
        agree_to_changes(again, by=operator)
    seen_now = works.get(f"/api/runs/{again.pk}/plan/changes").json()[0]["sha256"]
    with pytest.raises(Refused, match="not these"):  # what was seen before it was resumed
        agree_to_changes(again, by=approver, sha256=[asking[0]["sha256"]])
    on_pages(approver).post(
        reverse("admin:graphs_graphrun_planned_do", args=(again.pk, "agree-changes")),
        {"sha256": [seen_now]},
    )
    again = ended(again, drain)
    assert [one["node"] for one in changes_of(again)] == ["person"]
    assert signs.post(f"/api/runs/{again.pk}/plan/changes/agree").status_code == 202
    again = ended(again, drain)
    assert counts(again) == {"unchanged": [3, 2], "failed": [0, 1]}
    signed_nodes = PlanAgreement.objects.filter(run=again).values_list("node_id", flat=True)
    assert list(signed_nodes) == ["person", "firm"]

    # 4. an update shows what Odoo holds, and is asked for again when that has changed
    newer = read(port, FIRMS.replace("Deal", "Dover"))
    update = ended(start_run(graph, by=operator, dry_run=True, dataset=newer), drain)
    call_command(
        "plan_show",
        str(update.pk),
        "--json",
        "--verdict=update",
        "--rows=9",
        f"--user={operator.username}",
    )
    told = json.loads(capsys.readouterr().out)
    assert told["nodes"][0]["fields"] == {"city": 1}
    change = told["rows"][0]["changes"][0]
    assert (change["before"], change["after"]) == ("Deal", "Dover")
    page = on_pages(approver).get(reverse("admin:graphs_graphrun_planned", args=(update.pk,)))
    assert "<del>Deal</del> → Dover" in page.content.decode()
    call_command("plan_agree", str(update.pk), f"--user={approver.username}")
    odoo_id = KeyMap.objects.get(entity__name="firm", source_key='["F3"]').odoo_id
    port.odoo.write("res.partner", [odoo_id], {"city": "Margate"})
    run = ended(apply_plan(update, by=operator), drain)
    assert "1 row would overwrite values that were changed in Odoo" in run.error_message
    with pytest.raises(SystemExit, match="4"):
        call_command("plan_show", str(run.pk), f"--user={operator.username}")
    assert "city: Deal → Margate" in capsys.readouterr().out
    assert port.odoo.read("res.partner", [odoo_id], ["city"])[0]["city"] == "Margate"
    run = ended(agree_to_changes(run, by=approver), drain)
    assert counts(run)["updated"] == [1, 0]
    assert port.odoo.read("res.partner", [odoo_id], ["city"])[0]["city"] == "Dover"

    # 5. another release since: it says so and asks again
    publish_graph(save_graph(graph, by=operator, spec=_halting(graph)), by=operator)
    with pytest.raises(Refused, match="released again"):
        apply_plan(plan, by=operator)
    agree_to_plan(plan, by=approver)
    assert apply_plan(plan, by=operator).version == plan.version


def _halting(graph: Graph) -> dict[str, Any]:
    nodes = [{**node, "data": {**node["data"], "maxErrors": 7}} for node in graph.spec["nodes"]]
    return {**graph.spec, "nodes": nodes}


def test_a_canary_loads_few_rows_of_each_node_into_a_sandbox_and_takes_them_back(
    port: Port, graph: Graph, drain: Any
) -> None:
    plan = ended(start_run(graph, by=port.admin, dry_run=True), drain)
    everyone = {"active_test": False}
    before = port.odoo.search_count("res.partner", [], context=everyone)
    Connection.objects.update(environment="staging")
    with pytest.raises(Refused, match="no sandbox"):
        try_canary(GraphRun.objects.get(pk=plan.pk), by=port.admin)
    Connection.objects.update(environment="sandbox")
    plan = GraphRun.objects.get(pk=plan.pk)
    canary = act(drain, try_canary(plan, by=port.admin, rows=1))
    assert canary.state == "passed", canary.error_message
    # one firm and one person, and the firm of that person, which is the same one
    assert counts(canary.run) == {"created": [1, 1]}
    assert port.odoo.search_count("res.partner", [], context=everyone) == before
    assert describe_load_plan(plan)["canaries"][0]["state"] == "passed"
