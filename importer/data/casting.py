"""Cells in the form Odoo wants them, by field type: which SQL makes them and which code names
the cell that is no such value.
"""

from dataclasses import dataclass

from importer.data.duck import quote
from importer.odoo.protocols import FieldFacts

RELATIONAL = frozenset(("many2one", "many2many", "one2many"))


@dataclass(frozen=True, slots=True)
class Cast:
    """``cell``: SQL of the value to send, NULL where ``value`` is no such value. ``codes``:
    (condition, code) pairs, first match counts; none of them holds for a NULL value."""

    cell: str
    codes: tuple[tuple[str, str], ...]


def cast_for(facts: FieldFacts, value: str) -> Cast:
    """How the SQL text ``value`` becomes a cell of the field; selections are joined elsewhere."""
    if facts.type in ("integer", "many2one_reference"):
        return _typed(f"as_integer({value})", value, "integer")
    if facts.type in ("float", "monetary"):
        return _number(value)
    if facts.type in ("boolean", "date"):
        return _typed(f"as_{facts.type}({value})", value, facts.type)
    if facts.type == "datetime":
        return _typed(f"as_moment({value})", value, "datetime")
    if facts.type in RELATIONAL:
        return _typed(f"as_external_id({value})", value, "external_id")
    return _text(facts, value)


def _typed(cell: str, value: str, code: str) -> Cast:
    return Cast(cell, ((f"{value} IS NOT NULL AND {cell} IS NULL", code),))


def _number(value: str) -> Cast:
    cell = f"as_number({value})"
    bad = f"{value} IS NOT NULL AND {cell} IS NULL"
    return Cast(cell, ((f"{bad} AND contains({value}, {quote(',')})", "comma"), (bad, "number")))


def _text(facts: FieldFacts, value: str) -> Cast:
    if not facts.size:
        return Cast(value, ())
    return Cast(value, ((f"length({value}) > {int(facts.size)}", "length"),))
