"""What the database and the models refuse: empty mandatory fields, doubles, loops, test wishes."""

import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from importer.odoo.sandbox import external_ids
from importer.odoo.sandbox.defaults import COMPANY
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.facts import Column, ModelFacts
from importer.odoo.sandbox.refusals import (
    DatabaseRefusal,
    PythonFault,
    UserRefusal,
    ValidationRefusal,
)
from importer.odoo.sandbox.tables import Record
from importer.odoo.sandbox.values import not_null

UNIQUE: dict[str, tuple[str, ...]] = {
    "res.country": ("code", "name"),
    "res.currency": ("name",),
    "res.users": ("login",),
    "account.account": ("code",),
    "crm.tag": ("name",),
}
UNIQUE_BEFORE_16: dict[str, tuple[str, ...]] = {"product.product": ("barcode",)}
"""Held by the database in 15, by Python in 17 and 19."""
INDEXED: dict[str, tuple[str, ...]] = {"res.bank": ("bic",), "res.partner": ("name", "ref")}
MOST_INDEXED_BYTES = 8191
TREES = {
    "res.partner": "parent_id",
    "res.partner.category": "parent_id",
    "product.category": "parent_id",
    "hr.department": "parent_id",
    "hr.employee": "parent_id",
    "project.task": "parent_id",
}


def fill_required(env: Env, facts: ModelFacts, values: dict[str, Any]) -> None:
    """What a server works out by itself for mandatory fields nobody mentioned."""
    for column in facts.required:
        if column.name in values:
            continue
        worked_out = _worked_out(env, column)
        if worked_out is not None:
            values[column.name] = worked_out


def _worked_out(env: Env, column: Column) -> Any:
    if column.relation == "res.company":
        return COMPANY
    if column.relation == "res.currency":
        return env.value("res.company", COMPANY, "currency_id")
    if column.relation == "res.users":
        return env.uid
    if column.relation == "res.country":
        return _home_country(env)
    if column.type == "selection" and column.selection:
        return column.selection[0]
    if column.type == "datetime":
        return env.now
    return env.now[:10] if column.type == "date" else None


def _home_country(env: Env) -> Any:
    partner = env.value("res.company", COMPANY, "partner_id")
    by_code = env.table("res.country").with_value("code", ["US"])
    return env.value("res.partner", partner, "country_id") or by_code[0]


def check_required(
    env: Env,
    facts: ModelFacts,
    record: Record,
    given: Mapping[str, Any],
    *,
    only: Mapping[str, Any] | None = None,
) -> None:
    """Refuses the first empty mandatory field; with ``only``, of those fields alone."""
    for column in facts.required:
        name = column.name
        if name in record or (only is not None and name not in only):
            continue
        if column.relation and column.relation not in env.catalogue and name not in given:
            continue
        if column.type == "datetime" and name in given:
            raise PythonFault("AssertionError", "Datetime instance expected")
        raise not_null(env, facts.model, column)
    if facts.model == "res.partner" and "name" not in record and record.get("type") == "contact":
        raise nameless_partner(env)


def nameless_partner(env: Env) -> DatabaseRefusal:
    """A check constraint: its words are in quotes in rows before 19; version 15 answers other
    calls with the constraint's bare name unless a language is given."""
    said = "A contact must have a name"
    if env.version >= 19:
        return DatabaseRefusal(f"The operation cannot be completed: {said}", row_text=said)
    bare = env.version == 15 and not env.context.get("lang")
    return DatabaseRefusal("res_partner_check_name" if bare else said, row_text=f"'{said}'")


def check_unique(
    env: Env,
    model: str,
    record: Record,
    record_id: int,
    *,
    only: Mapping[str, Any] | None = None,
) -> None:
    """Refuses a value another record holds, and rows that a test wished refused."""
    fields = UNIQUE.get(model, ())
    if env.version < 16:
        fields += UNIQUE_BEFORE_16.get(model, ())
    for field in reversed(fields) if env.version == 15 else fields:
        value = record.get(field)
        if value is None or (only is not None and field not in only):
            continue
        if any(i != record_id for i in env.table(model).index(field).get(value)):
            raise already_there(env, model, field)
    if model == "ir.model.data" and only is None:
        _check_name_is_free(env, record)
    for wish in env.refused:
        if wish.by_database and wish.model == model and record.get(wish.field) == wish.value:
            raise DatabaseRefusal(wish.message)


def check_lengths(model: str, record: Record) -> None:
    """Refuses a text that its column takes and the index over the column does not."""
    for field in INDEXED.get(model, ()):
        # The index keeps texts compressed; how far, zlib tells well enough.
        size = len(zlib.compress(str(record.get(field) or "").encode()))
        if size > MOST_INDEXED_BYTES:
            raise DatabaseRefusal(
                f"index row requires {size} bytes, maximum size is {MOST_INDEXED_BYTES}\n"
            )


def _check_name_is_free(env: Env, record: Record) -> None:
    full = f"{record.get('module', '')}.{record.get('name', '')}"
    if external_ids.find(env, full) is not None:
        raise DatabaseRefusal(f"The external id {full} is already used (unique index).")


def already_there(env: Env, model: str, field: str) -> DatabaseRefusal:
    facts = env.facts(model)
    label = facts.columns[field].label
    said = f"The value of the field '{field}' is already used ({label} must be unique)."
    bare = env.version == 15 and not env.context.get("lang")
    return DatabaseRefusal(
        f"{facts.table}_{field}_uniq" if bare else said, row_text=said, model=model, field=field
    )


def check_tree(env: Env, model: str, ids: Iterable[int]) -> None:
    """Nobody stands above itself; looked at before any rule walks up or down."""
    tree = TREES.get(model)
    if tree:
        for record_id in ids:
            _check_loop(env, model, tree, record_id)


def check_rows(env: Env, model: str, ids: Iterable[int]) -> None:
    """The checks in Python, after all records of the call are in."""
    if model == "product.product" and env.version >= 16:
        _check_barcodes(env, ids)
    for wish in env.refused:
        if wish.by_database or wish.model != model:
            continue
        if any(env.value(model, i, wish.field) == wish.value for i in ids):
            raise UserRefusal(wish.message)


def _check_loop(env: Env, model: str, tree: str, record_id: int) -> None:
    above = env.value(model, record_id, tree)
    steps = 0
    while above:
        if above == record_id or steps > 100:
            raise ValidationRefusal(f"A loop of {env.facts(model).label} records is not allowed.")
        above, steps = env.value(model, above, tree), steps + 1


def _check_barcodes(env: Env, ids: Iterable[int]) -> None:
    table = env.table("product.product")
    for record_id in ids:
        barcode = env.value("product.product", record_id, "barcode")
        if barcode and len(table.with_value("barcode", [barcode])) > 1:
            raise ValidationRefusal(f'The barcode "{barcode}" is already assigned to a product.')
