"""Which rows may share a call: the patterns of columns, and how few groups they need. Pure.

A pattern has one character a field: ``e`` left out, ``-`` not sent, ``x`` sent (a reference by
external id), ``d`` a reference by database id; before them ``X`` or ``D`` for the row's own key.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from importer.engine.plan_rules import UPDATE_GROUPS, PlanField
from importer.odoo.protocols import FieldFacts

_PLAIN = frozenset(("char", "text", "integer", "float", "monetary", "selection", "boolean"))
_TEXT = frozenset((*_PLAIN, "date", "datetime"))


def is_sensitive(facts: FieldFacts, defaults: Mapping[str, Any]) -> bool:
    """Whether an empty cell means something else than a column left out, on create."""
    has_default = defaults.get(facts.name) not in (None, False, [], "")
    return has_default or facts.required or bool(facts.depends and not facts.readonly)


def default_text(facts: FieldFacts, defaults: Mapping[str, Any]) -> str | None:
    """The cell that says what leaving the column out would have given; None where it cannot."""
    value = defaults.get(facts.name)
    if value in (None, False) or facts.type not in _TEXT:
        return None
    return ("1" if value else "0") if facts.type == "boolean" else str(value)


def is_fillable(facts: FieldFacts, *, is_utc: bool) -> bool:
    """Whether what Odoo reads out of the field is a cell that leaves it as it is: HTML is cleaned
    anew each time, a set of records is the call's whole set or an addition to it. ``is_utc``: the
    calls' context reads times as UTC."""
    if facts.type == "selection":  # of which load takes labels as well as keys
        return not any(
            key.lower() == label.lower()
            for key, _ in facts.selection
            for other, label in facts.selection
            if other != key
        )
    always = facts.type in _PLAIN or facts.type in ("date", "many2one")
    return always or (is_utc and facts.type == "datetime")


def header(pattern: str, fields: Sequence[PlanField]) -> tuple[str, ...]:
    """The columns of a call for rows of this pattern."""
    names = ["id" if pattern[0] == "X" else ".id"]
    for mark, one in zip(pattern[1:], fields, strict=True):
        if mark in "xd":
            names.append(column(one, mark))
    return tuple(names)


def column(one: PlanField, mark: str) -> str:
    if one.kind in ("plain", "binary", "lines") or one.is_number:
        return one.target
    return f"{one.target}/id" if mark == "x" else f"{one.target}/.id"


def merge_updates(
    counts: Mapping[str, int], fields: Sequence[PlanField], limit: int = UPDATE_GROUPS
) -> dict[str, str]:
    """Pattern -> the pattern it is sent under, at most ``limit`` different ones where filling up
    with values just read from Odoo allows that. References then go by database id: that is what
    Odoo reads out of the records that do not change theirs."""
    sent = {pattern: pattern for pattern in counts}
    sizes = dict(counts)
    while len(sizes) > limit:
        found = _cheapest_merge(sizes, fields)
        if found is None:
            break
        small, large, merged = found
        rows = sizes.pop(small) + sizes.pop(large)
        sizes[merged] = sizes.get(merged, 0) + rows
        sent = {own: merged if under in (small, large) else under for own, under in sent.items()}
    return sent


def _cheapest_merge(
    sizes: Mapping[str, int], fields: Sequence[PlanField]
) -> tuple[str, str, str] | None:
    """The smallest pattern that can be merged, the one it costs the fewest cells to merge it with,
    and what both become."""
    for small in sorted(sizes, key=lambda pattern: (sizes[pattern], pattern)):
        others = ((large, _union(small, large, fields)) for large in sizes if large != small)
        found = [(large, merged) for large, merged in others if merged is not None]
        if found:
            large, merged = min(found, key=lambda one: (_filled(sizes, small, *one), one))
            return small, large, merged
    return None


def _filled(sizes: Mapping[str, int], small: str, large: str, merged: str) -> int:
    """Cells that have to be filled with what Odoo holds."""
    left_out = merged.count("-")
    return sum(sizes[one] * (one.count("-") - left_out) for one in (small, large))


def _union(one: str, other: str, fields: Sequence[PlanField]) -> str | None:
    """The pattern under which rows of both can be sent; None where there is none."""
    if one[0] != other[0]:
        return None
    marks = [one[0]]
    for mine, theirs, field in zip(one[1:], other[1:], fields, strict=True):
        if mine != theirs and not field.is_fillable:
            return None
        both = "x" if field.kind == "plain" else "d"
        marks.append(mine if mine == theirs else both)
    return "".join(marks)
