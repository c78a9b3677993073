"""Reads who blocks a removal out of Odoo's refusal. Pure; it knows shapes, no language.

15 and 17 name the model and the database's constraint, 19 the model and the field.
"""

import re
from dataclasses import dataclass

_IN_BRACKETS = re.compile(r"\(([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*)\)")
_CONSTRAINT = re.compile(r"\b([a-z0-9_]+)_fkey\b")


@dataclass(frozen=True, slots=True)
class Blocker:
    """Records of ``model`` hold the removed ones by ``field``."""

    model: str
    field: str


def blocker_in(message: str) -> Blocker | None:
    """Who Odoo says is in the way; None where the message names nobody."""
    named = _IN_BRACKETS.search(message)
    if named is None:
        return None
    model, rest = named.group(1), message[named.end() :]
    constraint = _CONSTRAINT.search(rest)
    if constraint:
        table = model.replace(".", "_") + "_"
        field = constraint.group(1).removeprefix(table)
        return Blocker(model, field) if field != constraint.group(1) else None
    field_named = _IN_BRACKETS.search(rest)
    if field_named is None or "." not in model or "." in field_named.group(1):
        return None
    return Blocker(model, field_named.group(1))
