"""Writes the workbook of rows to correct, row by row: what it needs of memory does not grow with
the rows. Only data cells can be edited in it. Text only, and none of it runs.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from importer.data.correcting.layout import (
    EXPLANATION,
    LONGEST_CELL,
    OwnHeaders,
    own_headers,
    sheet_title,
    written,
)

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_A_SHEET = 1_000_000
_ALLOWED = {"select_locked_cells": True, "format_columns": True, "format_rows": True}
_TEXT = {"num_format": "@", "valign": "top"}


@dataclass(frozen=True, slots=True)
class OutRow:
    """``bad``: the columns to mark; ``cells``: in the order of the sheet's columns."""

    row_id: str
    row: int
    status: str
    reason: str
    bad: frozenset[str]
    cells: Sequence[str | None]


@dataclass(frozen=True, slots=True)
class OutSheet:
    """Its rows are asked for when it is written, and one after the other."""

    name: str
    columns: Sequence[str]
    rows: Iterator[OutRow]


@dataclass(frozen=True, slots=True)
class _Formats:
    plain: Format
    bad: Format
    locked: Format
    header: Format


def write_workbook(path: Path, sheets: Iterable[OutSheet]) -> int:
    """Write the file; how many rows it has. A sheet without rows is left out."""
    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    taken: set[str] = set()
    with xlsxwriter.Workbook(str(path), options) as book:
        formats = _formats(book)
        _explain(book.add_worksheet(sheet_title("Read me", taken)), formats)
        n_rows = 0
        for sheet in sheets:
            headers = own_headers(sheet.columns)
            while first := next(sheet.rows, None):
                worksheet = book.add_worksheet(sheet_title(sheet.name, taken))
                part = chain((first,), islice(sheet.rows, ROWS_A_SHEET - 1))
                n_rows += _fill(worksheet, sheet.columns, headers, part, formats)
    return n_rows


def _formats(book: xlsxwriter.Workbook) -> _Formats:
    # quote_prefix: the program itself treats the cell as text, also after it was edited.
    wrapped = {**_TEXT, "locked": True, "text_wrap": True, "font_color": "#555555"}
    return _Formats(
        plain=book.add_format({**_TEXT, "locked": False, "quote_prefix": True}),
        bad=book.add_format(
            {**_TEXT, "locked": False, "quote_prefix": True, "bg_color": "#FFC7CE"}
        ),
        locked=book.add_format(wrapped),
        header=book.add_format({"bold": True, "locked": True, "bottom": 1, "num_format": "@"}),
    )


def _explain(worksheet: Worksheet, formats: _Formats) -> None:
    worksheet.set_column(0, 0, 110)
    for number, line in enumerate(EXPLANATION):
        worksheet.write_string(number, 0, line, formats.locked if number else formats.header)
    worksheet.protect("", _ALLOWED)


def _fill(
    worksheet: Worksheet,
    columns: Sequence[str],
    headers: OwnHeaders,
    rows: Iterable[OutRow],
    formats: _Formats,
) -> int:
    own = headers.all()
    worksheet.set_column(0, 0, 12, None, {"hidden": True})
    worksheet.set_column(1, 2, 10)
    worksheet.set_column(3, 3, 60)
    worksheet.set_column(4, 4, 11)
    worksheet.set_column(len(own), len(own) + len(columns), 18)
    worksheet.freeze_panes(1, 5)
    for at, header in enumerate((*own, *map(written, columns))):
        worksheet.write_string(0, at, header, formats.header)
    number = 0
    for number, row in enumerate(rows, start=1):
        _write_row(worksheet, number, row, columns, formats)
    worksheet.data_validation(1, 4, number, 4, {"validate": "list", "source": ["yes"]})
    worksheet.protect("", _ALLOWED)
    return number


def _write_row(
    worksheet: Worksheet, number: int, row: OutRow, columns: Sequence[str], formats: _Formats
) -> None:
    said = (row.row_id, str(row.row), row.status, written(row.reason))
    for at, text in enumerate(said):
        worksheet.write_string(number, at, text, formats.locked)
    worksheet.write_blank(number, len(said), None, formats.plain)
    for at, (column, cell) in enumerate(zip(columns, row.cells, strict=True), len(said) + 1):
        chosen = formats.bad if column in row.bad else formats.plain
        if cell is not None and len(cell) > LONGEST_CELL:
            chosen = formats.locked  # what would come back is not the whole of it
        text = written(cell)
        if text:
            worksheet.write_string(number, at, text, chosen)
        else:
            worksheet.write_blank(number, at, None, chosen)
