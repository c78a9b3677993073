"""Finds updates with equal changes, and their values as ``write`` takes them. Pure.

Only where ``load`` would make exactly the same of the cell; everything else is left to ``load``.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from importer.engine.plan_rules import PlanField, PlanRow
from importer.odoo.protocols import FieldFacts

FEWEST_EQUAL = 5
MANY_EQUAL = 25
FEW_GROUPS = 8
"""Each ``write`` is a call of its own, with images before and after: of small groups only the
largest few are worth it, where there are more of them the one ``load`` is faster."""

Values = dict[str, Any]
Targets = Callable[[PlanField, str], int]

_INTEGER = re.compile(r"-?\d{1,18}")
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,18})?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_TEXTS = frozenset(("char", "text", "html"))
_FORMS = {
    "integer": _INTEGER,
    "float": _NUMBER,
    "monetary": _NUMBER,
    "date": _DATE,
    "datetime": _MOMENT,
    "boolean": re.compile("[01]"),
}


def equal_groups(
    rows: Iterable[PlanRow],
    fields: Sequence[PlanField],
    facts: Mapping[str, FieldFacts],
    *,
    is_utc: bool,
) -> list[list[PlanRow]]:
    """Rows that change the same fields to the same values, where they are enough for a ``write``.
    ``is_utc``: the calls' context reads times as UTC."""
    by_target = {one.target: one for one in fields}
    groups: dict[tuple[Any, ...], list[PlanRow]] = {}
    for row in rows:
        said = tuple((target, row.cells.get(target)) for target in row.fields)
        groups.setdefault(said, []).append(row)
    found = [
        group
        for said, group in groups.items()
        if len(group) >= FEWEST_EQUAL
        and said
        and all(
            _is_sure(by_target[target], facts[target], cell or "", is_utc=is_utc)
            for target, cell in said
        )
    ]
    found.sort(key=len, reverse=True)
    return [group for n, group in enumerate(found) if n < FEW_GROUPS or len(group) >= MANY_EQUAL]


def _is_sure(one: PlanField, facts: FieldFacts, cell: str, *, is_utc: bool) -> bool:
    if facts.type == "many2one":
        return one.kind in ("reference", "lookup") and not one.is_list
    if one.kind != "plain":
        return False
    if not cell or facts.type in _TEXTS:
        return facts.type in _TEXTS or facts.type in _FORMS or facts.type == "selection"
    if facts.type == "selection":
        return _is_plain_key(facts, cell)
    if facts.type == "datetime" and not is_utc:
        return False
    form = _FORMS.get(facts.type)
    return form is not None and form.fullmatch(cell) is not None


def _is_plain_key(facts: FieldFacts, cell: str) -> bool:
    """A key that is no other key's label: ``load`` takes labels as well."""
    labels = [label for key, label in facts.selection if key != cell]
    return any(key == cell for key, _ in facts.selection) and cell not in labels


def written_values(
    row: PlanRow,
    fields: Mapping[str, PlanField],
    facts: Mapping[str, FieldFacts],
    target_of: Targets,
) -> Values:
    """What ``write`` is given for such a row; ``target_of``: the record a cell refers to."""
    return {
        target: _value(fields[target], facts[target], row.cells.get(target) or "", target_of)
        for target in row.fields
    }


def _value(one: PlanField, facts: FieldFacts, cell: str, target_of: Targets) -> Any:
    if not cell:
        return False
    if facts.type == "many2one":
        return target_of(one, cell)
    if facts.type == "integer":
        return int(cell)
    if facts.type in ("float", "monetary"):
        return float(cell)
    return cell == "1" if facts.type == "boolean" else cell
