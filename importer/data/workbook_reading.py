"""Reads xlsx, xlsm, xls and ods sheets. Values only: no formula and no macro is ever run."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from importer.data.archives import check_archive
from importer.data.cell_texts import TEXTS
from importer.data.kinds import Kind
from importer.data.notices import Notice, Tally
from importer.data.ods_scanning import is_encrypted, scan_open_document
from importer.data.rows import Advance, RawSheet, Row
from importer.data.workbook_scanning import SheetScan, scan_open_xml
from importer.errors import Refused
from importer.limits import Limits

_ROWS_PER_STEP = 5_000
_LONG_NUMBER = 10**15
_HIDDEN = (
    Notice("hidden_sheet", "The sheet is hidden in the workbook; it was read all the same."),
)

Scans = dict[str, SheetScan]


def open_workbook(
    path: Path, name: str, kind: Kind, limits: Limits, advance: Advance
) -> Iterator[RawSheet]:
    """The worksheets of a workbook one after the other, hidden ones too; charts are passed over.
    A sheet's rows must be read before the next sheet is asked for."""
    scans = _scans(path, name, kind, limits)
    for sheet_name, scan in scans.items():
        _check_area(f"“{name}”, sheet “{sheet_name}”", scan, limits)
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            metadata = [meta for meta in workbook.sheets_metadata if _is_worksheet(meta.typ)]
            for position, meta in enumerate(metadata):
                tally = Tally()
                share = _share(advance, position, len(metadata))
                sheet = workbook.get_sheet_by_name(meta.name)
                where = f"“{name}”, sheet “{meta.name}”"
                scan = scans.get(meta.name, SheetScan())
                rows = _rows(sheet, scan, share, tally)
                is_hidden = meta.visible is not SheetVisibleEnum.Visible
                notices = (*(_HIDDEN if is_hidden else ()), *scan.gaps.notices())
                yield RawSheet(meta.name, where, rows, notices=notices, tally=tally)
    except PasswordError as error:
        raise _protected(name) from error
    except CalamineError as error:
        raise Refused(
            f"“{name}” cannot be read as a workbook; it is damaged or of an unusual make. Open it "
            "in a spreadsheet program, save it anew and upload that."
        ) from error


def _is_worksheet(kind: SheetTypeEnum) -> bool:
    return kind is SheetTypeEnum.WorkSheet


def _protected(name: str) -> Refused:
    return Refused(
        f"“{name}” is password-protected. Save it without a password and upload it again."
    )


def _scans(path: Path, name: str, kind: Kind, limits: Limits) -> Scans:
    if kind is Kind.BINARY_EXCEL:  # its sheets cannot be larger than 65 536 x 256
        return {}
    try:
        with zipfile.ZipFile(path) as archive:
            check_archive(archive, name, limits)
            if kind is Kind.OPEN_XML:
                return scan_open_xml(archive)
            if is_encrypted(archive):
                raise _protected(name)
            return scan_open_document(archive)
    except (
        zipfile.BadZipFile, KeyError, ElementTree.ParseError, expat.ExpatError, ValueError
    ) as error:  # fmt: skip
        raise Refused(
            f"“{name}” is damaged: {error}. Open it in a spreadsheet program and save it anew."
        ) from error


def _check_area(where: str, scan: SheetScan, limits: Limits) -> None:
    if scan.n_cells > limits.workbook_cells:
        raise Refused(
            f"{where}: the filled area reaches row {scan.height:,} and column {scan.width:,}; that "
            f"is more than {limits.workbook_cells:,} cells. Delete what is far outside the table, "
            "or save the sheet as csv."
        )


def _share(advance: Advance, position: int, n_sheets: int) -> Advance:
    return lambda share: advance((position + share) / n_sheets)


def _rows(sheet: CalamineSheet, scan: SheetScan, advance: Advance, tally: Tally) -> Iterator[Row]:
    if sheet.start is None or sheet.end is None:
        return
    first_column, height = sheet.start[1] + 1, sheet.end[0] + 1
    exact = _by_row(scan)
    for number, values in enumerate(sheet.iter_rows(), start=1):
        if number % _ROWS_PER_STEP == 0:
            advance(number / height)
        cells = [TEXTS[type(value)](value) for value in values]
        for value in values:
            if type(value) is float and (value >= _LONG_NUMBER or value <= -_LONG_NUMBER):
                tally.count("long_number", number, _letters(first_column + values.index(value)))
        for column, text in exact.get(number, ()):
            if 0 <= column - first_column < len(cells):
                cells[column - first_column] = text
        yield number, cells


def _by_row(scan: SheetScan) -> dict[int, list[tuple[int, str]]]:
    rows: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in scan.exact.items():
        rows.setdefault(row, []).append((column, text))
    return rows


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
