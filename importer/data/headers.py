"""Finds the header among the first rows and gives each column a name of its own. Pure."""

import unicodedata
from collections.abc import Sequence
from statistics import median_high

from importer.data.notices import Notice

SAMPLE_ROWS = 50
ROW_NUMBER = "_row"
_FILLED_SHARE = 0.6  # a title above the table fills fewer of the table's columns than this

Columns = list[dict[str, str]]
"""``[{"name": unique name, "header": as the file has it}, ...]``"""


def find_header(rows: Sequence[tuple[int, Sequence[str]]]) -> int | None:
    """The index of the header among the first rows; ``None`` where all of them are empty.

    It is the first row that fills most of the columns the rows below usually fill, so titles and
    notes above a table are passed over.
    """
    filled = [sum(1 for cell in cells if cell.strip()) for _, cells in rows]
    widths = [width for width in filled if width]
    if not widths:
        return None
    usual = median_high(widths)
    return next(index for index, width in enumerate(filled) if width >= _FILLED_SHARE * usual)


def name_columns(headers: Sequence[str], row: int | None) -> tuple[Columns, list[Notice]]:
    """Unique names (whatever their case) for the headers, and a notice for each renamed one."""
    taken = {ROW_NUMBER}
    columns: Columns = []
    notices: list[Notice] = []
    for position, header in enumerate(headers, start=1):
        clean = clean_header(header)
        name = _free(clean or f"column_{position}", taken)
        taken.add(name.casefold())
        columns.append({"name": name, "header": header})
        if not clean:
            message = f"Column {position} has no header; it is called “{name}”."
            notices.append(Notice("empty_header", message, row, name))
        elif name != clean:
            message = f"The header “{clean}” is taken already; column {position} is “{name}”."
            notices.append(Notice("duplicate_header", message, row, name))
    return columns, notices


def extra_columns(columns: Columns, width: int) -> Columns:
    """Columns for cells beyond the header, so that there are ``width`` of them in all."""
    taken = {ROW_NUMBER, *(column["name"].casefold() for column in columns)}
    extra: Columns = []
    for position in range(len(columns) + 1, width + 1):
        name = _free(f"column_{position}", taken)
        taken.add(name.casefold())
        extra.append({"name": name, "header": ""})
    return extra


def clean_header(header: str) -> str:
    """The header on one line, without blanks around it, in composed form."""
    return unicodedata.normalize("NFC", " ".join(header.replace("\0", "").split()))


def _free(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate.casefold() in taken:
        candidate, number = f"{name}_{number}", number + 1
    return candidate
