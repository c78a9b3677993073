"""``fields_get`` and ``default_get``: the model as a client sees it."""

from collections.abc import Sequence
from typing import Any

from importer.odoo.sandbox.defaults import defaults_of
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.facts import Column
from importer.odoo.sandbox.reading import shown


def fields_get(
    env: Env, model: str, allfields: Sequence[str] | None, attributes: Sequence[str] | None
) -> dict[str, dict[str, Any]]:
    """Field name -> attributes; unknown names are left out without a word."""
    columns = env.facts(model).columns
    wanted = [columns[n] for n in allfields if n in columns] if allfields else columns.values()
    found = {column.name: described(column, env.version) for column in wanted}
    if not attributes:
        return found
    keep = set(attributes)
    return {n: {k: v for k, v in d.items() if k in keep} for n, d in found.items()}


def described(column: Column, version: int) -> dict[str, Any]:
    """One field as ``fields_get`` gives it."""
    known: dict[str, Any] = {
        "name": column.name,
        "type": column.type,
        "string": column.label,
        "required": column.required,
        "readonly": column.readonly,
        "store": column.store,
        "searchable": column.store,
        "sortable": column.store and not column.type.endswith("2many"),
        "company_dependent": column.company_dependent,
        "depends": list(column.depends),
    }
    if column.type in ("char", "text", "html"):
        known["translate"] = column.translate
    if version >= 19:
        known["groupable"] = column.store and column.type != "one2many"
    if column.relation:
        known["relation"] = column.relation
    if column.relation_field:
        known["relation_field"] = column.relation_field
    if column.size:
        known["size"] = column.size
    if column.type == "selection":
        known["selection"] = column.choices
    if column.type == "float" and column.digits:
        known["digits"] = [16, column.digits]
    return known


def default_get(env: Env, model: str, fields: Sequence[str]) -> dict[str, Any]:
    """Defaults of the fields asked for, as a form would be filled: only those there are."""
    columns = env.facts(model).columns
    known = defaults_of(env, model)
    return {
        name: shown(env, columns[name], known[name], with_names=False)
        for name in fields
        if name in known and name in columns
    }
