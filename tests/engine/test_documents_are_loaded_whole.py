"""Nested mappings: a document with its lines is one record of a call."""

from typing import Any

from importer.models import KeyMap
from tests.engine.loading import Harbour, Row, column, issues

LINE = ("order", "line")


def nested(harbour: Harbour, rows_of: list[dict[str, Any]]) -> dict[str, Any]:
    line = harbour.entity("order_line", "sale.order.line", LINE)
    return harbour.frozen(
        line,
        rows_of,
        nested_field="order_line",
        parent_inputs=[{"column": "order"}],
    )


def sheet() -> list[Row]:
    return [
        {"order": "1", "line": "1", "customer": "a", "text": "Rope", "price": "2"},
        {"order": "1", "line": "2", "customer": "a", "text": "Sail", "price": "3"},
        {"order": "2", "line": "1", "customer": "a", "text": "Oar", "price": "bad"},
        {"order": "3", "line": "1", "customer": "a", "text": "Tar", "price": "5"},
    ]


def test_lines_come_with_their_document_and_a_bad_line_fails_only_its_own(
    harbour: Harbour,
) -> None:
    customer = harbour.entity("customer", "res.partner")
    product = harbour.entity("product", "product.product")
    order = harbour.entity("order", "sale.order", ("order",))
    harbour.load(customer, [{"code": "a", "name": "Qa"}])
    harbour.load(product, [{"code": "p", "name": "Thing"}])
    template = KeyMap.objects.get(entity=product)
    spec = {"entity": "customer", "inputs": [{"column": "customer"}]}
    partner = {**column("partner_id"), "source": "reference", "spec": spec}
    ref = harbour.client().external_ids("product.product", [template.odoo_id])[template.odoo_id]
    item = {**column("product_id"), "source": "constant", "spec": {"value": ref}}
    lines = nested(harbour, [column("name", "text"), column("price_unit", "price"), item])
    load = harbour.load(order, sheet(), [partner], nested=[lines])
    assert (load.created, load.failed) == (2, 1), [one.message for one in issues(load)]
    orders = harbour.read("sale.order", [], ["order_line", "amount_untaxed"])
    assert sorted(len(one["order_line"]) for one in orders) == [1, 2]
    assert sorted(one["amount_untaxed"] for one in orders) == [5, 5]
    again = harbour.load(order, sheet(), [partner], nested=[lines])
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    changed = [{**row, "price": "4"} if row["text"] == "Sail" else row for row in sheet()]
    load = harbour.load(order, changed, [partner], nested=[lines])
    assert (load.created, load.updated, load.unchanged) == (0, 1, 1)
    orders = harbour.read("sale.order", [], ["order_line", "amount_untaxed"])
    assert sorted((len(one["order_line"]), one["amount_untaxed"]) for one in orders) == [
        (1, 5),
        (2, 6),
    ]
