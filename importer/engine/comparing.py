"""Compares a wanted cell with what Odoo reads out. Pure; when in doubt it says "different"."""

from decimal import Decimal, InvalidOperation
from math import isclose
from typing import Any

from importer.odoo.protocols import FieldFacts


def holds(
    facts: FieldFacts, wanted: str | None, now: Any, ids: list[int] | None, *, adds: bool = False
) -> bool:
    """Whether the field already has the wanted value. ``ids``: the records a relational cell
    leads to, None where that is not known; ``adds``: there may be others besides."""
    if facts.relation or (facts.type == "many2one_reference" and ids is not None):
        return _holds_relation(facts, wanted, now, ids, adds)
    if facts.type == "boolean":
        return (wanted or "0") == ("1" if now else "0")
    if facts.type in ("float", "monetary"):
        return _is_equal_float(wanted, now)
    if facts.type == "integer":
        return _number(wanted or "0") == _number(str(now or 0))
    return (wanted or "") == ("" if now in (None, False) else str(now))


def is_stored(
    facts: FieldFacts, sent: str | None, now: Any, ids: list[int] | None, *, adds: bool = False
) -> bool:
    """Whether what Odoo stored is what was sent; where that cannot be told, it is taken to be."""
    if (facts.relation or facts.type == "many2one_reference") and sent and ids is None:
        return True
    return holds(facts, sent, now, ids, adds=adds)


def _is_equal_float(sent: str | None, now: Any) -> bool:
    """A number with more digits than a float has comes back shortened, and Odoo 15 reads 9.2 out
    as 9.200000000000001: what differs in the last digits of a float is equal."""
    wanted = _number(sent or "0")
    return wanted is not None and isclose(wanted, float(now or 0), rel_tol=1e-14)


def _holds_relation(
    facts: FieldFacts, wanted: str | None, now: Any, ids: list[int] | None, adds: bool
) -> bool:
    if not wanted:
        return adds or not now
    if ids is None:
        return False
    if facts.type in ("many2one", "many2one_reference"):
        return [now] == ids
    return set(ids) <= set(now or ()) if adds else set(now or ()) == set(ids)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def as_cell(facts: FieldFacts, now: Any) -> str:
    """A value as Odoo reads it out, as a cell that leaves it as it is; of records their database
    ids."""
    if facts.relation:
        ids = now if isinstance(now, list) else [now] if now else []
        return ",".join(map(str, ids))
    if facts.type == "boolean":
        return "1" if now else "0"
    if facts.type in ("integer", "float", "monetary"):
        return format(Decimal(str(now or 0)), "f")
    return "" if now in (None, False) else str(now)
