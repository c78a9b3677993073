"""Create and write: defaults, inherited records, conversion, lines, and the checks after.

Everything happens inside the caller's transaction; a refusal leaves the undoing to it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from importer.odoo.sandbox import commands
from importer.odoo.sandbox.checks import (
    check_lengths,
    check_required,
    check_rows,
    check_tree,
    check_unique,
    fill_required,
)
from importer.odoo.sandbox.computed import COMPUTED, VARIANT_FIELDS
from importer.odoo.sandbox.defaults import defaults_of
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.facts import Column, ModelFacts
from importer.odoo.sandbox.hooks import Values, rules_of
from importer.odoo.sandbox.places import put
from importer.odoo.sandbox.reading import OWN_FIELDS, parent_of_field
from importer.odoo.sandbox.refusals import MissingRefusal, PythonFault
from importer.odoo.sandbox.tables import Record
from importer.odoo.sandbox.values import to_stored


class Split:
    """A caller's values sorted by where they live."""

    __slots__ = ("lines", "own", "parents")

    def __init__(self) -> None:
        self.own: Values = {}
        self.parents: dict[str, Values] = {}
        self.lines: dict[str, Any] = {}


def create(env: Env, model: str, vals_list: Sequence[Values]) -> list[int]:
    """New ids in the order of the values. All or nothing."""
    env.require(model, "create")
    if env.is_null:
        return [env.table(model).next_id() for _ in vals_list]
    facts = env.facts(model)
    defaults = {n: v for n, v in defaults_of(env, model).items() if facts.columns[n].store}
    made = [_create_one(env, facts, defaults, values) for values in vals_list]
    ids = [record_id for record_id, _ in made]
    for record_id, lines in made:
        for name, orders in lines.items():
            commands.apply_lines(env, model, record_id, facts.columns[name], orders)
    given = frozenset().union(*vals_list) if vals_list else frozenset()
    check_tree(env, model, ids)
    rules_of(model).created(env, ids, given)
    check_rows(env, model, ids)
    return ids


def _create_one(
    env: Env, facts: ModelFacts, defaults: Values, values: Values
) -> tuple[int, dict[str, Any]]:
    if not isinstance(values, dict):
        raise PythonFault(
            "AttributeError", f"'{type(values).__name__}' object has no attribute 'get'"
        )
    split = _split(env, facts, {**defaults, **values})
    for parent, link in facts.inherits.items():
        if parent in env.catalogue:
            _make_parent(env, parent, link, split)
    rules_of(facts.model).prepare(env, split.own)
    fill_required(env, facts, split.own)
    record: Record = {}
    for name, value in split.own.items():
        stored = _stored(env, facts, facts.columns[name], value, None)
        if stored is not None:
            put(env, facts.columns[name], record, stored)
    check_required(env, facts, record, split.own)
    check_lengths(facts.model, record)
    check_unique(env, facts.model, record, 0)
    stamp = env.now
    record["create_date"] = record["write_date"] = stamp
    record["create_uid"] = record["write_uid"] = env.uid
    record_id = env.table(facts.model).next_id()
    env.store.put(facts.model, record_id, record)
    return record_id, split.lines


def _make_parent(env: Env, parent: str, link: str, split: Split) -> None:
    values = split.parents.pop(parent, {})
    if not split.own.get(link):
        below = env.with_context(_inherited=True)
        split.own[link] = create(below, parent, [values])[0]
    elif values:
        write(env, parent, [split.own[link]], values)


def _split(env: Env, facts: ModelFacts, values: Values) -> Split:
    split = Split()
    for name, value in values.items():
        column = facts.columns.get(name)
        if column is None:
            raise _unknown(env, facts.model, name)
        if name in OWN_FIELDS:
            continue
        if column.type == "one2many":
            split.lines[name] = value
        elif column.store or column.company_dependent:
            split.own[name] = value
        elif (above := parent_of_field(env, facts.model, column)) is not None:
            split.parents.setdefault(above[0], {})[name] = value
        elif name in VARIANT_FIELDS or not (column.readonly or (facts.model, name) in COMPUTED):
            split.own[name] = value
    return split


def _unknown(env: Env, model: str, name: str) -> PythonFault:
    where = f"in '{model}'" if env.version >= 19 else f"on model '{model}'"
    return PythonFault("ValueError", f"Invalid field '{name}' {where}")


def _stored(env: Env, facts: ModelFacts, column: Column, value: Any, current: Record | None) -> Any:
    if column.type == "many2many":
        held = current.get(column.name, ()) if current else ()
        return commands.linked_ids(env, facts.model, column, held, value) or None
    return to_stored(env, facts.model, column, value, is_new=current is None)


def write(env: Env, model: str, ids: Sequence[int], values: Values) -> None:
    """The same values into all ids. All or nothing; a missing id refuses the call."""
    if not ids:
        return
    env.require(model, "write")
    if env.is_null:
        return
    facts = env.facts(model)
    split = _split_for_write(env, facts, values)
    require_all(env, model, ids)
    for record_id in ids:
        _write_one(env, facts, record_id, split.own)
    for parent, parent_values in split.parents.items():
        link = facts.inherits[parent]
        write(env, parent, [env.row(model, i)[link] for i in ids], parent_values)
    for name, orders in split.lines.items():
        for record_id in ids:
            commands.apply_lines(env, model, record_id, facts.columns[name], orders)
    check_tree(env, model, ids)
    rules_of(model).written(env, list(ids), frozenset(values))
    check_rows(env, model, ids)


def _split_for_write(env: Env, facts: ModelFacts, values: Values) -> Split:
    if env.version >= 19:
        for name in values:
            if name not in facts.columns:
                raise PythonFault("KeyError", name)
    return _split(env, facts, values)


def require_all(env: Env, model: str, ids: Iterable[Any]) -> None:
    rows = env.table(model).rows
    for record_id in ids:
        if record_id not in rows:
            raise MissingRefusal.of(model, record_id, env.uid)


def _write_one(env: Env, facts: ModelFacts, record_id: int, values: Values) -> None:
    current = env.row(facts.model, record_id)
    record = dict(current)
    for name, value in values.items():
        stored = _stored(env, facts, facts.columns[name], value, current)
        put(env, facts.columns[name], record, stored)
    check_required(env, facts, record, values, only=values)
    check_lengths(facts.model, record)
    check_unique(env, facts.model, record, record_id, only=values)
    record["write_date"], record["write_uid"] = env.now, env.uid
    env.store.put(facts.model, record_id, record)
