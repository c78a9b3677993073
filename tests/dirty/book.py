"""Writes the dirty workbook into a zip with its one picture: the good rows, then one fault of each
kind over them. ``python -m tests.dirty.book dirty.zip``."""

import base64
import sys
import zipfile
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.dirty.faults import FAULTS
from tests.dirty.good import SHEETS, Cells, GoodSheet

BLANK = ("Partners", 43)
_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def write_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("dirty.xlsx", _workbook())
        archive.writestr("files/ok.png", _PICTURE)
    return path


def cells_of(sheet: str, row: int) -> Cells:
    """What stands in a row, faults included."""
    cells = _special(sheet, row) or SHEETS[sheet].row(row)
    for fault in FAULTS:
        if (fault.sheet, fault.row) == (sheet, row) and row > SHEETS[sheet].header:
            cells[fault.column] = fault.value
    return cells


def _special(sheet: str, row: int) -> Cells | None:
    good = SHEETS[sheet]
    if (sheet, row) == BLANK:
        return dict.fromkeys(good.columns)
    if (sheet, row) == ("Contacts", 15):
        return good.row(14)
    if (sheet, row) == ("Contacts", 18):
        return {column: column for column in good.columns}
    if (sheet, row) == ("Products", 33):
        return dict.fromkeys(good.columns) | {"Price": "912.44"}
    return None


def _workbook() -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, good in SHEETS.items():
        _fill(book.create_sheet(name), name, good)
    book["Partners"].cell(1, 1, "Customers, May 2024")
    book["Partners"].merge_cells("B39:B40")
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _fill(page: Worksheet, name: str, good: GoodSheet) -> None:
    columns = good.columns
    for place, column in enumerate(columns, start=1):
        page.cell(good.header, place, column or None)
    for row in range(good.header + 1, good.last + 1):
        cells = cells_of(name, row)
        for place, column in enumerate(columns, start=1):
            page.cell(row, place, cells[column])


if __name__ == "__main__":
    write_zip(Path(sys.argv[1]))
