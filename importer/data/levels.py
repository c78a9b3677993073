"""Depths of rows that refer to rows of the same sheet (bosses first), and the rows of cycles.

A parent key that is nowhere in the sheet is no matter of this file: such a row is a root. A cycle
is opened at references that may be empty: they are cut, and written when all rows are there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from importer.data.compiled import CompiledField
from importer.data.duck import name, quote
from importer.data.keys import display_key

MAX_NAMED = 8
"""Keys of a cycle that its sentence names."""

HIERARCHY = "parent_id"
"""Odoo's own name for the field that makes a tree; it refuses circles in it, so none is cut."""


@dataclass(frozen=True, slots=True)
class CycleRow:
    """A row that is above itself, and the sentence about it."""

    sheet_row: int
    key: str
    message: str


# A row's level is known when those of all its parents are. A recursive query would go round for
# ever where a row has several parents and one of them is in a cycle below a root.
_READY = """
CREATE OR REPLACE TEMP TABLE ready AS
SELECT id, 1 + max(coalesce(l.level, 0)) AS level
FROM edges AS e LEFT JOIN levels AS l ON l.sheet_row = e.parent
WHERE id IN (SELECT id FROM rest) AND id NOT IN (
  SELECT id FROM rest WHERE parent IN (SELECT id FROM rest))
GROUP BY id
"""


def find_levels(
    duck: duckdb.DuckDBPyConnection, self_references: Sequence[CompiledField]
) -> list[CycleRow]:
    """Make the tables ``levels`` (sheet_row, level; rows that are not in it stand at 0) and
    ``cuts`` (sheet_row, field) from the table ``rows``; give the rows of cycles that could not be
    cut, which stand at 0 as well."""
    # A node is the row number of its key's first row: numbers are small.
    duck.execute(
        "CREATE TEMP TABLE nodes AS SELECT key, min(sheet_row) AS id FROM rows GROUP BY key"
    )
    parents = " UNION ALL ".join(_edges(one) for one in self_references)
    duck.execute(
        "CREATE TEMP TABLE edges AS SELECT DISTINCT f.sheet_row AS id, n.id AS parent, f.field "
        f"FROM ({parents}) AS f JOIN nodes AS n ON n.key = f.parent"
    )
    duck.execute("DROP TABLE nodes")
    duck.execute(NO_LEVELS)
    duck.execute("CREATE TEMP TABLE rest AS FROM edges")
    _peel(duck)
    may_wait = [
        one.spec.target
        for one in self_references
        if not one.is_required and one.spec.target != HIERARCHY
    ]
    for which in ("AND e.parent >= e.id", ""):
        if not _count(duck, "rest"):
            return []
        _keep_only_cycles(duck)
        _cut(duck, may_wait, which)
        _peel(duck)
    if not _count(duck, "rest"):
        return []
    _keep_only_cycles(duck)
    duck.execute("DELETE FROM rest WHERE id IN (FROM looped)")
    _peel(duck)
    return _name_cycles(duck)


NO_LEVELS = """
CREATE TEMP TABLE levels (sheet_row BIGINT, level INTEGER);
CREATE TEMP TABLE cuts (sheet_row BIGINT, field VARCHAR);
"""
"""What a sheet without references to itself has."""


def _cut(duck: duckdb.DuckDBPyConnection, fields: Sequence[str], which: str) -> None:
    """Leave out these fields of rows on cycles where they point along a cycle; first only where
    they point further down the sheet, which is enough unless other fields point there too."""
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE fresh AS SELECT DISTINCT e.id AS sheet_row, e.field "
        "FROM edges AS e WHERE e.id IN (FROM looped) AND e.parent IN (FROM looped) "
        f"AND list_contains(?, e.field) {which}",
        [list(fields)],
    )
    duck.execute("INSERT INTO cuts FROM fresh")
    for table in ("edges", "rest"):
        duck.execute(
            f"DELETE FROM {table} WHERE (id, field) IN (SELECT (sheet_row, field) FROM fresh)"
        )


def _peel(duck: duckdb.DuckDBPyConnection) -> None:
    """Give levels to the rows of ``rest``, depth by depth, until only cycles and what hangs below
    them is left."""
    duck.execute(_READY)
    while _count(duck, "ready"):
        duck.execute("INSERT INTO levels FROM ready")
        duck.execute("DELETE FROM rest WHERE id IN (SELECT id FROM ready)")
        duck.execute(_READY)


def _edges(one: CompiledField) -> str:
    cell, field = name(one.cell), quote(one.spec.target)
    parent = f"unnest(CAST(CAST({cell} AS JSON) AS JSON[]))" if one.is_list else cell
    return (
        f"SELECT sheet_row, CAST({parent} AS VARCHAR) AS parent, {field} AS field FROM rows "
        f"WHERE {cell} IS NOT NULL"
    )


def _keep_only_cycles(duck: duckdb.DuckDBPyConnection) -> None:
    """Make ``looped`` from ``rest``: take away, from the leaves, what hangs below a cycle without
    being in it."""
    duck.execute("CREATE OR REPLACE TEMP TABLE looped AS SELECT DISTINCT id FROM rest")
    before = -1
    while (now := _count(duck, "looped")) != before:
        before = now
        duck.execute(
            "DELETE FROM looped WHERE id NOT IN "
            "(SELECT e.parent FROM edges AS e JOIN looped AS c ON c.id = e.id)"
        )


def _name_cycles(duck: duckdb.DuckDBPyConnection) -> list[CycleRow]:
    found = duck.execute(
        "SELECT r.key, r.sheet_row, min(e.parent) FROM looped AS c "
        "JOIN rows AS r ON r.sheet_row = c.id "
        "JOIN edges AS e ON e.id = c.id WHERE e.parent IN (FROM looped) GROUP BY ALL"
    ).fetchall()
    keys = {sheet_row: key for key, sheet_row, _ in found}
    above = {sheet_row: parent for _, sheet_row, parent in found}
    return [CycleRow(row, keys[row], _sentence(_walk(row, above), keys)) for row in above]


def _walk(row: int, above: dict[int, int]) -> list[int]:
    path = [row]
    while (row := above[row]) not in path:
        path.append(row)
    return path[path.index(row) :]


def _sentence(cycle: list[int], keys: dict[int, str]) -> str:
    start = cycle.index(min(cycle))
    cycle = cycle[start:] + cycle[:start]
    named = [f"“{display_key(keys[row])}” (row {row})" for row in cycle[:MAX_NAMED]]
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
