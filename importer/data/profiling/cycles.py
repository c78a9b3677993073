"""Rows that are above themselves: circles in a column that refers to its own sheet."""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from importer.data.duck import name
from importer.data.profiling.cells import SheetFile, shown
from importer.data.profiling.facts import Alarm, Cycle, Level
from importer.data.profiling.keys import COMPARED
from importer.data.profiling.wording import counted, place

_NAMED = 8
_CYCLES = 50

# Each step leads twice as far as the one before. Whoever is still reached after steps longer than
# any chain is on a circle, and on a circle each is reached by exactly one: then nothing shrinks
# any more. So a chain of a million rows takes twenty steps.
_FURTHER = """
CREATE OR REPLACE TEMP TABLE further AS
SELECT a.id, b.parent FROM steps AS a JOIN steps AS b ON b.id = a.parent
WHERE a.id IN (SELECT parent FROM steps)
"""


@dataclass(frozen=True, slots=True)
class Circles:
    """Of one reference: how many circles there are, with how many rows, and the first."""

    total: int = 0
    rows: int = 0
    first: tuple[Cycle, ...] = ()


def find_cycles(
    duck: duckdb.DuckDBPyConnection, sheet: SheetFile, column: str, to_column: str
) -> Circles:
    """The circles that the references of ``column`` to ``to_column`` make."""
    _make_steps(duck, sheet, column, to_column)
    before = -1
    while (now := _count(duck)) != before and now:
        before = now
        duck.execute(_FURTHER)
        duck.execute("CREATE OR REPLACE TEMP TABLE steps AS FROM further")
    if not now:
        return Circles()
    return _named(duck, sheet, column)


def _make_steps(
    duck: duckdb.DuckDBPyConnection, sheet: SheetFile, column: str, to_column: str
) -> None:
    own, target = (COMPARED.format(column=name(one)) for one in (column, to_column))
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE edges AS SELECT c._row AS id, t.r AS parent, t.k AS above "
        f"FROM (SELECT _row, {own} AS k FROM {sheet.source} WHERE {name(column)} IS NOT NULL) "
        f"AS c JOIN (SELECT {target} AS k, min(_row) AS r FROM {sheet.source} GROUP BY 1) AS t "
        "ON t.k = c.k WHERE NOT is_nothing(t.k)"
    )
    duck.execute("CREATE OR REPLACE TEMP TABLE steps AS SELECT id, parent FROM edges")


def _count(duck: duckdb.DuckDBPyConnection) -> int:
    return int(duck.execute("SELECT count(*) FROM steps").fetchall()[0][0])


def _named(duck: duckdb.DuckDBPyConnection, sheet: SheetFile, column: str) -> Circles:
    above: dict[int, int] = {}
    keys: dict[int, str] = {}
    rows = duck.execute(
        "SELECT id, parent, above FROM edges WHERE id IN (SELECT id FROM steps) ORDER BY id"
    ).fetchall()
    for row, parent, key in rows:
        above[row], keys[parent] = parent, shown(key)
    found = list(_circles(above))
    first = tuple(_cycle(sheet, column, circle, keys) for circle in found[:_CYCLES])
    return Circles(len(found), len(above), first)


def _circles(above: dict[int, int]) -> Iterator[list[int]]:
    seen: set[int] = set()
    for start in above:
        circle = []
        row = start
        while row not in seen:
            seen.add(row)
            circle.append(row)
            row = above[row]
        if circle:
            yield circle


def _cycle(sheet: SheetFile, column: str, circle: list[int], keys: dict[int, str]) -> Cycle:
    first = circle[:_NAMED]
    named = [f"“{keys[row]}” (row {row})" for row in first]
    more = f" and {len(circle) - _NAMED:,} more" if len(circle) > _NAMED else ""
    if len(circle) == 1:
        message = (
            f"{place(sheet.name, column)}: {named[0]} refers to itself. Empty that cell or name "
            "another record."
        )
    else:
        message = (
            f"{place(sheet.name, column)}: these records refer to each other in a circle: "
            f"{' -> '.join(named)}{more} -> back to the first. Empty the cell of one of them."
        )
    return Cycle(
        sheet.name, column, len(circle), tuple(first), tuple(keys[row] for row in first), message
    )


def cycle_alarm(circles: Circles) -> Alarm:
    """One for all circles of a reference."""
    first = circles.first[0]
    message = first.message
    if circles.total > 1:
        message += (
            f" There are {counted(circles.total - 1, 'more circle')} in this column, "
            f"{circles.rows:,} rows in all."
        )
    rows = tuple(row for one in circles.first for row in one.rows)[:5]
    return Alarm("cycle", Level.WARNING, message, first.sheet, first.column, rows, circles.rows)
