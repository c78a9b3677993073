"""In a server dry run Odoo itself refuses rows that our own rules let through: they are named, rows
that refer to them are blocked, and nothing is left in Odoo."""

import io
from collections.abc import Callable
from typing import Any

import pytest

from graphs.models import Graph, GraphRun
from graphs.plans import PlannedRows, describe_load_plan
from graphs.recipes import create_from_recipe
from graphs.runs import start_run
from importer.connections import add_connection, open_client
from importer.datasets import upload_dataset
from importer.jobs import execute_job
from importer.models import Connection, Issue, Job, Project, User
from importer.planned_rows import Wanted
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET, sandbox

SELLERS = "Code,Name,Login\nS1,Ann,ann@quay.example\nS2,Ben,admin\n"
CLIENTS = "Code,Name,Seller\nC1,Anchor,S1\nC2,Bollard,S2\n"


def _node(name: str, model: str, fields: list[dict[str, Any]]) -> dict[str, Any]:
    entity = {"name": name, "odoo_model": model, "key_columns": ["Code"]}
    return {"name": name, "entity": entity, "sheet_name": f"{name}s", "fields": fields}


def _column(target: str, column: str) -> dict[str, Any]:
    return {"target": target, "source": "column", "spec": {"column": column}}


RECIPE: dict[str, Any] = {
    "name": "Sellers",
    "mappings": [
        _node("seller", "res.users", [_column("name", "Name"), _column("login", "Login")]),
        _node(
            "client",
            "res.partner",
            [
                _column("name", "Name"),
                {
                    "target": "user_id",
                    "source": "reference",
                    "spec": {"entity": "seller", "inputs": [{"column": "Seller"}]},
                },
            ],
        ),
    ],
    "nodes": [
        {"id": one, "type": "load", "data": {"mapping": one}} for one in ("seller", "client")
    ],
    "edges": [],
}


def graph_on(connection: Connection, admin: User) -> Graph:
    files = [
        ("sellers.csv", io.BytesIO(SELLERS.encode())),
        ("clients.csv", io.BytesIO(CLIENTS.encode())),
    ]
    dataset, _ = upload_dataset(by=admin, project=connection.project, files=files)
    execute_job(str(Job.objects.get(object_id=dataset.pk, kind="read_dataset").pk))
    dataset.refresh_from_db()
    return create_from_recipe(
        RECIPE, by=admin, project=connection.project, connection=connection, dataset=dataset
    )


def check_refusals(connection: Connection, admin: User, drain: Callable[[], int]) -> None:
    """What a server dry run finds on this Odoo."""
    local = start_run(graph_on(connection, admin), by=admin, dry_run=True)
    drain()
    assert describe_load_plan(local)["totals"]["create"] == 4  # our own rules let them through
    plan = start_run(local.version.graph, by=admin, dry_run=True, depth="server")
    drain()
    plan = GraphRun.objects.get(pk=plan.pk)
    found = describe_load_plan(plan)
    verdicts = [{name: n for name, n in node["verdicts"].items() if n} for node in found["nodes"]]
    assert verdicts == [{"create": 1, "error": 1}, {"create": 1, "blocked": 1}], plan.error_message
    assert [node["tried"] for node in found["nodes"]] == [2, 1]
    rows = {row["key"]: row for row in PlannedRows(plan, Wanted())[0:9]}
    assert "login" in rows["S2"]["reason"].lower() and rows["S2"]["verdict"] == "error"
    assert "S2 was not loaded" in rows["C2"]["reason"] and rows["C2"]["verdict"] == "blocked"
    issue = Issue.objects.get(load__node_run__run=plan, source_key='["S2"]')
    assert (issue.row, issue.column, issue.stage) == (3, "Login", "odoo")
    client = open_client(connection)
    domain = [["login", "=", "ann@quay.example"]]
    assert client.search_count("res.users", domain, context={"active_test": False}) == 0
    client.close()


@pytest.mark.django_db(transaction=True)
def test_what_odoo_refuses_is_named_before_anything_is_written(
    project: Project, make_member: Any, asked: Any, drain: Any
) -> None:
    admin = make_member("admin", project=project)
    with sandbox("19") as url:
        login = {"database": DATABASE, "login": LOGIN, "secret": SECRET}
        connection = add_connection(
            by=admin, project=project, name="Sandbox", url=url, environment="sandbox", **login
        )
        check_refusals(connection, admin, drain)
