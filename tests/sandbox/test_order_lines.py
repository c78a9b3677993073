"""Sublines of ``load``, totals of orders, and the steps of an order."""

from typing import Any

import pytest

from tests.sandbox.serving import Refused, Sandbox, errors

ORDER, LINE = "sale.order", "sale.order.line"


@pytest.fixture
def shop(sandbox: Sandbox) -> Sandbox:
    sandbox.loaded("res.partner", ["id", "name"], ["m.c", "Customer"])
    fields = ["id", "name", "list_price", "taxes_id"]
    sandbox.loaded("product.product", fields, ["m.p", "P", "10", ""], ["m.q", "Q", "3", ""])
    return sandbox


def lines_of(shop: Sandbox, order: int) -> list[dict[str, float]]:
    fields = ["product_uom_qty", "price_unit", "price_subtotal"]
    found: list[dict[str, float]] = shop.call(
        LINE, "search_read", [["order_id", "=", order]], fields, order="id"
    )
    return found


def test_continuation_rows_are_lines_of_the_record_above(shop: Sandbox) -> None:
    fields = ["id", "partner_id/id", "order_line/product_id/id", "order_line/product_uom_qty"]
    rows = [["m.o", "m.c", "m.p", "2"], ["", "", "m.q", "5"], ["m.o2", "m.c", "m.p", "1"]]
    first, second = shop.loaded(ORDER, fields, *rows)
    assert [line["product_uom_qty"] for line in lines_of(shop, first)] == [2, 5]
    assert [line["product_uom_qty"] for line in lines_of(shop, second)] == [1]


def test_a_bad_line_is_reported_for_the_rows_of_its_order(shop: Sandbox) -> None:
    fields = ["id", "partner_id/id", "order_line/product_id/id", "order_line/product_uom_qty"]
    rows = [["m.o", "m.c", "m.p", "2"], ["", "", "m.q", "many"]]
    answer = shop.load(ORDER, fields, *rows)
    assert errors(answer) == [(0, "order_line")]
    assert answer["messages"][0]["rows"] == {"from": 0, "to": 1}


def test_lines_without_ids_are_appended_again(shop: Sandbox) -> None:
    fields = ["id", "partner_id/id", "order_line/product_id/id"]
    order = shop.loaded(ORDER, fields, ["m.o", "m.c", "m.p"])[0]
    shop.loaded(ORDER, fields, ["m.o", "m.c", "m.p"])
    assert len(lines_of(shop, order)) == 2


def test_lines_with_ids_are_updated(shop: Sandbox) -> None:
    fields = ["id", "partner_id/id", "order_line/id", "order_line/product_id/id"]
    order = shop.loaded(ORDER, fields, ["m.o", "m.c", "m.l", "m.p"])[0]
    shop.loaded(ORDER, ["id", "order_line/id", "order_line/product_uom_qty"], ["m.o", "m.l", "9"])
    assert [line["product_uom_qty"] for line in lines_of(shop, order)] == [9]


def test_lines_may_be_loaded_by_themselves(shop: Sandbox) -> None:
    order = shop.loaded(ORDER, ["id", "partner_id/id"], ["m.o", "m.c"])[0]
    fields = ["id", "order_id/id", "product_id/id", "product_uom_qty"]
    context = {"mode": "update", "noupdate": True}
    first = shop.loaded(LINE, fields, ["m.l", "m.o", "m.p", "2"], **context)
    assert shop.loaded(LINE, fields, ["m.l", "m.o", "m.p", "7"], **context) == first
    assert [line["product_uom_qty"] for line in lines_of(shop, order)] == [2]


def test_a_line_takes_name_price_and_unit_from_its_product(shop: Sandbox) -> None:
    shop.loaded(ORDER, ["id", "partner_id/id"], ["m.o", "m.c"])
    line = shop.loaded(LINE, ["order_id/id", "product_id/id"], ["m.o", "m.p"])[0]
    unit = "product_uom_id" if shop.version == 19 else "product_uom"
    kept = shop.one(LINE, line, "name", "price_unit", unit)
    assert (kept["name"], kept["price_unit"]) == ("P", 10)
    assert kept[unit]


def test_an_empty_price_is_zero(shop: Sandbox) -> None:
    shop.loaded(ORDER, ["id", "partner_id/id"], ["m.o", "m.c"])
    fields = ["order_id/id", "product_id/id", "price_unit"]
    line = shop.loaded(LINE, fields, ["m.o", "m.p", ""])[0]
    assert shop.one(LINE, line, "price_unit")["price_unit"] == 0


