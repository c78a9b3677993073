"""Depths of rows that refer to rows of the same sheet (bosses first), and the rows of cycles.

A parent key that is nowhere in the sheet is no matter of this file: such a row is a root.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from importer.data.compiled import CompiledField
from importer.data.duck import name
from importer.data.keys import display_key

MAX_NAMED = 8
"""Keys of a cycle that its sentence names."""


@dataclass(frozen=True, slots=True)
class CycleRow:
    """A row that is above itself, and the sentence about it."""

    sheet_row: int
    key: str
    message: str


_LEVELS = """
CREATE TEMP TABLE levels AS
WITH RECURSIVE tree(key, level) AS (
  SELECT key, 0 FROM nodes WHERE key NOT IN (SELECT key FROM edges) OR key IN (SELECT key FROM cut)
  UNION
  SELECT e.key, t.level + 1 FROM tree AS t JOIN edges AS e ON e.parent = t.key
  WHERE e.key NOT IN (SELECT key FROM cut)
)
SELECT key, max(level) AS level FROM tree GROUP BY key
"""


def find_levels(
    duck: duckdb.DuckDBPyConnection, self_references: Sequence[CompiledField]
) -> list[CycleRow]:
    """Make the table ``levels`` (key, level) from the table ``rows``; give the rows of cycles,
    which stand at level 0."""
    duck.execute("CREATE TEMP TABLE nodes AS SELECT DISTINCT key FROM rows WHERE key IS NOT NULL")
    duck.execute("CREATE TEMP TABLE cut (key VARCHAR)")
    parents = " UNION ".join(_edges(one) for one in self_references)
    duck.execute(
        f"CREATE TEMP TABLE edges AS SELECT key, parent FROM ({parents}) "
        "WHERE parent IN (SELECT key FROM nodes)"
    )
    duck.execute(_LEVELS)
    if _count(duck, "nodes") == _count(duck, "levels"):
        return []
    _cut_cycles(duck)
    duck.execute("DROP TABLE levels")
    duck.execute(_LEVELS)
    return _name_cycles(duck)


def _edges(one: CompiledField) -> str:
    cell = name(one.cell)
    if not one.is_list:
        return f"SELECT key, {cell} AS parent FROM rows WHERE {cell} IS NOT NULL"
    parts = f"unnest(CAST(CAST({cell} AS JSON) AS JSON[]))"
    return f"SELECT key, CAST({parts} AS VARCHAR) AS parent FROM rows WHERE {cell} IS NOT NULL"


def _cut_cycles(duck: duckdb.DuckDBPyConnection) -> None:
    """Fill ``cut`` with what no root reaches, less what hangs below a cycle without being in it:
    leaves are taken away until none is left."""
    duck.execute("INSERT INTO cut SELECT key FROM nodes WHERE key NOT IN (SELECT key FROM levels)")
    before = -1
    while (now := _count(duck, "cut")) != before:
        before = now
        duck.execute(
            "DELETE FROM cut WHERE key NOT IN (SELECT e.parent FROM edges AS e JOIN cut AS c "
            "ON c.key = e.key)"
        )


def _name_cycles(duck: duckdb.DuckDBPyConnection) -> list[CycleRow]:
    rows = duck.execute(
        "SELECT r.key, min(r.sheet_row), min(e.parent) FROM rows AS r JOIN cut USING (key) "
        "JOIN edges AS e ON e.key = r.key WHERE e.parent IN (SELECT key FROM cut) GROUP BY r.key"
    ).fetchall()
    place = {key: sheet_row for key, sheet_row, _ in rows}
    above = {key: parent for key, _, parent in rows}
    return [CycleRow(place[key], key, _sentence(_walk(key, above), place)) for key in above]


def _walk(key: str, above: dict[str, str]) -> list[str]:
    path = [key]
    while (key := above[key]) not in path:
        path.append(key)
    return path[path.index(key) :]


def _sentence(cycle: list[str], place: dict[str, int]) -> str:
    start = cycle.index(min(cycle, key=lambda key: place[key]))
    cycle = cycle[start:] + cycle[:start]
    named = [f"“{display_key(key)}” (row {place[key]})" for key in cycle[:MAX_NAMED]]
    more = f" and {len(cycle) - MAX_NAMED} more" if len(cycle) > MAX_NAMED else ""
    if len(cycle) == 1:
        return f"{named[0]} refers to itself. Empty that cell or name another record."
    return (
        f"These records refer to each other in a circle: {' -> '.join(named)}{more} -> back to "
        "the first. Empty the reference of one of them."
    )


def _count(duck: duckdb.DuckDBPyConnection, table: str) -> int:
    row = duck.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0
