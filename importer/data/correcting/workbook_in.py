"""Reads a workbook of corrected rows that came back: which row ids it has, and the cells beside
them. Only reads; what has no place is a remark, never lost without a word.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from importer.data.correcting.layout import README, place_of_row_ids
from importer.data.kinds import Kind, checked_kind
from importer.data.rows import RawSheet, Row
from importer.data.workbook_reading import open_workbook
from importer.errors import Refused
from importer.limits import Limits

_WORKBOOKS = (Kind.OPEN_XML, Kind.OPEN_DOCUMENT, Kind.BINARY_EXCEL)
_HEADER_WITHIN = 50


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that was not taken over, and why: a sentence that names sheet and row."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class CameRow:
    """``number``: of the row in the workbook; ``cells``: as many as the sheet has headers;
    ``is_wider``: there are filled cells right of them."""

    number: int
    row_id: str
    cells: Sequence[str]
    is_wider: bool


@dataclass(frozen=True, slots=True)
class CameSheet:
    """A worksheet with row ids; its rows must be read before the next sheet is asked for.
    ``loses_tabs``: from ods, cells are read without the tabs in them."""

    title: str
    headers: Sequence[str]
    rows: Iterator[CameRow]
    loses_tabs: bool


def read_workbook(path: Path, name: str, limits: Limits) -> Iterator[CameSheet | Remark]:
    """The sheets with row ids, and a remark for each other one that is not empty. Refused where
    the file is no workbook, or none that can be read."""
    kind = checked_kind(path, name)
    if kind not in _WORKBOOKS:
        raise Refused(f"“{name}” is no workbook. Give back the file that was exported, as xlsx.")
    for raw in open_workbook(path, name, kind, limits, lambda _: None):
        found = _sheet(raw, loses_tabs=kind is Kind.OPEN_DOCUMENT)
        if found is not None:
            yield found


def _sheet(raw: RawSheet, *, loses_tabs: bool) -> CameSheet | Remark | None:
    is_filled = False
    for number, cells in raw.rows:
        place = place_of_row_ids(cells)
        if place is not None:
            headers = [cell.strip() for cell in cells]
            rows = _rows(raw.rows, place, len(headers))
            return CameSheet(raw.name, headers, rows, loses_tabs)
        filled = [cell for cell in cells if cell.strip()]
        if not is_filled and filled and filled[0].strip() == README:
            return None
        is_filled = is_filled or bool(filled)
        if number >= _HEADER_WITHIN:
            break
    if not is_filled:
        return None
    return Remark(
        "no_row_ids",
        f"Sheet “{raw.name}” has no column of row ids, so its rows cannot be told apart. Nothing "
        "of it is taken over; correct the exported file itself, not a copy of its cells.",
    )


def _rows(rows: Iterator[Row], place: int, width: int) -> Iterator[CameRow]:
    for number, cells in rows:
        row = [*cells[:width], *[""] * (width - len(cells))]
        is_wider = any(cell.strip() for cell in cells[width:])
        if is_wider or any(cell.strip() for cell in row):
            yield CameRow(number, row[place].strip(), row, is_wider)
