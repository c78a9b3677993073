"""Reading records: stored, inherited and computed values in the shapes a server answers."""

from collections.abc import Iterable, Sequence
from typing import Any

from importer.odoo.sandbox.computed import computed_value
from importer.odoo.sandbox.env import Env, unknown_field
from importer.odoo.sandbox.facts import Column
from importer.odoo.sandbox.names import display_name, is_active
from importer.odoo.sandbox.places import held
from importer.odoo.sandbox.tables import Record

SECRET_FIELDS = frozenset({"password", "new_password"})
OWN_FIELDS = frozenset(
    {"id", "display_name", "create_date", "write_date", "create_uid", "write_uid"}
)


def stored_value(env: Env, model: str, record_id: int, field: str) -> Any:
    """A field's value as we keep it: None or falsy when empty, tuples of ids for x2many."""
    record = env.table(model).rows.get(record_id)
    if record is None:
        return None
    column = env.facts(model).columns.get(field)
    value = held(env, column, record) if column else record.get(field)
    if value is not None:
        return value
    if field == "id":
        return record_id
    if column is None:
        return None
    if column.type == "one2many":
        return _lines(env, column, record_id)
    above = parent_of_field(env, model, column)
    if above is not None:
        parent, link = above
        return stored_value(env, parent, record.get(link, 0), field)
    return computed_value(env, model, record_id, record, field)


def parent_of_field(env: Env, model: str, column: Column) -> tuple[str, str] | None:
    """Parent model and linking field, when the field lives on an inherited record."""
    if column.store or column.name in OWN_FIELDS:
        return None
    for parent, link in env.facts(model).inherits.items():
        if parent in env.catalogue and column.name in env.facts(parent).columns:
            return parent, link
    return None


def _lines(env: Env, column: Column, record_id: int) -> tuple[int, ...]:
    if column.relation not in env.catalogue or not column.relation_field:
        return ()
    if column.relation_field not in env.facts(column.relation).columns:
        return ()
    ids = env.table(column.relation).with_value(column.relation_field, [record_id])
    if column.name == "invoice_line_ids" and env.version >= 17:
        ids = [i for i in ids if env.value(column.relation, i, "display_type") == "product"]
    if env.facts(column.relation).has_active and not env.sees_archived:
        ids = [i for i in ids if is_active(env, column.relation, i)]
    return tuple(ids)


def read(
    env: Env,
    model: str,
    ids: Iterable[int],
    fields: Sequence[str] | None,
    load: str | None = "_classic_read",
) -> list[dict[str, Any]]:
    """One dict a record in the order of ``ids``; ids that are gone are left out. A many2one is
    ``[id, name]`` unless ``load`` is something else than ``_classic_read``."""
    facts = env.facts(model)
    names = list(dict.fromkeys(fields)) if fields else list(facts.columns)
    columns = []
    for name in names:
        if name not in facts.columns:
            raise unknown_field(env.version, model, name)
        if name != "id":
            columns.append(facts.columns[name])
    rows = env.table(model).rows
    with_names = load == "_classic_read"
    return [_one(env, model, i, rows[i], columns, with_names) for i in ids if i in rows]


def _one(
    env: Env, model: str, record_id: int, record: Record, columns: list[Column], with_names: bool
) -> dict[str, Any]:
    answer: dict[str, Any] = {"id": record_id}
    for column in columns:
        value = held(env, column, record)
        if value is None:
            value = stored_value(env, model, record_id, column.name)
        answer[column.name] = shown(env, column, value, with_names)
    return answer


def human_size(value: str) -> str:
    """The size of a file as servers tell it instead of its bytes: ``1.03 Mb``."""
    size = len(value) * 3 / 4 - value[-2:].count("=")
    for unit in ("bytes", "Kb", "Mb"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} Gb"


def shown(env: Env, column: Column, value: Any, with_names: bool) -> Any:
    """The value as it goes over the wire."""
    if value in (None, False, "", ()):
        return column.empty
    if column.name in SECRET_FIELDS:
        return ""
    if column.type == "binary" and env.context.get("bin_size"):
        return human_size(value)
    if column.type == "many2one" and with_names:
        return [value, display_name(env, column.relation, value) or False]
    if isinstance(value, tuple):
        return list(value)
    return value
