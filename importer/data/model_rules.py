"""What fields_get does not tell: which fields Odoo fills by itself although it calls them
required, and which it does not call required although no record is kept without them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from importer.odoo.protocols import ModelFacts

NEEDED: dict[str, tuple[tuple[str, str], ...]] = {"res.partner": (("name", "type"),)}
"""(field, kind): wanted by a constraint of the model unless the kind, which only the row knows, is
another than the default: an invoice address needs no name."""

NEEDED_BY_PARENT: dict[str, tuple[tuple[str, str], ...]] = {
    "hr.employee": (("name", "resource_id"),),
    "product.product": (("name", "product_tmpl_id"),),
    "res.users": (("name", "partner_id"),),
}
"""(field, link): a related field to fields_get; the record behind the link is made with it, and not
kept without, unless the row names one."""

FILLED_BY_ODOO: dict[str, frozenset[str]] = {
    "account.move": frozenset(("auto_post", "currency_id", "journal_id", "state", "date")),
    "account.move.line": frozenset(("currency_id", "display_type", "move_id", "account_id")),
    "hr.employee": frozenset(("resource_id", "company_id", "employee_type", "marital")),
    "product.product": frozenset(("product_tmpl_id",)),
    "product.supplierinfo": frozenset(
        ("currency_id", "delay", "min_qty", "price", "product_uom_id", "product_uom")
    ),
    "project.project": frozenset(("alias_id", "alias_contact", "alias_model_id")),
    "project.task": frozenset(("state",)),
    "purchase.order": frozenset(("name", "currency_id", "picking_type_id")),
    "purchase.order.line": frozenset(("name", "price_unit", "date_planned", "product_uom")),
    "res.users": frozenset(("partner_id", "notification_type")),
    "sale.order": frozenset(
        ("name", "partner_invoice_id", "partner_shipping_id", "pricelist_id", "picking_policy")
        + ("warehouse_id",)
    ),
    "sale.order.line": frozenset(("name", "price_unit", "customer_lead", "product_uom")),
}
"""Filled at creation by onchange, sequence or delegation when left out; seen on 15, 17 and 19."""

UNIQUE: dict[str, frozenset[str]] = {
    "account.account": frozenset(("code",)),
    "account.journal": frozenset(("code",)),
    "crm.tag": frozenset(("name",)),
    "hr.employee": frozenset(("barcode",)),
    "product.product": frozenset(("barcode",)),
    "product.template": frozenset(("barcode",)),
    "project.tags": frozenset(("name",)),
    "res.country": frozenset(("code", "name")),
    "res.currency": frozenset(("name",)),
    "res.lang": frozenset(("code",)),
    "res.users": frozenset(("login",)),
}
"""Of which Odoo keeps no two equal values, in one company at least; its constraints on 15 to 19."""

UNIQUE_UNLESS: dict[str, frozenset[str]] = {
    "account.account": frozenset(("company_id", "company_ids")),
    "account.journal": frozenset(("company_id",)),
    "product.product": frozenset(("active", "company_id")),
    "product.template": frozenset(("active", "company_id")),
}
"""Fields by which rows may keep equal values: another company; 17 and 19 let an archived product
keep the barcode of another."""

_NEEDED = (NEEDED, NEEDED_BY_PARENT)
_FILLED_EVERYWHERE = frozenset(("company_id",))


def is_required(facts: ModelFacts, target: str, frozen: Mapping[str, Any]) -> bool:
    """Whether Odoo refuses a row of this mapping while the field is empty or left out."""
    if frozen.get("on_existing") == "update_only" and frozen.get("empty_cells") != "clear":
        return False
    known = facts.fields.get(target)
    if known is None or f"default_{target}" in (frozen.get("context") or {}):
        return False
    if any(_is_needed(table.get(facts.model, ()), target, frozen) for table in _NEEDED):
        return True
    filled = FILLED_BY_ODOO.get(facts.model, frozenset()) | _FILLED_EVERYWHERE
    filled_otherwise = (
        target in filled
        or target in facts.unread_defaults
        or bool(facts.defaults.get(target))
        or bool(known.depends)
        or known.company_dependent
        or known.readonly
        or known.type in ("one2many", "boolean")
    )
    return known.required and not filled_otherwise


def is_unique(facts: ModelFacts, target: str, frozen: Mapping[str, Any]) -> bool:
    """Whether Odoo refuses the second row of this mapping with an equal value, whatever else
    stands in the two."""
    unless = UNIQUE_UNLESS.get(facts.model, frozenset())
    return target in UNIQUE.get(facts.model, ()) and not unless & _mapped(frozen)


def _mapped(frozen: Mapping[str, Any]) -> set[str]:
    return {str(raw.get("target")) for raw in frozen.get("fields") or ()}


def _is_needed(pairs: Sequence[tuple[str, str]], target: str, frozen: Mapping[str, Any]) -> bool:
    mapped = _mapped(frozen)
    return any(target == field and other not in mapped for field, other in pairs)


def missing_fields(facts: ModelFacts, frozen: Mapping[str, Any]) -> list[str]:
    """Required fields that the mapping does not fill, by name."""
    if frozen.get("on_existing") == "update_only":
        return []
    mapped = _mapped(frozen)
    mapped |= {str(nested.get("nested_field")) for nested in frozen.get("nested") or ()}
    return sorted(
        target
        for target in facts.fields
        if target not in mapped and is_required(facts, target, frozen)
    )
