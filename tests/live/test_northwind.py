"""Northwind on a live Odoo: it arrives whole, once, its changes arrive alone, and all of it can be
undone. ``ODOO_TEST_URL``, ``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN``, ``ODOO_TEST_SECRET`` say which
(its modules: sale_management, purchase, hr), ``STOWAGE_NORTHWIND`` names the folder of CSV files.
"""

import csv
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from graphs.choices import RunStatus
from graphs.dispatching import tick
from graphs.models import Graph, GraphRun
from graphs.progress import progress_of
from graphs.recipes import create_from_recipe, read_recipe
from graphs.runs import start_rollback, start_run
from importer.choices import Role
from importer.connections import add_connection, open_client
from importer.datasets import upload_dataset
from importer.jobs import execute_job
from importer.models import Dataset, Issue, Job, Membership, Project, User
from tests.live.reading import Witness

FOLDER = Path(os.environ.get("STOWAGE_NORTHWIND", ""))
RECIPES = Path(__file__).resolve().parents[2] / "docs" / "examples" / "northwind"
MODELS = (
    "res.partner",
    "product.category",
    "product.template",
    "product.product",
    "product.supplierinfo",
    "hr.employee",
    "sale.order",
    "sale.order.line",
)
ARRIVES = {
    "customers": 91,
    "customer-contacts": 91,
    "suppliers": 29,
    "supplier-contacts": 29,
    "categories": 8,
    "products": 77,
    "supplier-prices": 77,
    "employees": 9,
    "orders": 830,
    "order-lines": 2155,
}
EDITS = {
    "customers.csv": ("customerID", "ALFKI", {"phone": "030-999", "address": "Neue Str. 1"}),
    "products.csv": ("productID", "2", {"productName": "Changed"}),
    "employees.csv": ("employeeID", "9", {"reportsTo": "2"}),
    "order_details.csv": ("orderID", "10248", {"quantity": "20", "discount": "0.1"}),
}

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        "ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no live server"
    ),
    pytest.mark.skipif(
        "STOWAGE_NORTHWIND" not in os.environ, reason="STOWAGE_NORTHWIND names no folder"
    ),
]


@dataclass
class Trade:
    """Northwind in a project of its own, ready to run on the live server."""

    user: User
    graph: Graph
    drain: Any
    witness: Witness

    def read(self, files: list[Path], name: str) -> Dataset:
        named = [(path.name, path) for path in files]
        dataset, _ = upload_dataset(
            by=self.user, project=self.graph.project, files=named, name=name
        )
        execute_job(str(Job.objects.get(object_id=dataset.pk, kind="read_dataset").pk))
        dataset.refresh_from_db()
        return dataset

    def run(self, **more: Any) -> dict[str, dict[str, Any]]:
        return self.end(start_run(self.graph, by=self.user, **more))

    def undo(self, run: GraphRun) -> None:
        back = start_rollback(run, by=self.user)
        nodes = self.end(back)
        left = {name: node for name, node in nodes.items() if node["failed"] or node["blocked"]}
        assert (back.status, left) == ("completed", {})

    def end(self, run: GraphRun) -> dict[str, dict[str, Any]]:
        """Its nodes, when nothing is left to do, also after leases that had to run out."""
        until = time.monotonic() + 300
        self.drain()
        run.refresh_from_db()
        while run.status == RunStatus.RUNNING and time.monotonic() < until:
            time.sleep(1)
            tick(timezone.now())
            self.drain()
            run.refresh_from_db()
        return {node["id"]: node for node in progress_of(run)["progress"]["nodes"]}

    def last(self) -> GraphRun:
        return GraphRun.objects.filter(kind="load").latest("created_at")

    def numbers(self) -> dict[str, int]:
        found = {model: self.witness.count(model) for model in MODELS}
        ours = ["module", "=", self.graph.project.namespace]
        return {**found, "ir.model.data": self.witness.count("ir.model.data", ours)}

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        return {one: self.witness.all(one, self.witness.stored_fields(one)) for one in MODELS}


