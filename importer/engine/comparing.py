"""Compares a wanted cell with what Odoo reads out. Pure; when in doubt it says "different"."""

from decimal import Decimal, InvalidOperation
from typing import Any

from importer.odoo.protocols import FieldFacts


def holds(facts: FieldFacts, wanted: str | None, now: Any, ids: list[int] | None) -> bool:
    """Whether the field already has the wanted value. ``ids``: the records a relational cell
    leads to, None where that is not known."""
    if facts.relation:
        return _holds_relation(facts, wanted, now, ids)
    if facts.type == "boolean":
        return (wanted or "0") == ("1" if now else "0")
    if facts.type in ("integer", "float", "monetary"):
        return _number(wanted or "0") == _number(str(now or 0))
    return (wanted or "") == ("" if now in (None, False) else str(now))


def _holds_relation(facts: FieldFacts, wanted: str | None, now: Any, ids: list[int] | None) -> bool:
    if not wanted:
        return not now
    if ids is None:
        return False
    if facts.type == "many2one":
        return [now] == ids
    return set(now or ()) == set(ids)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def as_cell(facts: FieldFacts, now: Any) -> str:
    """A value as Odoo reads it out, as a cell that leaves it as it is (plain fields only)."""
    if facts.type == "boolean":
        return "1" if now else "0"
    if facts.type in ("integer", "float", "monetary"):
        return format(Decimal(str(now or 0)), "f")
    return "" if now in (None, False) else str(now)
