"""A field that Odoo computes from others, and that may be written as well, is sent with them."""

from dataclasses import replace

import pytest

from importer.engine.recomputing import recomputed
from importer.odoo.protocols import FieldFacts
from tests.engine.loading import Harbour, column, refer

PLAIN = FieldFacts("", "", "float", required=False, readonly=False, store=True)


def fields(**some: FieldFacts) -> dict[str, FieldFacts]:
    return {name: replace(one, name=name) for name, one in some.items()}


def test_it_depends_at_any_remove_and_may_be_written_and_kept() -> None:
    known = fields(
        qty=PLAIN,
        rule=replace(PLAIN, depends=("qty",), store=False),
        price=replace(PLAIN, depends=("rule.fixed",)),
        total=replace(PLAIN, depends=("price",), readonly=True),
        lines=replace(PLAIN, depends=("qty",), type="one2many"),
        note=replace(PLAIN, depends=("order.qty",)),
    )
    assert recomputed(["qty"], known) == {"price"}
    assert recomputed(["qty", "price"], known) == set()
    assert recomputed(["note"], known) == set()


def test_fields_that_depend_on_each_other_have_an_end() -> None:
    known = fields(a=replace(PLAIN, depends=("b",)), b=replace(PLAIN, depends=("a",)))
    assert recomputed(["a"], known) == {"b"}


@pytest.mark.django_db(transaction=True)
def test_a_new_quantity_does_not_cost_the_price_of_the_line(harbour: Harbour) -> None:
    customer, product = (
        harbour.entity("customer", "res.partner"),
        harbour.entity("product", "product.product"),
    )
    order, line = harbour.entity("order", "sale.order"), harbour.entity("line", "sale.order.line")
    book = harbour.dataset()
    named = [{"code": "a", "name": "Q a"}]
    harbour.load(customer, named, [column("name")], dataset=book, name="c")
    priced = [{**named[0], "price": "10"}]
    shown = [column("name"), column("list_price", "price")]
    harbour.load(product, priced, shown, dataset=book, name="p")
    who = [refer("partner_id", "customer", "code")]
    harbour.load(order, [{"code": "a"}], who, dataset=book, name="o")
    mapped = [
        refer("order_id", "order", "code"),
        refer("product_id", "product", "code"),
        column("product_uom_qty", "qty"),
        column("price_unit", "price"),
    ]
    lines = {"code": "a", "qty": "2", "price": "8"}
    harbour.load(line, [lines], mapped, dataset=book, name="l")
    load = harbour.load(line, [{**lines, "qty": "3"}], mapped, dataset=book, name="l2")
    assert load.updated == 1
    shown_now = ["product_uom_qty", "price_unit", "price_subtotal"]
    (now,) = harbour.read("sale.order.line", [["product_uom_qty", "=", 3]], shown_now)
    assert (now["price_unit"], now["price_subtotal"]) == (8, 24)
