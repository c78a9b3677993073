"""Rows in which the header stands again, as where several exports were put below each other."""

from collections.abc import Iterator

import duckdb

from importer.data.duck import name, quote
from importer.data.profiling.cells import EXAMPLES, SheetFile
from importer.data.profiling.facts import Alarm, Level
from importer.data.profiling.wording import counted, rows_named

_COLUMNS = 3


def repeated_headers(duck: duckdb.DuckDBPyConnection, sheet: SheetFile) -> Iterator[Alarm]:
    """A row counts when its first cells, three at most, are all equal to their headers."""
    named = [(column, header) for column, header in sheet.columns if header.strip()][:_COLUMNS]
    if len(named) < 2:
        return
    where = " AND ".join(f"{name(column)} = {quote(header)}" for column, header in named)
    count, rows = duck.execute(
        f"SELECT count(*), list(_row ORDER BY _row)[:{EXAMPLES}] FROM {sheet.source} WHERE {where}"
    ).fetchall()[0]
    if count:
        message = (
            f"Sheet “{sheet.name}” has the header again in {rows_named(rows, count)}: "
            f"{counted(count, 'row')} that would be loaded as a record. Take them out."
        )
        yield Alarm("header_again", Level.ERROR, message, sheet.name, "", tuple(rows), count)
