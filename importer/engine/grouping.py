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


def is_fillable(facts: FieldFacts) -> bool:
    return facts.type in _PLAIN


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
    with values just read from Odoo allows that."""
    sent = {pattern: pattern for pattern in counts}
    sizes = dict(counts)
    while len(sizes) > limit:
        pair = _cheapest_merge(sizes, fields)
        if pair is None:
            break
        small, large = pair
        sizes[large] += sizes.pop(small)
        sent = {own: large if under == small else under for own, under in sent.items()}
    return sent


def _cheapest_merge(
    sizes: Mapping[str, int], fields: Sequence[PlanField]
) -> tuple[str, str] | None:
    for small in sorted(sizes, key=lambda pattern: (sizes[pattern], pattern)):
        wider = [large for large in sizes if large != small and _may_fill(small, large, fields)]
        if wider:
            return small, min(wider, key=lambda large: (large.count("-") * -1, large))
    return None


def _may_fill(small: str, large: str, fields: Sequence[PlanField]) -> bool:
    """Whether rows of one pattern may be sent under the other, the rest filled from Odoo."""
    if small[0] != large[0]:
        return False
    return all(
        mine == theirs or (mine == "-" and one.is_fillable)
        for mine, theirs, one in zip(small[1:], large[1:], fields, strict=True)
    )
