"""Northwind, found by STOWAGE_NORTHWIND: somebody else's data arrives complete, with its total, and
a second run changes nothing."""

import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from graphs.models import GraphRun, Reconciliation
from graphs.progress import progress_of
from graphs.recipes import create_from_recipe, read_recipe
from graphs.runs import start_run
from importer.choices import Role
from importer.connections import add_connection, open_client
from importer.datasets import upload_dataset
from importer.jobs import execute_job
from importer.models import Job, KeyMap, Membership, Project, User
from tests.graphs.harbour import Harbour
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET, sandbox

FOLDER = os.environ.get("STOWAGE_NORTHWIND", "")
RECIPE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "northwind" / "graph.json"
ARRIVES = {
    "customers": 91,
    "suppliers": 29,
    "categories": 8,
    "products": 77,
    "orders": 830,
    "order-lines": 2155,
}

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
    pytest.mark.skipif(not FOLDER, reason="STOWAGE_NORTHWIND names no folder"),
]


@pytest.fixture
def port(project: Project, asked: Any) -> Iterator[Harbour]:
    admin = User.objects.create_user("master", password="a long password")
    Membership.objects.create(project=project, user=admin, role=Role.ADMIN)
    files = [(path.name, path) for path in sorted(Path(FOLDER).glob("*.csv"))]
    dataset, _ = upload_dataset(by=admin, project=project, files=files, name="Northwind")
    execute_job(str(Job.objects.get(object_id=dataset.pk, kind="read_dataset").pk))
    dataset.refresh_from_db()
    with sandbox("19") as url:
        connection = add_connection(
            by=admin,
            project=project,
            name="Sandbox",
            url=url,
            database=DATABASE,
            login=LOGIN,
            secret=SECRET,
            environment="sandbox",
        )
        recipe = read_recipe(RECIPE.read_text(encoding="utf-8"))
        graph = create_from_recipe(
            recipe, by=admin, project=project, connection=connection, dataset=dataset
        )
        asked.clear()
        yield Harbour(admin, project, connection, dataset, graph, url)


def nodes(run: GraphRun) -> dict[str, dict[str, Any]]:
    run.refresh_from_db()
    return {node["id"]: node for node in progress_of(run)["progress"]["nodes"]}


def test_northwind_arrives_with_its_total_and_twice_is_once(port: Harbour, drain: Any) -> None:
    run = start_run(port.graph, by=port.admin)
    drain()
    first = nodes(run)
    assert {node: first[node]["created"] for node in ARRIVES} == ARRIVES, run.error_message
    client = open_client(port.connection)
    lines = KeyMap.objects.filter(entity__mappings__name="Northwind order lines")
    ids = list(lines.values_list("odoo_id", flat=True))
    prices = client.read("sale.order.line", ids, ["price_subtotal", "order_id"])
    client.close()
    assert sum(Decimal(str(row["price_subtotal"])) for row in prices) == Decimal("1265793.29")
    assert len({row["order_id"] for row in prices}) == ARRIVES["orders"]
    _check_reconciled(run)
    after, writes = port.counts(), port.writes()
    again = start_run(port.graph, by=port.admin)
    drain()
    assert all(node["created"] == node["updated"] == 0 for node in nodes(again).values())
    assert (port.counts(), port.writes()) == (after, writes)


def _check_reconciled(run: GraphRun) -> None:
    """The report says the same of both sides, number by number."""
    made = Reconciliation.objects.get(run=run)
    assert (made.state, made.is_equal, made.n_differences) == ("ready", True, 0), made.error_message
    found = {one["node"]: one for one in made.report["sections"]}
    counted = {node: found[node]["counts"] for node in ARRIVES}
    assert {node: one["rows"] for node, one in counted.items()} == ARRIVES
    assert {node: one["in_odoo"] for node, one in counted.items()} == ARRIVES
    assert all(found[node]["keys"]["source"] == found[node]["keys"]["odoo"] for node in ARRIVES)
    lines = {one["field"]: one["groups"] for one in found["order-lines"]["sums"]}
    (quantity,) = lines["product_uom_qty"]
    assert quantity["source"] == quantity["odoo"] == "51317" and quantity["rows"] == 2155
    (total,) = found["order-lines"]["control_totals"]
    assert total["source"] == total["odoo"] == "1265793.29"
    dates = {one["field"]: one for one in found["orders"]["dates"]}
    ordered = dates["date_order"]
    assert ordered["source"] == ordered["odoo"] == ["1996-07-04 00:00:00", "1998-05-06 00:00:00"]
