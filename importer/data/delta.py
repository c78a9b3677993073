"""Compares two sheets of one entity by its key: new, changed, unchanged and vanished rows. Set by
set in DuckDB, in bounded memory; knows no Django and no Odoo.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from importer.data.duck import THREADS, name, open_duck, quote
from importer.data.hiding import shown
from importer.data.macros import prelude
from importer.data.profiling.as_facts import Facts
from importer.data.vanished import sheet_keys
from importer.errors import Refused

KINDS = ("new", "changed", "unchanged", "vanished")
MEMORY = "400MB"
_KEY = "md5_number(key)"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two sheets. ``empty_words``: cells that mean nothing is there."""

    name: str
    path: Path
    columns: tuple[str, ...]
    empty_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnCount(Facts):
    """In how many rows a column changed."""

    column: str
    rows: int


@dataclass(frozen=True, slots=True)
class CellChange(Facts):
    """One cell of a row in both sheets; None: empty."""

    column: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class DeltaRow(Facts):
    """One key. ``old_row`` and ``new_row``: the sheet's row numbers, None where it is not."""

    kind: str
    key: tuple[str, ...]
    old_row: int | None
    new_row: int | None
    changes: tuple[CellChange, ...]


@dataclass(frozen=True, slots=True)
class DeltaCounts(Facts):
    """``doubled`` and ``without_key`` (old, new): rows that were left out of the comparison, as
    their key is that of an earlier row, or is not whole. ``columns``: changed rows a column, the
    most first; ``added_columns`` and ``lost_columns`` are in one of the sheets only."""

    new: int
    changed: int
    unchanged: int
    vanished: int
    doubled: tuple[int, int]
    without_key: tuple[int, int]
    columns: tuple[ColumnCount, ...]
    added_columns: tuple[str, ...]
    lost_columns: tuple[str, ...]


