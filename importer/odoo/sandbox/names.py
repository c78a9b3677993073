"""Display names, and finding a record by its name as ``name_search`` does."""

from typing import Any

from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.tables import Record

SEARCHED_NAMES: dict[str, tuple[str, ...]] = {
    "res.partner": ("complete_name", "email", "ref", "vat"),
    "res.users": ("login", "name"),
    "res.country.state": ("code", "name"),
    "product.product": ("default_code", "barcode", "name"),
    "product.template": ("default_code", "barcode", "name"),
    "product.category": ("complete_name",),
    "account.account": ("code", "name"),
    "hr.department": ("complete_name",),
}


def display_name(env: Env, model: str, record_id: int) -> str:
    """What a many2one shows; empty when the record is gone."""
    record = env.store.get(model, record_id)
    if record is None:
        return ""
    return _shown(env, model, record_id, record)


def _shown(env: Env, model: str, record_id: int, record: Record) -> str:
    match model:
        case "res.partner":
            return partner_name(env, record)
        case "res.users":
            return str(env.value("res.partner", record.get("partner_id"), "name") or "")
        case "product.product" | "product.template":
            return product_name(env, model, record_id, record)
        case "product.category" | "hr.department":
            return complete_name(env, model, record)
        case "res.partner.category":
            return complete_name(env, model, record)
        case "res.country.state":
            code = env.value("res.country", record.get("country_id"), "code")
            return f"{record.get('name', '')} ({code})" if code else str(record.get("name", ""))
        case "account.account":
            return f"{record.get('code', '')} {record.get('name', '')}".strip()
        case "sale.order.line":
            order = display_name(env, "sale.order", record.get("order_id", 0))
            return f"{order} - {str(record.get('name', '')).splitlines()[0:1] or ['']}"
        case "ir.model.data":
            return f"{record.get('module', '')}.{record.get('name', '')}"
    name = record.get(env.facts(model).rec_name)
    return str(name) if name else f"{model},{record_id}"


def partner_name(env: Env, record: Record) -> str:
    """``Company, Contact`` for a contact of a company, else the name."""
    name = str(record.get("name", ""))
    parent = record.get("parent_id")
    if not parent or record.get("is_company"):
        return name
    above = env.value("res.partner", parent, "name") or ""
    if not name and record.get("type") not in (None, "contact"):
        name = str(record["type"]).title()
    return f"{above}, {name}" if above else name


def product_name(env: Env, model: str, record_id: int, record: Record) -> str:
    """``[CODE] Name``; a template's code is that of its only variant."""
    name, code = record.get("name"), record.get("default_code")
    if model == "product.product":
        name = env.value("product.template", record.get("product_tmpl_id"), "name")
    else:
        variants = env.table("product.product").with_value("product_tmpl_id", [record_id])
        code = env.value("product.product", variants[0], "default_code") if variants else None
    return f"[{code}] {name or ''}" if code else str(name or "")


def complete_name(env: Env, model: str, record: Record) -> str:
    """``Parent / Child``."""
    parts = [str(record.get("name", ""))]
    seen = 0
    while (parent := record.get("parent_id")) and seen < 50:
        above = env.store.get(model, parent)
        if above is None:
            break
        record, seen = above, seen + 1
        parts.append(str(record.get("name", "")))
    return " / ".join(reversed(parts))


def ids_with_name(env: Env, model: str, name: str) -> list[int]:
    """``name_search(name, operator="=")``: exact, case-sensitive, archived ones left out."""
    found = _matching(env, model, name)
    if env.sees_archived or not env.facts(model).has_active:
        return found
    return [i for i in found if is_active(env, model, i)]


def is_active(env: Env, model: str, record_id: int) -> bool:
    return bool(env.value(model, record_id, "active"))


def _matching(env: Env, model: str, name: str) -> list[int]:
    match model:
        case "res.country":
            by_code = env.table(model).with_value("code", [name.upper()]) if len(name) == 2 else []
            return by_code or env.table(model).with_value("name", [name])
        case "res.country.state":
            return _states(env, name)
        case "product.product" | "product.template":
            return _products(env, model, name)
        case "res.partner":
            return _partners(env, name)
        case "res.users":
            return env.table(model).with_value("login", [name]) or _users(env, name)
        case "product.category" | "hr.department":
            last = name.rpartition(" / ")[2]
            same = env.table(model).with_value("name", [last])
            return [i for i in same if display_name(env, model, i) == name]
        case "res.partner.category":
            return env.table(model).with_value("name", [name.rpartition(" / ")[2]])
        case "account.account":
            code, _, rest = name.partition(" ")
            by_code = env.table(model).with_value("code", [name, code] if rest else [name])
            return by_code or env.table(model).with_value("name", [name])
    return env.table(model).with_value(env.facts(model).rec_name, [name])


def _states(env: Env, name: str) -> list[int]:
    table = env.table("res.country.state")
    bare, _, country = name.removesuffix(")").rpartition(" (")
    if bare and name.endswith(")"):
        same = table.with_value("name", [bare]) + table.with_value("code", [bare])
        return [
            i for i in same if display_name(env, "res.country.state", i).endswith(f"({country})")
        ]
    return table.with_value("code", [name]) or table.with_value("name", [name])


def _products(env: Env, model: str, name: str) -> list[int]:
    code = name
    if name.startswith("[") and "]" in name:
        code = name[1 : name.index("]")]
    variants = env.table("product.product")
    found = variants.with_value("default_code", [code]) or variants.with_value("barcode", [name])
    if model == "product.template":
        templates = [variants.rows[i].get("product_tmpl_id", 0) for i in found]
        return sorted(set(templates)) or env.table(model).with_value("name", [name])
    if found:
        return found
    return variants.with_value(
        "product_tmpl_id", env.table("product.template").with_value("name", [name])
    )


def _partners(env: Env, name: str) -> list[int]:
    table = env.table("res.partner")
    found: set[int] = set()
    for field in ("email", "ref", "vat"):
        found.update(table.with_value(field, [name]))
    for candidate in table.with_value("name", {name, name.rpartition(", ")[2]}):
        if partner_name(env, table.rows[candidate]) == name:
            found.add(candidate)
    return sorted(found, key=lambda i: (partner_name(env, table.rows[i]), -i))


def _users(env: Env, name: str) -> list[int]:
    partners = env.table("res.partner").with_value("name", [name])
    return env.table("res.users").with_value("partner_id", partners)


def name_search(
    env: Env, model: str, name: str, operator: str, limit: int | None, ids: list[int]
) -> list[list[Any]]:
    """Pairs of id and display name among ``ids``, in their order."""
    if name and operator == "=":
        exact = set(ids_with_name(env, model, name))
        ids = [i for i in ids if i in exact]
    shown = [(i, display_name(env, model, i)) for i in ids]
    if name and operator != "=":
        low = name.lower()
        shown = [(i, text) for i, text in shown if low in text.lower()]
    return [[i, text] for i, text in shown[: limit or None]]