@pytest.fixture
def trade(transactional_db: None, project: Project, asked: Any, drain: Any) -> Iterator[Trade]:
    user = User.objects.create_user("master", password="a long password")
    Membership.objects.create(project=project, user=user, role=Role.ADMIN)
    witness = Witness.of_environment()
    connection = add_connection(
        by=user,
        project=project,
        name="Live",
        url=witness.url,
        database=witness.database,
        login=witness.login,
        secret=witness.secret,
        environment="staging",
    )
    file = "graph-odoo15.json" if witness.major < 16 else "graph.json"
    recipe = read_recipe((RECIPES / file).read_text(encoding="utf-8"))
    graph = create_from_recipe(recipe, by=user, project=project, connection=connection)
    trade = Trade(user, graph, drain, witness)
    graph.dataset = trade.read(sorted(FOLDER.glob("*.csv")), "Northwind")
    graph.save()
    asked.clear()
    yield trade


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch, trade: Trade) -> list[str]:
    """Every call that may change a record."""
    assert trade.graph.connection is not None
    client = open_client(trade.graph.connection)
    kind, made = type(client), list[str]()
    client.close()
    for method in ("insert_if_absent", "update", "write", "unlink", "create_record"):
        whole = getattr(kind, method)

        def counted(self: Any, *args: Any, whole: Any = whole, **more: Any) -> Any:
            made.append(whole.__name__)
            return whole(self, *args, **more)

        monkeypatch.setattr(kind, method, counted)
    return made


def sheet(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def edited(folder: Path) -> list[Path]:
    """The same files; of some the first row with a key has other cells."""
    files = []
    for source in sorted(FOLDER.glob("*.csv")):
        rows, target = sheet(source.name), folder / source.name
        if source.name in EDITS:
            column, key, cells = EDITS[source.name]
            next(row for row in rows if row[column] == key).update(cells)
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        files.append(target)
    return files


def look_at_lines(witness: Witness) -> None:
    refs = {
        one["id"]: one["client_order_ref"]
        for one in witness.all("sale.order", ["client_order_ref"])
    }
    codes = {
        one["id"]: one["default_code"] for one in witness.all("product.product", ["default_code"])
    }
    shown = ["order_id", "product_id", "product_uom_qty", "price_subtotal"]
    lines = [one for one in witness.all("sale.order.line", shown) if refs[one["order_id"][0]]]
    found = Counter(
        (refs[one["order_id"][0]], codes[one["product_id"][0]], one["product_uom_qty"])
        for one in lines
    )
    wanted = Counter(
        (row["orderID"], f"NW{row['productID']:0>3}", float(row["quantity"]))
        for row in sheet("order_details.csv")
    )
    assert found == wanted
    assert sum(Decimal(str(one["price_subtotal"])) for one in lines) == Decimal("1265793.29")


def look_at_people(witness: Witness) -> None:
    partners = {
        one["id"]: one
        for one in witness.all("res.partner", ["name", "ref", "parent_id", "function"])
    }
    for row in sheet("customers.csv"):
        company = next(one for one in partners.values() if one["ref"] == row["customerID"])
        (contact,) = (
            one
            for one in partners.values()
            if one["parent_id"] and one["parent_id"][0] == company["id"]
        )
        assert (contact["name"], contact["function"]) == (row["contactName"], row["contactTitle"])
    bosses = {
        one["name"]: one["parent_id"] and one["parent_id"][1].partition(" (")[0]
        for one in witness.all("hr.employee", ["name", "parent_id"])
    }
    names = {
        row["employeeID"]: f"{row['firstName']} {row['lastName']}" for row in sheet("employees.csv")
    }
    for row in sheet("employees.csv"):
        assert bosses[names[row["employeeID"]]] == names.get(row["reportsTo"], False)


def test_northwind_arrives_whole_once_and_can_be_undone(
    trade: Trade, writes: list[str], tmp_path: Path
) -> None:
    empty = trade.numbers()
    planned = trade.run(dry_run=True)
    assert planned["customers"]["created"] == 91
    assert (trade.numbers(), writes) == (empty, [])

    nodes = trade.run()
    first = trade.last()
    assert {name: node["created"] for name, node in nodes.items()} == ARRIVES, first.error_message
    look_at_lines(trade.witness)
    look_at_people(trade.witness)
    issues = Issue.objects.filter(load__in=[node.load_id for node in first.node_runs.all()])
    assert set(issues.values_list("code", "field")) == {("not_found", "state_id")}
    states = [one["state_id"] for one in trade.witness.all("res.partner", ["state_id"])]
    assert issues.count() + sum(map(bool, states)) >= 40

    writes.clear()
    before = trade.everything()
    nodes = trade.run()
    assert {node["created"] + node["updated"] for node in nodes.values()} == {0}
    assert writes == []

    nodes = trade.run(dataset=trade.read(edited(tmp_path), "Edited"))
    changed = {name: node["updated"] for name, node in nodes.items() if node["updated"]}
    assert changed == {"customers": 1, "products": 1, "employees": 1, "order-lines": 1}
    trade.undo(trade.last())
    after = trade.everything()
    assert [name for name in MODELS if after[name] != before[name]] == []

    trade.undo(first)
    assert trade.numbers() == empty
