"""Which record of Odoo a row is, by a match rule's values. Pure: compares, asks nobody.

Texts are compared as they are, or without case; numbers by their value.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from importer.data.match_rules import TEXTS, MatchRule
from importer.odoo.protocols import Domain, FieldFacts, Record

Value = str | int | float | bool
Values = tuple[Value, ...]
_NUMBERS = ("integer", "float", "monetary")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row that is looked for: its values in the order of the rule's fields, as Odoo has them;
    ``shown``: the same as people know them."""

    key: str
    sheet_row: int
    values: Values
    shown: str


def as_value(facts: FieldFacts, cell: str) -> Value:
    """A plain cell as Odoo would read the field out."""
    if facts.type == "boolean":
        return cell == "1"
    if facts.type == "integer":
        return int(cell)
    return float(cell) if facts.type in _NUMBERS else cell


def is_text(facts: FieldFacts) -> bool:
    return facts.type in TEXTS


def domain_of(rule: MatchRule, facts: Mapping[str, FieldFacts], rows: Iterable[Values]) -> Domain:
    """A domain that all records of these values fulfil, and few others. Of one row it is exact, but
    for case."""
    domain: list[Any] = []
    for n, name in enumerate(rule.fields):
        values = sorted({values[n] for values in rows}, key=str)
        if rule.ignore_case and is_text(facts[name]):
            domain += ["|"] * (len(values) - 1)
            domain += [[name, "=ilike", _literal(str(value))] for value in values]
        elif facts[name].type == "boolean":
            domain += [[name, "=", values[0]]] if len(values) == 1 else []
        else:
            domain.append([name, "in", values])
    return domain


def _literal(text: str) -> str:
    """A pattern that stands for this very text."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def ids_by_values(
    rule: MatchRule, facts: Mapping[str, FieldFacts], records: Iterable[Record]
) -> dict[Values, list[int]]:
    """The records under their values, in the form of ``comparable``."""
    found: dict[Values, list[int]] = {}
    for record in records:
        values = tuple(record[name] for name in rule.fields)
        found.setdefault(comparable(rule, facts, values), []).append(record["id"])
    return found


def comparable(rule: MatchRule, facts: Mapping[str, FieldFacts], values: Sequence[Value]) -> Values:
    """Equal for values that mean the same."""
    return tuple(
        _comparable(rule, facts[name], value)
        for name, value in zip(rule.fields, values, strict=True)
    )


def _comparable(rule: MatchRule, facts: FieldFacts, value: Value) -> Value:
    if facts.type in _NUMBERS:
        return _number(value)
    if rule.ignore_case and is_text(facts):
        return str(value).casefold()
    return value


def _number(value: Value) -> str:
    try:
        return str(Decimal(str(value)).normalize())
    except InvalidOperation:
        return str(value)
