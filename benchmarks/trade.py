"""A made workbook with parents and lines, and the graph that loads it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import Workbook

_PRODUCTS = 20
_EVERY = 5
"""Of these rows a changed workbook has one with other cells."""
Cells = tuple[str, ...]


def write_trade(path: Path, rows: int, *, is_changed: bool = False) -> None:
    """A workbook of about ``rows`` rows: companies, their contacts, products, orders, lines.
    ``is_changed``: a fifth of the companies have moved to one city, a fifth of the contacts have
    a job of their own, a fifth of the lines another quantity, and some contacts are new."""
    companies, contacts = rows * 15 // 100, rows * 30 // 100
    orders, lines = rows * 15 // 100, rows * 40 // 100 - _PRODUCTS
    book = Workbook(write_only=True)
    for title, table in (
        ("Companies", _companies(companies, is_changed)),
        ("Contacts", _contacts(contacts, companies, is_changed)),
        ("Products", _products()),
        ("Orders", _orders(orders, companies)),
        ("Lines", _lines(lines, orders, is_changed)),
    ):
        sheet = book.create_sheet(title)
        for cells in table:
            sheet.append(cells)
    book.save(path)


def _companies(n: int, is_changed: bool) -> Iterator[Cells]:
    yield ("Number", "Name", "City")
    for k in range(n):
        city = "Newport" if is_changed and k % _EVERY == 0 else f"Harbour {k % 97}"
        yield (f"C{k:06}", f"Company {k:06}", city)


def _contacts(n: int, companies: int, is_changed: bool) -> Iterator[Cells]:
    yield ("Number", "Name", "Company", "Job")
    for k in range(n + n // 20 if is_changed else n):
        job = f"Post {k}" if is_changed and k % _EVERY == 0 else f"Job {k % 7}"
        yield (f"P{k:06}", f"Person {k:06}", f"C{k % companies:06}", job)


def _products() -> Iterator[Cells]:
    yield ("SKU", "Name", "Price")
    yield from ((f"S{k:02}", f"Thing {k:02}", f"{k + 1}.50") for k in range(_PRODUCTS))


def _orders(n: int, companies: int) -> Iterator[Cells]:
    yield ("Order", "Customer")
    yield from ((f"O{k:06}", f"C{k % companies:06}") for k in range(n))


def _lines(n: int, orders: int, is_changed: bool) -> Iterator[Cells]:
    yield ("Line", "Order", "SKU", "Quantity", "Price")
    for k in range(n):
        quantity = 10 + k % 3 if is_changed and k % _EVERY == 0 else k % 9 + 1
        yield (f"L{k:06}", f"O{k % orders:06}", f"S{k % _PRODUCTS:02}", f"{quantity}", "2.25")


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
