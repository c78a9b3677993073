"""A report as a PDF: our own layout, A4 across, one block a node, the findings, the signature."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from graphs.difference_lists import DifferenceList
from graphs.models import Reconciliation
from graphs.reporting import contents
from graphs.reporting.lettering import LATIN, letters, marked

MOST_DIFFERENCES = 500
_MARGIN = 15 * mm
_WIDTH = landscape(A4)[0] - 2 * _MARGIN
_LONGEST = 300
_PLAIN = ParagraphStyle("plain", fontName=LATIN, fontSize=8, leading=10)
_NOTE = ParagraphStyle("note", parent=_PLAIN, fontSize=7, leading=9, textColor=colors.grey)
_HEAD = ParagraphStyle("head", parent=_PLAIN, fontSize=15, leading=20, spaceAfter=4)
_PART = ParagraphStyle("part", parent=_PLAIN, fontSize=11, leading=14, spaceBefore=8, spaceAfter=3)
_GRID = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.lightgrey),
        ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
        *((f"{side}PADDING", (0, 0), (-1, -1), 2) for side in ("TOP", "BOTTOM", "LEFT", "RIGHT")),
    ]
)
_FINDINGS = ("Node", "What", "Key", "Row", "Odoo id", "Field", "Sheet", "Odoo", "Why, or who")
_RIGHT_TO_LEFT = (
    "Letters of Chinese, Japanese and Korean are shown in fonts of the program that opens this "
    "file; right-to-left text stands as it is stored. The workbook has every text unchanged."
)


def write_pdf(made: Reconciliation, path: Path) -> None:
    """The same report gives the same file. Of the differences the first 500 are shown."""
    letters()
    document = SimpleDocTemplate(
        str(path),
        pagesize=landscape(A4),
        title=contents.heading(made),
        author="Stowage",
        invariant=1,
        **dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), _MARGIN),
    )
    sections = [part for one in made.report["sections"] for part in _section(one)]
    foot = _foot(made)
    document.build([*_front(made), *sections, *_differences(made)], foot, foot)


def _front(made: Reconciliation) -> list[Any]:
    return [
        _text(contents.heading(made), _HEAD),
        _text(contents.verdict(made), _PART),
        _grid(contents.facts(made), (1, 5)),
        _text("Signature", _PART),
        _grid(contents.signature(made), (1, 5)),
        _text("Counts", _PART),
        _grid(contents.counts(made), (3, 3, *[1] * len(contents.COUNTS), 1)),
        Spacer(1, 6),
        _text(_RIGHT_TO_LEFT, _NOTE),
    ]


def _section(section: dict[str, Any]) -> list[Any]:
    named = f"{section['node']}: {section['entity']} ({section['model']})"
    tables = [
        (contents.sums(section), (3, 2, 1, 2, 2, 2, 2)),
        (contents.totals(section), (3, 2, 2, 2, 2)),
        (contents.dates(section), (3, 2, 2, 2, 2, 1)),
        (contents.keys(section), (1, 3)),
    ]
    shown = [part for table, shares in tables if table for part in (_grid(table, shares), _GAP)]
    return [_text(named, _PART), *shown, *(_text(one, _NOTE) for one in contents.notes(section))]


_GAP = Spacer(1, 4)


def _differences(made: Reconciliation) -> list[Any]:
    found = DifferenceList(made)
    if not len(found):
        return []
    lines = [list(_FINDINGS), *map(_finding, found[:MOST_DIFFERENCES])]
    more = len(found) - MOST_DIFFERENCES
    said = f"{more} more are in the workbook and on the page of this report." if more > 0 else ""
    return [
        PageBreak(),
        _text(f"Differences: {len(found)}", _PART),
        _grid(lines, (2, 2, 2, 1, 1, 2, 4, 4, 5)),
        _text(said, _NOTE),
    ]


def _finding(one: dict[str, Any]) -> list[str]:
    who = f"written {one['written_at']} UTC by {one['written_by']}" if one["written_by"] else ""
    edited = "Edited since the run, " if one["is_edited"] else ""
    why = " ".join(part for part in (one["reason"], f"{edited}{who}") if part)
    plain = [one["node"], contents.kind_shown(one["kind"]), one["key"]]
    numbers = [str(one[name] or "") for name in ("sheet_row", "odoo_id")]
    return [*plain, *numbers, one["field"], one["source"], one["odoo"], why]


def _grid(lines: Sequence[Sequence[str]], shares: Sequence[int]) -> Table:
    widths = [_WIDTH * share / sum(shares) for share in shares]
    cells = [[_text(cell, _PLAIN) for cell in line] for line in lines]
    return Table(cells, colWidths=widths, repeatRows=1, style=_GRID)


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return Paragraph(marked(short), style)


def _foot(made: Reconciliation) -> Any:
    def draw(canvas: Any, document: Any) -> None:
        canvas.setFont(LATIN, 7)
        canvas.drawString(_MARGIN, _MARGIN / 2, f"SHA-256 {made.sha256}")
        canvas.drawRightString(_MARGIN + _WIDTH, _MARGIN / 2, str(document.page))

    return draw
