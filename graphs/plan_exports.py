"""A plan as a workbook: the counts first, then one line for each row, or each field that changes.
What a spreadsheet would take for a formula stays text.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from django.http import FileResponse

from graphs.models import GraphRun
from graphs.plans import VERDICTS, PlannedRows, describe_load_plan
from importer.choices import Verdict
from importer.data.neutralising import neutral
from importer.data.storage import work_dir

COLUMNS = (
    "Node",
    "Model",
    "Sheet",
    "Row",
    "Key",
    "Verdict",
    "Record in Odoo",
    "Field",
    "Before",
    "After",
    "Remark",
)
_LINES_A_SHEET = 1_000_000
_PAGE = 5000
_LONGEST_CELL = 32_000
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_plan_workbook(run: GraphRun, rows: PlannedRows, path: Path) -> None:
    """Write the rows into ``path`` (xlsx). Memory does not grow with their number; a sheet holds a
    million lines, what is more goes into further ones."""
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        _write(book.add_worksheet("Counts"), _counts(describe_load_plan(run)))
        lines = _lines(rows)
        number, more = 1, True
        while more:
            sheet = book.add_worksheet("Rows" if number == 1 else f"Rows {number}")
            sheet.freeze_panes(1, 0)
            more = _fill(sheet, lines)
            number += 1


def plan_download(run: GraphRun, rows: PlannedRows) -> FileResponse:
    """The workbook as an answer; the file has no name any more once it is opened."""
    with work_dir() as folder:
        path = folder / "plan.xlsx"
        write_plan_workbook(run, rows, path)
        name = f"plan-{run.pk.hex[:8]}.xlsx"
        return FileResponse(path.open("rb"), as_attachment=True, filename=name)


def _fill(sheet: Any, lines: Iterator[Sequence[object]]) -> bool:
    """Whether there may be more lines than the sheet took."""
    _write_line(sheet, 0, COLUMNS)
    for at in range(1, _LINES_A_SHEET + 1):
        line = next(lines, None)
        if line is None:
            return False
        _write_line(sheet, at, line)
    return True


def _write(sheet: Any, lines: Sequence[Sequence[object]]) -> None:
    for at, line in enumerate(lines):
        _write_line(sheet, at, line)


def _write_line(sheet: Any, at: int, line: Sequence[object]) -> None:
    for column, value in enumerate(line):
        if isinstance(value, int):
            sheet.write_number(at, column, value)
        elif value:
            sheet.write_string(at, column, neutral(str(value))[:_LONGEST_CELL])


def _counts(plan: dict[str, Any]) -> list[list[object]]:
    labels = [str(verdict.label) for verdict in VERDICTS]
    lines: list[list[object]] = [
        ["Plan", plan["id"]],
        ["Depth", plan["depth_label"]],
        ["Dataset", plan["dataset"]],
        ["Connection", plan["connection"]],
        ["Release", plan["release"]],
        ["Looked at (UTC)", (plan["looked_at"] or "")[:19]],
        ["SHA-256", plan["sha256"]],
        [],
        ["Node", "Model", "Rows", *labels],
    ]
    for node in plan["nodes"]:
        counts = [node["verdicts"][str(verdict)] for verdict in VERDICTS]
        lines.append([node["node"], node["model"], node["rows"], *counts])
    lines.append(["Total", "", sum(plan["totals"].values()), *plan["totals"].values()])
    return [*lines, [], *(["Not checked", text] for text in plan["not_checked"])]


def _lines(rows: PlannedRows) -> Iterator[Sequence[object]]:
    for start in range(0, len(rows), _PAGE):
        for row in rows[start : start + _PAGE]:
            yield from _lines_of(row)


def _lines_of(row: dict[str, Any]) -> Iterator[Sequence[object]]:
    verdict = Verdict(row["verdict"])
    fixed = (
        row["node"],
        row["model"],
        row["sheet"],
        row["row"],
        row["key"],
        str(verdict.label),
        row["odoo_id"] or "",
    )
    if verdict == Verdict.CREATE or not row["changes"]:
        values = "; ".join(f"{one['label']} = {one['after']}" for one in row["changes"])
        yield (*fixed, "", "", values, row["reason"])
        return
    for one in row["changes"]:
        remark = " ".join(text for text in (one["note"], row["reason"]) if text)
        yield (*fixed, one["label"], one["before"] or "", one["after"], remark)
