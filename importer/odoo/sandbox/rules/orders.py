"""Sale and purchase orders: numbers, what lines take from products, totals, who may be removed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from importer.odoo.sandbox.defaults import COMPANY
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.hooks import Rules, Values, register
from importer.odoo.sandbox.names import display_name
from importer.odoo.sandbox.reading import stored_value
from importer.odoo.sandbox.refusals import DatabaseRefusal, UserRefusal
from importer.odoo.sandbox.tables import Record
from importer.odoo.sandbox.values import rounded


@dataclass(frozen=True)
class Kind:
    """How a family of orders names its fields. ``confirmed``: states that block removal."""

    order: str
    prefix: str
    quantity: str
    price: str
    taxes: str
    confirmed: tuple[str, ...]

    @property
    def line(self) -> str:
        return f"{self.order}.line"


SALE = Kind(
    "sale.order", "S", "product_uom_qty", "list_price", "taxes_id", ("sale", "done", "sent")
)
PURCHASE = Kind(
    "purchase.order",
    "P",
    "product_qty",
    "standard_price",
    "supplier_taxes_id",
    ("purchase", "done"),
)
UNIT_FIELDS = ("product_uom", "product_uom_id")
TAX_FIELDS = ("tax_id", "tax_ids", "taxes_id")
PRICED = frozenset(
    {"price_unit", "discount", "product_uom_qty", "product_qty", *TAX_FIELDS, "order_id"}
)

REPRICED = frozenset({"product_id", "product_uom_qty", *UNIT_FIELDS})


def register_rules() -> None:
    for kind in (SALE, PURCHASE):
        _register(kind)


def _register(kind: Kind) -> None:
    def prepare(env: Env, values: Values) -> None:
        _prepare_order(env, kind, values)

    def created(env: Env, ids: list[int], fields: frozenset[str]) -> None:
        _total(env, kind, ids)

    def removing(env: Env, ids: list[int]) -> None:
        _order_removing(env, kind, ids)

    def prepare_line(env: Env, values: Values) -> None:
        _prepare_line(env, kind, values)

    def line_changed(env: Env, ids: list[int], fields: frozenset[str]) -> None:
        _price(env, kind, ids)

    def line_written(env: Env, ids: list[int], fields: frozenset[str]) -> None:
        if kind is SALE and "price_unit" not in fields and not fields.isdisjoint(REPRICED):
            _reprice(env, ids)
        if not fields.isdisjoint(PRICED):
            _price(env, kind, ids)

    def line_removing(env: Env, ids: list[int]) -> None:
        _line_removing(env, kind, ids)

    register(kind.order, Rules(prepare, created, removing=removing))

    def line_removed(env: Env, records: list[Record]) -> None:
        _total(env, kind, {record["order_id"] for record in records})

    register(
        kind.line, Rules(prepare_line, line_changed, line_written, line_removing, line_removed)
    )


def _prepare_order(env: Env, kind: Kind, values: Values) -> None:
    if not values.get("name") or values.get("name") == "/":
        values["name"] = f"{kind.prefix}{env.table(kind.order).last_id + 1:05d}"
    partner = values.get("partner_id")
    columns = env.facts(kind.order).columns
    for field in ("partner_invoice_id", "partner_shipping_id"):
        if field in columns and not values.get(field) and partner:
            values[field] = partner
    worked_out = {
        "pricelist_id": min(env.table("product.pricelist").rows, default=None),
        "warehouse_id": min(env.table("stock.warehouse").rows, default=None),
        "currency_id": env.value("res.company", COMPANY, "currency_id"),
        "invoice_status": "no",
        "picking_policy": "direct",
        "date_planned": values.get("date_order"),
    }
    for field, value in worked_out.items():
        if field in columns and values.get(field) is None and value:
            values[field] = value


def _prepare_line(env: Env, kind: Kind, values: Values) -> None:
    product = values.get("product_id")
    columns = env.facts(kind.line).columns
    order = values.get("order_id")
    for field in ("currency_id", "company_id", "state"):
        if field in columns and field not in values:
            values[field] = env.value(kind.order, order, field)
    if "order_partner_id" in columns:
        values["order_partner_id"] = env.value(kind.order, order, "partner_id")
    if "partner_id" in columns and "partner_id" not in values:
        values["partner_id"] = env.value(kind.order, order, "partner_id")
    if "date_planned" in columns and "date_planned" not in values:
        values["date_planned"] = env.value(kind.order, order, "date_order") or env.now
    if product and not values.get("display_type"):
        _from_product(env, kind, product, columns, values)


def _from_product(env: Env, kind: Kind, product: int, columns: Any, values: Values) -> None:
    if "name" not in values:
        values["name"] = display_name(env, "product.product", product)
    if "price_unit" not in values:
        values["price_unit"] = stored_value(env, "product.product", product, kind.price) or 0.0
    for field in TAX_FIELDS:
        if field in columns and field not in values:
            taxes = stored_value(env, "product.product", product, kind.taxes) or ()
            values[field] = [(6, 0, taxes)]
    for field in UNIT_FIELDS:
        if field not in columns or values.get(field):
            continue
        if field in values and env.version < 19:
            raise DatabaseRefusal("A line with a product must have its unit (check constraint).")
        values[field] = stored_value(env, "product.product", product, "uom_id")


def _reprice(env: Env, ids: Iterable[int]) -> None:
    """From 17 on a price that is not given with them follows product, quantity and unit."""
    for line in ids if env.version >= 17 else ():
        product = env.row(SALE.line, line).get("product_id")
        if product:
            price = stored_value(env, "product.product", product, SALE.price)
            env.store.change(SALE.line, line, {"price_unit": price or None})


def _price(env: Env, kind: Kind, ids: Iterable[int]) -> None:
    orders = set()
    for line in ids:
        record = env.row(kind.line, line)
        discounted = record.get("price_unit", 0.0) * (1 - record.get("discount", 0.0) / 100)
        subtotal = rounded(record.get(kind.quantity, 0.0) * discounted, 2)
        tax = rounded(subtotal * _tax_rate(env, record) / 100, 2)
        totals = {
            "price_subtotal": subtotal or None,
            "price_tax": tax or None,
            "price_total": rounded(subtotal + tax, 2) or None,
        }
        env.store.change(kind.line, line, totals)
        orders.add(record.get("order_id"))
    _total(env, kind, [order for order in orders if order])


def _tax_rate(env: Env, record: dict[str, Any]) -> float:
    taxes = next((record[f] for f in TAX_FIELDS if record.get(f)), ())
    return sum(float(env.value("account.tax", tax, "amount") or 0.0) for tax in taxes)


def _total(env: Env, kind: Kind, orders: Iterable[int]) -> None:
    for order in orders:
        if env.store.get(kind.order, order) is None:
            continue
        lines = env.table(kind.line).with_value("order_id", [order])
        rows = [env.row(kind.line, line) for line in lines]
        untaxed = rounded(sum(row.get("price_subtotal", 0.0) for row in rows), 2)
        tax = rounded(sum(row.get("price_tax", 0.0) for row in rows), 2)
        totals = {
            "amount_untaxed": untaxed or None,
            "amount_tax": tax or None,
            "amount_total": rounded(untaxed + tax, 2) or None,
        }
        env.store.change(kind.order, order, totals)


def _order_removing(env: Env, kind: Kind, ids: list[int]) -> None:
    for order in ids:
        if env.value(kind.order, order, "state") in kind.confirmed:
            raise UserRefusal("A confirmed order cannot be deleted; cancel it first.")


def _line_removing(env: Env, kind: Kind, ids: list[int]) -> None:
    for line in ids:
        order = env.value(kind.line, line, "order_id")
        if env.value(kind.order, order, "state") in kind.confirmed:
            raise UserRefusal("A line of a confirmed order cannot be deleted.")
