"""A report as a workbook. Every text is written as text: what a cell holds is never a formula, a
link or a number of a spreadsheet's own making.
"""

from pathlib import Path
from typing import Any

import xlsxwriter

from graphs.difference_lists import COLUMNS, DifferenceList
from graphs.models import Reconciliation
from graphs.reporting import contents
from importer.data.neutralising import neutral

MOST_DIFFERENCES = 200_000
_MOST_TEXT = 32_767
_SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_TITLES = {
    "node": "Node",
    "entity": "Entity",
    "model": "Model",
    "kind": "What",
    "key": "Key",
    "sheet_row": "Row",
    "odoo_id": "Odoo id",
    "field": "Field",
    "label": "Label",
    "source": "Sheet",
    "odoo": "Odoo",
    "written_at": "Last written (UTC)",
    "written_by": "By",
    "is_edited": "Edited since",
    "reason": "Why",
}


def write_workbook(made: Reconciliation, path: Path) -> None:
    """Sheets: summary, amounts, dates, how, differences (the first 200 000)."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, **_SAFE})
    bold = book.add_format({"bold": True})
    _summary(book, bold, made)
    _of_sections(book, bold, made, "Amounts", contents.sums, contents.totals)
    _of_sections(book, bold, made, "Dates", contents.dates)
    _of_sections(book, bold, made, "Keys", contents.keys)
    _notes(book, made)
    _differences(book, bold, made)
    book.close()


def safe(text: str) -> str:
    """A text that stays one when the cell is edited or saved as CSV."""
    return neutral(text[: _MOST_TEXT - 1])


def _line(sheet: Any, number: int, cells: list[Any], form: Any = None) -> int:
    """Texts as texts, our own whole numbers as numbers; the next line's number."""
    for column, cell in enumerate(cells):
        if isinstance(cell, bool):
            sheet.write_string(number, column, "yes" if cell else "", form)
        elif isinstance(cell, int):
            sheet.write_number(number, column, cell, form)
        elif cell is not None:
            sheet.write_string(number, column, safe(str(cell)), form)
    return number + 1


def _summary(book: Any, bold: Any, made: Reconciliation) -> None:
    sheet = book.add_worksheet("Summary")
    sheet.set_column(0, 1, 30)
    at = _line(sheet, 0, [contents.heading(made)], bold)
    at = _line(sheet, at, [contents.verdict(made)], bold) + 1
    for line in (*contents.facts(made), *contents.signature(made)):
        at = _line(sheet, at, line)
    for number, line in enumerate(contents.counts(made)):
        at = _line(sheet, at + (number == 0), line, bold if number == 0 else None)


def _of_sections(book: Any, bold: Any, made: Reconciliation, name: str, *tables: Any) -> None:
    """One sheet with these tables of every node that has them."""
    sheet, at = book.add_worksheet(name), 0
    sheet.set_column(0, 7, 24)
    for section in made.report["sections"]:
        for table in tables:
            for number, line in enumerate(table(section)):
                form = bold if number == 0 and name != "Keys" else None
                at = _line(sheet, at, [section["node"], *line], form)


def _notes(book: Any, made: Reconciliation) -> None:
    sheet, at = book.add_worksheet("How"), 0
    sheet.set_column(1, 1, 120)
    for section in made.report["sections"]:
        for note in contents.notes(section):
            at = _line(sheet, at, [section["node"], note])


def _differences(book: Any, bold: Any, made: Reconciliation) -> None:
    sheet = book.add_worksheet("Differences")
    sheet.set_column(0, len(COLUMNS) - 1, 18)
    sheet.freeze_panes(1, 0)
    at = _line(sheet, 0, [_TITLES[name] for name in COLUMNS], bold)
    found = DifferenceList(made)
    for page in found.pages(MOST_DIFFERENCES):
        for one in page:
            shown = one | {"kind": contents.kind_shown(one["kind"])}
            at = _line(sheet, at, [shown[name] for name in COLUMNS])
    if len(found) > MOST_DIFFERENCES:
        more = len(found) - MOST_DIFFERENCES
        _line(sheet, at, [f"{more} more are on the page of this report, and in the API."])
