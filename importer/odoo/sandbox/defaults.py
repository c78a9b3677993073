"""What a new record holds when nothing was said: fixed values, and those that follow the caller."""

from typing import Any

from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.facts import Column

COMPANY = 1
FIXED: dict[str, dict[str, Any]] = {
    "res.partner": {"type": "contact", "lang": "en_US"},
    "res.users": {"company_id": COMPANY, "company_ids": (COMPANY,), "notification_type": "email"},
    "res.currency": {"rounding": 0.01, "position": "after"},
    "crm.lead": {"type": "opportunity", "priority": "0"},
    "crm.stage": {"sequence": 1},
    "product.template": {"sale_ok": True, "purchase_ok": True, "list_price": 1.0, "sequence": 1},
    "product.supplierinfo": {"delay": 1, "min_qty": 0.0, "sequence": 1},
    "sale.order": {"state": "draft"},
    "sale.order.line": {"product_uom_qty": 1.0, "sequence": 10},
    "purchase.order": {"state": "draft"},
    "purchase.order.line": {"product_qty": 1.0, "sequence": 10},
    "account.move": {"move_type": "entry", "state": "draft"},
    "account.move.line": {"quantity": 1.0, "sequence": 10},
    "account.tax": {"amount_type": "percent", "type_tax_use": "sale", "sequence": 1},
    "hr.employee": {"employee_type": "employee"},
    "project.task": {"priority": "0", "sequence": 10},
    "uom.uom": {"factor": 1.0, "relative_factor": 1.0, "uom_type": "bigger", "rounding": 0.01},
}
OF_COMPANY = frozenset(
    {
        "crm.team",
        "sale.order",
        "purchase.order",
        "account.journal",
        "account.move",
        "account.tax",
        "account.account",
        "hr.employee",
        "hr.department",
        "product.supplierinfo",
        "stock.warehouse",
    }
)
OF_CALLER = frozenset({"crm.lead", "sale.order", "purchase.order", "project.project"})
NOW_FIELDS = {"sale.order": "date_order", "purchase.order": "date_order"}
TODAY_FIELDS = {"account.move": "date"}


def defaults_of(env: Env, model: str) -> dict[str, Any]:
    """Field -> value; ``default_<field>`` of the context wins."""
    facts = env.facts(model)
    values = {**facts.defaults, **FIXED.get(model, {})}
    if facts.has_active:
        values["active"] = True
    if model in OF_COMPANY:
        values["company_id"] = COMPANY
        values["currency_id"] = env.value("res.company", COMPANY, "currency_id")
    if model in OF_CALLER:
        values["user_id"] = env.uid
    if model in NOW_FIELDS:
        values[NOW_FIELDS[model]] = env.now
    if model in TODAY_FIELDS:
        values[TODAY_FIELDS[model]] = env.now[:10]
    values.update(_found(env, model))
    for name, value in env.context.items():
        if name.startswith("default_") and name[8:] in facts.columns:
            values[name[8:]] = value
    return {n: v for n, v in values.items() if _is_usable(env, facts.columns.get(n), v)}


def _is_usable(env: Env, column: Column | None, value: Any) -> bool:
    """A default that points at a record this database lacks is none."""
    if column is None or value is None:
        return False
    if column.type != "many2one" or column.relation not in env.catalogue:
        return True
    return value in env.table(column.relation).rows


def _found(env: Env, model: str) -> dict[str, Any]:
    """Defaults that are records: the first stage, team, unit, category, journal."""
    match model:
        case "crm.lead":
            return {"stage_id": _first(env, "crm.stage"), "team_id": _first(env, "crm.team")}
        case "product.template":
            unit = _first(env, "uom.uom")
            category = _first(env, "product.category") if env.version < 19 else None
            kind = "type" if env.version >= 19 else "detailed_type"
            return {"uom_id": unit, "uom_po_id": unit, "categ_id": category, kind: "consu"}
        case "account.tax":
            return {"tax_group_id": _first(env, "account.tax.group")}
        case "account.move.line" if env.version >= 17:
            return {"display_type": "product"}
        case "account.move":
            journals = env.table("account.journal").with_value("type", ["general"])
            return {"journal_id": journals[0] if journals else None}
    return {}


def _first(env: Env, model: str) -> int | None:
    return min(env.table(model).rows, default=None)
