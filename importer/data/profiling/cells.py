"""The different texts of a few columns at a time, with how often and where first: the table
``cells`` (col, v, n, r, kind, padded) that everything about columns is asked from, so that each
cell of the sheet is read once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from importer.data.duck import name, quote
from importer.data.profiling.facts import Cell

EXAMPLES = 5
_SHOWN = 80
_CELLS_AT_ONCE = 1_000_000
_COLUMNS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A sheet to profile. ``columns``: (name, header) in the order of the file; ``notices``:
    (code, sentence, first row, count) of what was noticed when it was read."""

    name: str
    path: Path
    n_rows: int
    columns: tuple[tuple[str, str], ...]
    notices: tuple[tuple[str, str, int | None, int], ...] = ()

    @property
    def source(self) -> str:
        """SQL of its rows."""
        return f"read_parquet({quote(str(self.path.resolve()))})"


@dataclass(frozen=True, slots=True)
class Found:
    """Cells that a condition holds for: how many, in which first rows, the first different
    ones."""

    count: int
    distinct: int
    rows: tuple[int, ...]
    examples: tuple[Cell, ...]


def chunks(sheet: SheetFile) -> Iterator[list[int]]:
    """Positions of the columns to look at together: about a million cells at a time."""
    size = max(1, min(_COLUMNS_AT_ONCE, _CELLS_AT_ONCE // max(sheet.n_rows, 1)))
    positions = range(len(sheet.columns))
    return (list(positions[start : start + size]) for start in range(0, len(positions), size))


def gather(duck: duckdb.DuckDBPyConnection, sheet: SheetFile, positions: Sequence[int]) -> None:
    """Make the table ``cells`` of these columns, without empty cells."""
    parts = " UNION ALL ".join(
        f"SELECT {position}::USMALLINT AS col, {name(sheet.columns[position][0])} AS v, _row "
        f"FROM {sheet.source}"
        for position in positions
    )
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE cells AS "
        "SELECT col, v, n, r, kind_of(s) AS kind, length(s) <> length(v) AS padded FROM ("
        "  SELECT col, v, bare(v) AS s, n, r FROM ("
        "    SELECT col, v, count(*) AS n, min(_row) AS r "
        f"   FROM ({parts}) WHERE v IS NOT NULL GROUP BY col, v"
        "))"
    )
    # As a condition of the statement above this would be asked for each row of the sheet.
    duck.execute("DELETE FROM cells WHERE is_nothing(v) OR (padded AND is_nothing(bare(v)))")


def first_cells(
    duck: duckdb.DuckDBPyConnection, position: int, condition: str, limit: int
) -> list[tuple[int, str, int]]:
    """(first row, text, number of cells) of the first different texts of a gathered column."""
    return duck.execute(
        f"SELECT r, v, n FROM cells WHERE col = {position} AND ({condition}) "
        f"ORDER BY r LIMIT {limit}"
    ).fetchall()


def find(duck: duckdb.DuckDBPyConnection, sheet: SheetFile, position: int, condition: str) -> Found:
    """The cells of one gathered column for which the SQL ``condition`` on ``cells`` holds."""
    where = f"FROM cells WHERE col = {position} AND ({condition})"
    first = first_cells(duck, position, condition, EXAMPLES)
    if not first:
        return Found(0, 0, (), ())
    count, distinct = duck.execute(f"SELECT sum(n)::BIGINT, count(*) {where}").fetchall()[0]
    rows = [row for row, _, _ in first]
    if any(n > 1 for _, _, n in first):
        column = name(sheet.columns[position][0])
        found = duck.execute(
            f"SELECT _row FROM {sheet.source} WHERE {column} IN (SELECT v {where}) "
            f"ORDER BY _row LIMIT {EXAMPLES}"
        ).fetchall()
        rows = [row for (row,) in found]
    examples = tuple(Cell(row, shown(value)) for row, value, _ in first)
    return Found(count, distinct, tuple(rows), examples)


def shown(value: str) -> str:
    """A text for people, cut where it is long."""
    return value if len(value) <= _SHOWN else f"{value[: _SHOWN - 3]}..."