def test_totals_are_rounded_half_up_per_line(shop: Sandbox) -> None:
    shop.loaded(ORDER, ["id", "partner_id/id"], ["m.o", "m.c"])
    fields = ["order_id/id", "product_id/id", "product_uom_qty", "price_unit", "discount"]
    rows = [["m.o", "m.p", "1", "0.10", "25"], ["m.o", "m.q", "3", "9.99", "15"]]
    lines = shop.loaded(LINE, fields, *rows)
    subtotals = [shop.one(LINE, line, "price_subtotal")["price_subtotal"] for line in lines]
    assert subtotals == [0.08, 25.47]
    order = shop.one(LINE, lines[0], "order_id")["order_id"]
    assert shop.one(ORDER, order, "amount_total")["amount_total"] == 25.55
    shop.call(LINE, "unlink", [lines[0]])
    assert shop.one(ORDER, order, "amount_total")["amount_total"] == 25.47


def test_a_percent_tax_is_added(shop: Sandbox) -> None:
    shop.loaded("account.tax", ["id", "name", "amount"], ["m.t", "Ten", "10"])
    tax = "tax_ids" if shop.version == 19 else "tax_id"
    shop.loaded(ORDER, ["id", "partner_id/id"], ["m.o", "m.c"])
    fields = ["order_id/id", "product_id/id", "product_uom_qty", "price_unit", f"{tax}/id"]
    shop.loaded(LINE, fields, ["m.o", "m.p", "2", "5", "m.t"])
    order = shop.call(ORDER, "search", [["partner_id", "=", "Customer"]])[0]
    kept = shop.one(ORDER, order, "amount_untaxed", "amount_tax", "amount_total")
    assert (kept["amount_untaxed"], kept["amount_tax"], kept["amount_total"]) == (10, 1, 11)


def test_sums_can_be_asked_for(shop: Sandbox) -> None:
    fields = ["id", "partner_id/id", "order_line/product_id/id", "order_line/product_uom_qty"]
    shop.loaded(ORDER, fields, ["m.o", "m.c", "m.p", "2"], ["m.o2", "m.c", "m.q", "1"])
    if shop.version == 19:
        asked: dict[str, Any] = {"groupby": [], "aggregates": ["amount_untaxed:sum", "__count"]}
        row = shop.call(ORDER, "formatted_read_group", [], **asked)[0]
        assert (row["amount_untaxed:sum"], row["__count"]) == (23, 2)
    row = shop.call(ORDER, "read_group", [], ["amount_untaxed:sum"], [])[0]
    assert (row["amount_untaxed"], row["__count"]) == (23, 2)


def test_a_confirmed_order_is_removed_only_after_cancelling(shop: Sandbox) -> None:
    fields = ["id", "partner_id/id", "order_line/product_id/id"]
    order = shop.loaded(ORDER, fields, ["m.o", "m.c", "m.p"])[0]
    shop.call(ORDER, "action_confirm", [order])
    line = shop.call(LINE, "search", [["order_id", "=", order]])
    for model, ids in ((ORDER, [order]), (LINE, line)):
        with pytest.raises(Refused) as refused:
            shop.call(model, "unlink", ids)
        assert refused.value.name == "odoo.exceptions.UserError"
    shop.call(ORDER, "action_cancel", [order])
    assert shop.call(ORDER, "unlink", [order]) is True
    assert shop.count(LINE) == 0


def test_from_17_on_a_price_follows_the_quantity_unless_it_is_given(shop: Sandbox) -> None:
    order = shop.loaded(ORDER, ["id", "partner_id/id"], ["m.o", "m.c"])[0]
    fields = ["id", "order_id/id", "product_id/id", "price_unit"]
    shop.loaded(LINE, fields, ["m.l", "m.o", "m.p", "8"])
    shop.loaded(LINE, ["id", "product_uom_qty"], ["m.l", "2"])
    assert [line["price_unit"] for line in lines_of(shop, order)] == [
        8 if shop.version < 17 else 10
    ]
    shop.loaded(LINE, ["id", "product_uom_qty", "price_unit"], ["m.l", "3", "8"])
    assert [line["price_subtotal"] for line in lines_of(shop, order)] == [24]
