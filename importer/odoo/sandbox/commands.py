"""The command lists by which x2many fields are written: ``(6, 0, ids)`` and its kin."""

from collections.abc import Sequence
from typing import Any

from importer.odoo.sandbox import external_ids, removing, writing
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.facts import Column
from importer.odoo.sandbox.refusals import DatabaseRefusal

CREATE, UPDATE, DELETE, UNLINK, LINK, CLEAR, SET = range(7)


def _commands(value: Any) -> list[tuple[int, Any, Any]]:
    """Any accepted form as triples; a bare list of ids replaces the set."""
    if not value:
        return [(CLEAR, 0, 0)] if value in (None, False) else []
    if isinstance(value[0], int):
        return [(SET, 0, list(value))]
    return [(c[0], c[1] if len(c) > 1 else 0, c[2] if len(c) > 2 else 0) for c in value]


def linked_ids(
    env: Env, model: str, column: Column, held: Sequence[int], value: Any
) -> tuple[int, ...]:
    """The ids of a many2many after the commands."""
    ids = dict.fromkeys(held)
    for code, target, extra in _commands(value):
        if code == CREATE:
            ids[writing.create(env, column.relation, [extra])[0]] = None
        elif code == UPDATE:
            writing.write(env, column.relation, [target], extra)
        elif code in (DELETE, UNLINK):
            ids.pop(target, None)
        elif code == LINK:
            ids[target] = None
        elif code == CLEAR:
            ids = {}
        elif code == SET:
            ids = dict.fromkeys(extra)
    _require_known(env, model, column, ids)
    return tuple(sorted(ids))


def _require_known(env: Env, model: str, column: Column, ids: dict[int, None]) -> None:
    if column.relation not in env.catalogue:
        return
    rows = env.table(column.relation).rows
    if any(i not in rows for i in ids):
        raise DatabaseRefusal(
            "The operation cannot be completed: another record refers to this one.\n\n"
            f"Model: Unknown (Unknown), Constraint: {column.name}_fkey"
        )


def apply_lines(env: Env, model: str, record_id: int, column: Column, value: Any) -> None:
    """Carries out the commands of a one2many on the records of the other side."""
    lines, back = column.relation, column.relation_field
    new: list[dict[str, Any]] = []
    for code, target, extra in _commands(value):
        if code == CREATE:
            new.append({**extra, back: record_id})
        elif code == UPDATE:
            writing.write(env, lines, [target], {k: v for k, v in extra.items() if k != "id"})
        elif code == DELETE:
            removing.unlink(env, lines, [target])
        elif code == UNLINK:
            writing.write(env, lines, [target], {back: False})
        elif code == LINK:
            if env.value(lines, target, back) != record_id:
                writing.write(env, lines, [target], {back: record_id})
        elif code in (CLEAR, SET):
            _replace(env, lines, back, record_id, extra or [])
    if new:
        external_ids.name_lines(
            env, lines, writing.create(env, lines, new), [values.get("id") for values in new]
        )


def _replace(env: Env, lines: str, back: str, record_id: int, wanted: Sequence[int]) -> None:
    held = env.table(lines).with_value(back, [record_id])
    gone = [i for i in held if i not in wanted]
    if gone and env.facts(lines).columns[back].required:
        removing.unlink(env, lines, gone)
    elif gone:
        writing.write(env, lines, gone, {back: False})
    writing.write(env, lines, [i for i in wanted if i not in held], {back: record_id})