class Comparison:
    """Two sheets that were compared; open as long as its DuckDB is."""

    def __init__(
        self, duck: DuckDBPyConnection, old: Side, new: Side, key_columns: Sequence[str]
    ) -> None:
        self._duck, self._sides, self._key = duck, (old, new), list(key_columns)
        here = set(old.columns) - set(key_columns)  # a key is compared trimmed, as in a load
        self._shared = [one for one in new.columns if one in here]
        left = [
            _take_in(duck, number, one, self._key, self._shared)
            for number, one in enumerate(self._sides)
        ]
        duck.execute(_delta(self._shared))
        for number in range(2):
            duck.execute(f"DROP TABLE rows_{number}")
        self.counts = self._counted(*left)

    def rows(
        self, kinds: Sequence[str] = (), column: str = "", *, offset: int = 0, limit: int = 100
    ) -> list[DeltaRow]:
        """A page, in the order of the new sheet, what vanished last. ``column``: only rows in
        which it changed."""
        condition, values = self._condition(kinds, column)
        found = self._duck.execute(
            f"SELECT kind, old_row, new_row, changed FROM delta WHERE {condition} "
            "ORDER BY new_row IS NULL, new_row, old_row LIMIT ? OFFSET ?",
            [*values, limit, offset],
        ).fetchall()
        old, new = (self._cells(n, [row[n + 1] for row in found]) for n in range(2))
        return [
            self._row(kind, old_row, new_row, changed, old, new)
            for kind, old_row, new_row, changed in found
        ]

    def count(self, kinds: Sequence[str] = (), column: str = "") -> int:
        """How many rows there are to page through."""
        condition, values = self._condition(kinds, column)
        found = self._duck.execute(f"SELECT count(*) FROM delta WHERE {condition}", values)
        return int((found.fetchone() or (0,))[0])

    def _condition(self, kinds: Sequence[str], column: str) -> tuple[str, list[Any]]:
        wanted = [kind for kind in KINDS if kind in kinds] if kinds else list(KINDS)
        if not column:
            return "list_contains(?, kind)", [wanted]
        if column not in self._shared:
            raise Refused(f"“{column}” is no column of both sheets.")
        number = str(self._shared.index(column))
        return "list_contains(?, kind) AND list_contains(string_split(changed, ','), ?)", [
            wanted,
            number,
        ]

    def _counted(self, old: tuple[int, int], new: tuple[int, int]) -> DeltaCounts:
        kinds = dict(self._duck.execute("SELECT kind, count(*) FROM delta GROUP BY 1").fetchall())
        columns = self._duck.execute(
            "SELECT CAST(unnest(string_split(changed, ',')) AS INTEGER), count(*) FROM delta "
            "WHERE changed <> '' GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
        theirs, ours = (set(side.columns) for side in self._sides)
        return DeltaCounts(
            **{kind: int(kinds.get(kind, 0)) for kind in KINDS},
            doubled=(old[0], new[0]),
            without_key=(old[1], new[1]),
            columns=tuple(ColumnCount(self._shared[n], rows) for n, rows in columns),
            added_columns=tuple(one for one in self._sides[1].columns if one not in theirs),
            lost_columns=tuple(one for one in self._sides[0].columns if one not in ours),
        )

    def _cells(self, side: int, numbers: Sequence[int | None]) -> dict[int, dict[str, str | None]]:
        wanted = [number for number in numbers if number is not None]
        if not wanted:
            return {}
        names = list(dict.fromkeys((*self._key, *self._shared)))
        cells = ", ".join(f"cell_{side}({name(one)})" for one in names)
        found = self._duck.execute(
            f"SELECT _row, {cells} FROM {_table(self._sides[side])} "
            f"WHERE _row IN ({', '.join(map(str, wanted))})"
        )
        return {row: dict(zip(names, texts, strict=True)) for row, *texts in found.fetchall()}

    def _row(
        self,
        kind: str,
        old_row: int | None,
        new_row: int | None,
        changed: str,
        old: dict[int, dict[str, str | None]],
        new: dict[int, dict[str, str | None]],
    ) -> DeltaRow:
        before = old.get(old_row, {}) if old_row is not None else {}
        after = new.get(new_row, {}) if new_row is not None else {}
        named = after or before
        columns = [self._shared[int(number)] for number in changed.split(",") if number]
        return DeltaRow(
            kind,
            tuple(named.get(column) or "" for column in self._key),
            old_row,
            new_row,
            tuple(
                CellChange(one, shown(one, before.get(one)), shown(one, after.get(one)))
                for one in columns
            ),
        )


@contextmanager
def comparing(
    old: Side, new: Side, key_columns: Sequence[str], *, work: Path, memory: str = MEMORY
) -> Iterator[Comparison]:
    """Compare them. Raises Refused where one lacks a key column, or a limit is reached."""
    for side in (old, new):
        lacking = [column for column in key_columns if column not in side.columns]
        if lacking or not key_columns:
            raise Refused(
                f"“{side.name}” has no column {', '.join(f'“{one}”' for one in lacking)}, which is "
                "part of the key. Choose the sheet that has it, or other key columns."
                if lacking
                else "Name the columns of the key by which rows are compared."
            )
    readable = [old.path, new.path]
    with open_duck(work, readable=readable, memory=memory, threads=THREADS) as duck:
        duck.execute(prelude())
        for number, side in enumerate((old, new)):
            words = ", ".join(quote(word) for word in ("", *side.empty_words))
            duck.execute(
                f"CREATE TEMP MACRO cell_{number}(t) AS "
                f"CASE WHEN strip(t) NOT IN ({words}) THEN t END"
            )
        yield Comparison(duck, old, new, key_columns)


def _table(side: Side) -> str:
    return f"read_parquet({quote(str(side.path.resolve()))})"


def _take_in(
    duck: DuckDBPyConnection, number: int, side: Side, key: Sequence[str], shared: Sequence[str]
) -> tuple[int, int]:
    """Table ``rows_<number>``: the first row of each key, with a hash of each shared cell. How many
    rows have the key of an earlier one, and none."""
    cells = [f"cell_{number}({name(one)}) AS {name(one)}" for one in side.columns]
    source = f"(SELECT _row, {', '.join(cells)} FROM {_table(side)})"
    hashes = "".join(f", hash({name(one)}) AS c{n}" for n, one in enumerate(shared))
    keyed = sheet_keys(source, key, more=hashes)
    duck.execute(
        f"CREATE TEMP TABLE rows_{number} AS SELECT * EXCLUDE (key), {_KEY} AS k FROM ({keyed}) "
        "WHERE key IS NOT NULL"
    )
    whole, different = _one(duck, f"SELECT count(*), count(DISTINCT k) FROM rows_{number}")
    (rows,) = _one(duck, f"SELECT count(*) FROM {_table(side)}")
    if whole > different:
        duck.execute(
            f"DELETE FROM rows_{number} WHERE row NOT IN "
            f"(SELECT min(row) FROM rows_{number} GROUP BY k)"
        )
    return whole - different, rows - whole


def _one(duck: DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    return tuple(int(value) for value in duck.execute(sql).fetchone() or ())


def _delta(shared: Sequence[str]) -> str:
    whens = ", ".join(
        f"CASE WHEN o.c{n} IS DISTINCT FROM n.c{n} THEN '{n}' END" for n in range(len(shared))
    )
    changed = f"concat_ws(',', {whens})" if whens else "''"
    return f"""
CREATE TEMP TABLE delta AS
SELECT old_row, new_row, changed, CASE WHEN old_row IS NULL THEN 'new'
    WHEN new_row IS NULL THEN 'vanished' WHEN changed = '' THEN 'unchanged' ELSE 'changed'
  END AS kind
FROM (SELECT o.row AS old_row, n.row AS new_row,
    CASE WHEN o.row IS NULL OR n.row IS NULL THEN '' ELSE {changed} END AS changed
  FROM rows_0 AS o FULL JOIN rows_1 AS n ON n.k = o.k)"""
