"""Search: narrow by an index where a condition allows it, test, order, cut."""

import re
from collections.abc import Sequence
from typing import Any

from importer.odoo.sandbox.domains import Leaf, leaves_of, mentions, test_of
from importer.odoo.sandbox.env import VIRTUAL, Env, unknown_field
from importer.odoo.sandbox.names import display_name
from importer.odoo.sandbox.places import place_of
from importer.odoo.sandbox.reading import stored_value
from importer.odoo.sandbox.refusals import PythonFault, UserRefusal
from importer.odoo.sandbox.virtual import fill_virtual

ORDER = re.compile(r"[\w\s.,:]*")
INDEXED = frozenset(
    {"char", "integer", "many2one", "many2many", "date", "text", "many2one_reference"}
)


def search(
    env: Env,
    model: str,
    domain: Sequence[Any],
    offset: int = 0,
    limit: int | None = None,
    order: str | None = None,
) -> list[int]:
    """Ids in order. Archived records are left out unless the domain or the context says so."""
    if model in VIRTUAL:
        fill_virtual(env)
    leaves = leaves_of(domain)
    full = list(domain)
    if env.facts(model).has_active and not env.sees_archived and not mentions(domain, "active"):
        full = [("active", "=", True), *full]
    ids: Sequence[int] | None = _narrowed(env, model, leaves)
    if ids is None:
        ids = list(env.table(model).rows)
    if full:
        test = test_of(env, model, full)
        ids = [i for i in ids if test(i)]
    return _cut(_ordered(env, model, ids, order), offset, limit)


def _cut(ids: list[int], offset: int, limit: int | None) -> list[int]:
    if isinstance(limit, str):
        kind = "psycopg2.errors.InvalidTextRepresentation"
        raise PythonFault(kind, f'invalid input syntax for type bigint: "{limit}"\n')
    return ids[offset : offset + limit] if limit else ids[offset:]


def _narrowed(env: Env, model: str, leaves: list[Leaf]) -> Sequence[int] | None:
    """Candidates by an index, or None when every record has to be looked at."""
    rows = env.table(model).rows
    best: Sequence[int] | None = None
    for path, operator, value in leaves:
        values = value if isinstance(value, list | tuple) else [value]
        if operator not in ("=", "in") or any(v in (None, False) for v in values):
            continue
        if path == "id":
            return [i for i in dict.fromkeys(values) if isinstance(i, int) and i in rows]
        column = env.facts(model).columns.get(path)
        if column is None or not column.store or column.type not in INDEXED:
            continue
        if column.relation and any(isinstance(v, str) for v in values):
            continue
        if place_of(env, column):
            continue
        found = env.table(model).with_value(path, values)
        if best is None or len(found) < len(best):
            best = found
    return best


def _ordered(env: Env, model: str, ids: Sequence[int], order: str | None) -> list[int]:
    facts = env.facts(model)
    if order and not ORDER.fullmatch(order):
        raise UserRefusal(f"The order {order!r} is not understood.")
    terms = [term.strip().split() for term in (order or facts.order).split(",") if term.strip()]
    ordered = sorted(ids)
    for term in reversed(terms):
        field, descending = term[0], len(term) > 1 and term[1].lower() == "desc"
        if field == "id":
            ordered.sort(reverse=descending)
            continue
        if field not in facts.columns:
            if order:
                raise unknown_field(env.version, model, field)
            continue
        keys = {i: _sort_key(env, model, i, field) for i in ordered}
        ordered.sort(key=keys.__getitem__, reverse=descending)
    return ordered


def _sort_key(env: Env, model: str, record_id: int, field: str) -> tuple[bool, Any]:
    """Empty values come last, as in PostgreSQL's ascending order."""
    value = stored_value(env, model, record_id, field)
    column = env.facts(model).columns[field]
    if column.type == "many2one" and value:
        return False, display_name(env, column.relation, value)
    if value is None or value is False:
        return (False, 0) if column.type in ("boolean", "integer", "float") else (True, "")
    return False, value
