"""Puts corrections into a sheet's Parquet, set by set; the first file stays as it is. Knows no
Django; rows never pass through Python.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from importer.data.correcting.comparing import WHOLE_ROW
from importer.data.duck import name, open_duck, quote

_MEMORY = "400MB"
_ROW_GROUP = 20_480
_SECONDS = 1800.0
_KEY = "lower(trim(nfc_normalize(coalesce({}, ''))))"
_SAID = """
CREATE TEMP TABLE said AS SELECT * FROM read_json({lines}, format = 'newline_delimited',
  columns = {{sheet_row: 'BIGINT', cell: 'VARCHAR', said: 'VARCHAR'}});
CREATE TEMP TABLE changed AS SELECT sheet_row,
  map_from_entries(list(struct_pack(k := cell, v := said))) AS cells
  FROM said WHERE cell <> '' GROUP BY sheet_row;
"""


@dataclass(frozen=True, slots=True)
class Corrected:
    """``column``: WHOLE_ROW where the row is left out; ``new``: None for an empty cell."""

    row: int
    column: str
    new: str | None


@dataclass(frozen=True, slots=True)
class SheetParquet:
    """A sheet's file with the columns it has besides ``_row``."""

    path: Path
    columns: Sequence[str]


def write_corrected(sheet: SheetParquet, corrections: Iterable[Corrected], target: Path) -> int:
    """Write the sheet anew as ``target``, in the same order; how many rows it has."""
    with _corrected(sheet, corrections, target.parent) as duck:
        _copy(duck, "SELECT * FROM corrected ORDER BY _row", target)
        counted = duck.execute("SELECT count(*) FROM corrected").fetchone()
    return int(counted[0]) if counted else 0


def write_part(
    sheet: SheetParquet,
    corrections: Iterable[Corrected],
    target: Path,
    *,
    rows: Iterable[int],
    key: Sequence[str],
) -> None:
    """Write these rows as they are corrected, with all others that have the key of one of them,
    so that what is there twice is seen."""
    chosen = f"_row IN ({', '.join(str(int(row)) for row in rows) or 'NULL'})"
    texts = [_KEY.format(name(column)) for column in key if column in sheet.columns]
    with _corrected(sheet, corrections, target.parent) as duck:
        if texts:
            same = f"concat_ws(chr(31), {', '.join(texts)})"
            chosen += f" OR {same} IN (SELECT {same} FROM corrected WHERE {chosen})"
        _copy(duck, f"SELECT * FROM corrected WHERE {chosen} ORDER BY _row", target)


def read_rows(
    sheet: SheetParquet, corrections: Iterable[Corrected], rows: Iterable[int], folder: Path
) -> dict[int, dict[str, str | None]]:
    """These rows by their number, as they are corrected; those left out are not among them."""
    chosen = ", ".join(str(int(row)) for row in rows) or "NULL"
    with _corrected(sheet, corrections, folder) as duck:
        found = duck.execute(f"SELECT * FROM corrected WHERE _row IN ({chosen})").fetchall()
    return {int(row[0]): dict(zip(sheet.columns, row[1:], strict=True)) for row in found}


@contextmanager
def _corrected(
    sheet: SheetParquet, corrections: Iterable[Corrected], folder: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A private DuckDB with a view ``corrected``."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = folder / "corrections.ndjson"
    touched = _write_lines(lines, corrections)
    with open_duck(folder, readable=[sheet.path], memory=_MEMORY, seconds=_SECONDS) as duck:
        duck.execute(_SAID.format(lines=quote(str(lines.resolve()))))
        cells = ", ".join(_cell(column, column in touched) for column in sheet.columns)
        duck.execute(
            f"CREATE TEMP VIEW corrected AS SELECT s._row, {cells} "
            f"FROM read_parquet({quote(str(sheet.path.resolve()))}) AS s "
            "LEFT JOIN changed AS m ON m.sheet_row = s._row "
            f"WHERE s._row NOT IN (SELECT sheet_row FROM said WHERE cell = {quote(WHOLE_ROW)})"
        )
        yield duck
    lines.unlink()


def _cell(column: str, is_touched: bool) -> str:
    if not is_touched:
        return f"s.{name(column)}"
    key = quote(column)
    return (
        f"CASE WHEN coalesce(map_contains(m.cells, {key}), false) THEN m.cells[{key}] "
        f"ELSE s.{name(column)} END AS {name(column)}"
    )


def _write_lines(path: Path, corrections: Iterable[Corrected]) -> set[str]:
    """The columns that are touched."""
    touched: set[str] = set()
    with path.open("w", encoding="utf-8") as file:
        for one in corrections:
            touched.add(one.column)
            line = {"sheet_row": one.row, "cell": one.column, "said": one.new}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return touched


def _copy(duck: duckdb.DuckDBPyConnection, select: str, target: Path) -> None:
    duck.execute(
        f"COPY ({select}) TO {quote(str(target.resolve()))} "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})"
    )
