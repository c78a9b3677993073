"""Puts the cells of bad rows and what is wrong with them side by side, one row after the other, in
bounded memory. Knows no model.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from importer.data.correcting.applying import SheetParquet
from importer.data.correcting.workbook_out import OutRow
from importer.data.duck import name, open_duck, quote

ISSUE_COLUMNS = ("sheet", "row", "column", "value", "level", "stage", "code", "message")
_FETCH = 500
_TYPES = ", ".join(f"'{one}': '{'BIGINT' if one == 'row' else 'VARCHAR'}'" for one in ISSUE_COLUMNS)
_READ = """
CREATE TEMP TABLE issues AS SELECT * FROM read_csv({path}, columns = {{{types}}}, header = false,
  auto_detect = false, delim = ',', quote = '"', escape = '"', max_line_size = 20000000,
  parallel = false);
"""
_SAID = """
SELECT "row" AS said_row,
  min(CASE level WHEN 'error' THEN 1 WHEN 'blocked' THEN 2 ELSE 3 END) AS rank,
  string_agg(DISTINCT CASE WHEN contains(message, coalesce("column", '')) THEN ''
    ELSE "column" || ': ' END || message, chr(10)) AS reason,
  list_distinct(flatten(list(string_split("column", ', ')))) AS parts, list("column") AS whole
FROM issues WHERE sheet = {sheet} GROUP BY "row"
"""
STATUSES = {1: "error", 2: "blocked", 3: "warning"}


@contextmanager
def gathered(
    issues: Path, folder: Path, files: Iterable[Path]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A private DuckDB with the issues of a CSV file (ISSUE_COLUMNS) that may read these files."""
    with open_duck(folder, readable=[issues, *files], memory="400MB", seconds=1800.0) as duck:
        duck.execute(_READ.format(path=quote(str(issues.resolve())), types=_TYPES))
        yield duck


def replace_issues(
    duck: duckdb.DuckDBPyConnection,
    sheet: str,
    rows: Sequence[int],
    issues: Iterable[Sequence[object]],
    folder: Path,
) -> None:
    """Say these issues of these rows in place of what was said."""
    if not rows:
        return
    listed = ", ".join(str(int(row)) for row in rows)
    duck.execute(f'DELETE FROM issues WHERE sheet = {quote(sheet)} AND "row" IN ({listed})')
    lines = folder / "issues.ndjson"
    with lines.open("w", encoding="utf-8") as file:
        for one in issues:
            file.write(json.dumps(dict(zip(ISSUE_COLUMNS, one, strict=True))) + "\n")
    if lines.stat().st_size:
        duck.execute(
            f"INSERT INTO issues SELECT * FROM read_json({quote(str(lines.resolve()))}, "
            f"format = 'newline_delimited', columns = {{{_TYPES}}})"
        )


def bad_rows(
    duck: duckdb.DuckDBPyConnection,
    sheet: str,
    parquet: SheetParquet,
    row_id: Callable[[int], str],
) -> Iterator[OutRow]:
    """The sheet's rows that issues speak of, in the order of the sheet."""
    cells = "".join(f", s.{name(column)}" for column in parquet.columns)
    found = duck.execute(
        f"SELECT s._row, i.rank, i.reason, i.parts || i.whole{cells} "
        f"FROM read_parquet({quote(str(parquet.path.resolve()))}) AS s "
        f"JOIN ({_SAID.format(sheet=quote(sheet))}) AS i ON i.said_row = s._row ORDER BY s._row"
    )
    while block := found.fetchmany(_FETCH):
        for row, rank, reason, bad, *texts in block:
            yield OutRow(row_id(row), row, STATUSES[rank], reason, frozenset(bad), texts)
