"""A made workbook with parents and lines, the graph that loads it, what of it is in Odoo in the
end, and how long work rested after a process was killed.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from graphs.models import GraphRun
from importer.connections import open_client
from importer.models import Batch, Connection

_PRODUCTS = 20
Cells = tuple[str, ...]


def write_trade(path: Path, rows: int) -> None:
    """A workbook of about ``rows`` rows: companies, their contacts, products, orders, lines."""
    companies, contacts = rows * 15 // 100, rows * 30 // 100
    orders, lines = rows * 15 // 100, rows * 40 // 100 - _PRODUCTS
    book = Workbook(write_only=True)
    for title, table in (
        ("Companies", _companies(companies)),
        ("Contacts", _contacts(contacts, companies)),
        ("Products", _products()),
        ("Orders", _orders(orders, companies)),
        ("Lines", _lines(lines, orders)),
    ):
        sheet = book.create_sheet(title)
        for cells in table:
            sheet.append(cells)
    book.save(path)


def _companies(n: int) -> Iterator[Cells]:
    yield ("Number", "Name", "City")
    yield from ((f"C{k:06}", f"Company {k:06}", f"Harbour {k % 97}") for k in range(n))


def _contacts(n: int, companies: int) -> Iterator[Cells]:
    yield ("Number", "Name", "Company", "Job")
    for k in range(n):
        yield (f"P{k:06}", f"Person {k:06}", f"C{k % companies:06}", f"Job {k % 7}")


def _products() -> Iterator[Cells]:
    yield ("SKU", "Name", "Price")
    yield from ((f"S{k:02}", f"Thing {k:02}", f"{k + 1}.50") for k in range(_PRODUCTS))


def _orders(n: int, companies: int) -> Iterator[Cells]:
    yield ("Order", "Customer")
    yield from ((f"O{k:06}", f"C{k % companies:06}") for k in range(n))


def _lines(n: int, orders: int) -> Iterator[Cells]:
    yield ("Line", "Order", "SKU", "Quantity", "Price")
    for k in range(n):
        yield (f"L{k:06}", f"O{k % orders:06}", f"S{k % _PRODUCTS:02}", f"{k % 9 + 1}", "2.25")


def _column(target: str, name: str) -> dict[str, Any]:
    return {"target": target, "source": "column", "spec": {"column": name}}


def _refer(target: str, entity: str, name: str) -> dict[str, Any]:
    spec = {"entity": entity, "inputs": [{"column": name}]}
    return {"target": target, "source": "reference", "spec": spec}


_NODES: tuple[tuple[str, str, str, str, list[dict[str, Any]]], ...] = (
    (
        "Companies",
        "company",
        "res.partner",
        "Number",
        [_column("name", "Name"), _column("ref", "Number"), _column("city", "City")],
    ),
    (
        "Contacts",
        "person",
        "res.partner",
        "Number",
        [
            _column("name", "Name"),
            _column("ref", "Number"),
            _column("function", "Job"),
            _refer("parent_id", "company", "Company"),
        ],
    ),
    (
        "Products",
        "product",
        "product.product",
        "SKU",
        [_column("name", "Name"), _column("default_code", "SKU"), _column("list_price", "Price")],
    ),
    (
        "Orders",
        "order",
        "sale.order",
        "Order",
        [_column("client_order_ref", "Order"), _refer("partner_id", "company", "Customer")],
    ),
    (
        "Lines",
        "line",
        "sale.order.line",
        "Line",
        [
            _refer("order_id", "order", "Order"),
            _refer("product_id", "product", "SKU"),
            _column("name", "Line"),
            _column("product_uom_qty", "Quantity"),
            _column("price_unit", "Price"),
        ],
    ),
)

RECIPE: dict[str, Any] = {
    "name": "Trade",
    "mappings": [
        {
            "name": sheet,
            "sheet_name": sheet,
            "entity": {"name": entity, "odoo_model": model, "key_columns": [key]},
            "fields": fields,
        }
        for sheet, entity, model, key, fields in _NODES
    ],
    "nodes": [
        {"id": sheet.lower(), "type": "load", "data": {"odooModel": model, "mapping": sheet}}
        for sheet, _, model, _, _ in _NODES
    ],
    "edges": [],
}

# Model, the field that names a record, its prefixes, and what is compared.
_COMPARED: tuple[tuple[str, str, Sequence[str], Sequence[str]], ...] = (
    ("res.partner", "ref", ("C", "P"), ("name", "city", "function", "parent_id")),
    ("product.product", "default_code", ("S",), ("name", "list_price")),
    ("sale.order", "client_order_ref", ("O",), ("partner_id",)),
    ("sale.order.line", "name", ("L",), ("order_id", "product_id", "product_uom_qty")),
)


def snapshot(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Model -> its records by their own names, sorted; references by the names they lead to."""
    client = open_client(connection)
    names: dict[str, dict[int, str]] = {}
    found: dict[str, list[tuple[Any, ...]]] = {}
    leads = {"parent_id": "res.partner", "partner_id": "res.partner", "order_id": "sale.order"}
    leads["product_id"] = "product.product"
    try:
        for model, key, prefixes, fields in _COMPARED:
            records = [
                one
                for one in client.search_read(
                    model, [], [key, *fields], context={"active_test": False}
                )
                if str(one[key] or "").startswith(tuple(prefixes)) and str(one[key])[1:].isdecimal()
            ]
            names[model] = {one["id"]: str(one[key]) for one in records}
            found[model] = sorted(
                (
                    str(one[key]),
                    *(
                        names[leads[name]].get(one[name], "") if name in leads else one[name]
                        for name in fields
                    ),
                )
                for one in records
            )
    finally:
        client.close()
    return found


def slowest_resumption(
    run: GraphRun, kills: Sequence[datetime], *, from_the_last: bool = False
) -> float:
    """The longest time in seconds from a kill to the next batch that ended, or the run's end.
    ``from_the_last``: counted from the last kill before that batch, as each of several in a row
    makes the wait begin anew."""
    ended = list(
        Batch.objects.filter(load__node_run__run=run, ended_at__isnull=False)
        .order_by("ended_at")
        .values_list("ended_at", flat=True)
    )
    slowest = 0.0
    for kill in kills:
        later = [one for one in (*ended, run.ended_at) if one is not None and one > kill]
        if later:
            resumed = min(later)
            since = max(one for one in kills if one < resumed) if from_the_last else kill
            slowest = max(slowest, (resumed - since).total_seconds())
    return slowest
