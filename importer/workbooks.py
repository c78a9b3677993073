"""Verbs about workbooks of rows to correct: one goes out, comes back, is held against what was
given out and what is there by now, and its edits become corrections of a new dataset.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from django.db import transaction
from django.utils.text import get_valid_filename
from duckdb import DuckDBPyConnection

from importer.bad_rows import BadRows, RowIssue
from importer.corrections import (
    CellEdit,
    chain_of,
    correct_cells,
    make_corrected,
    newest_of,
    sheet_parquet,
    waiting_in,
)
from importer.data.correcting.comparing import CellChange
from importer.data.correcting.gathering import bad_rows, gathered, replace_issues
from importer.data.correcting.row_ids import RowId
from importer.data.correcting.workbook_out import OutSheet, write_workbook
from importer.data.storage import local_path, store_file, work_dir
from importer.datasets import receive_file
from importer.errors import Invalid, Problem, Refused
from importer.models import Correction, Dataset, ReturnedWorkbook, Sheet, User
from importer.rechecking import recheck
from importer.returned import Compared, compare_workbook, row_ids
from importer.rights import require

ANSWERS = ("ask", "workbook", "current")
"""What to do with cells that were corrected otherwise meanwhile: refuse and name them, take the
workbook's text, or leave what is there."""

Place = tuple[str, int, str]
"""Sheet, row, column."""

_NAMED = 20


@dataclass(frozen=True, slots=True)
class Exported:
    """``dataset``: whose rows the workbook speaks of, the newest of its chain."""

    dataset: Dataset
    n_rows: int


def export_workbook(bad: BadRows, *, by: User, path: Path) -> Exported:
    """Write the bad rows as a workbook that may leave the house. What waits in the dataset is made
    a corrected dataset first, so that the workbook says what the page says; rows that are right by
    now are left out. Refused where no row is left."""
    require(by, "view", bad.dataset.project)
    newest = newest_of(bad.dataset)
    if waiting_in(newest).exists():
        newest = make_corrected(bad.dataset, by=by)
    sheets = list(newest.sheets.order_by("position"))
    with work_dir() as folder:
        issues = folder / "issues.csv"
        bad.write(issues)
        files = [local_path(sheet.stored_as) for sheet in sheets]
        with gathered(issues, folder / "duck", files) as duck:
            for sheet, rows in touched_rows(bad.dataset).items():
                found = said_now(bad, newest, sheet, rows)
                told = (astuple(one) for one in found)
                replace_issues(duck, sheet, rows, told, folder / "duck")
            n_rows = write_workbook(path, (_out(duck, sheet) for sheet in sheets))
    if not n_rows:
        raise Refused("There is no row left to correct here.")
    return Exported(newest, n_rows)


def _out(duck: DuckDBPyConnection, sheet: Sheet) -> OutSheet:
    ids = row_ids()

    def row_id(row: int) -> str:
        return ids.text(RowId(sheet.dataset_id, sheet.position, row))

    rows = bad_rows(duck, sheet.name, sheet_parquet(sheet), row_id)
    return OutSheet(sheet.name, sheet.column_names, rows)


def touched_rows(dataset: Dataset) -> dict[str, list[int]]:
    """Sheet -> rows that were corrected since, waiting ones too."""
    chain = chain_of(dataset)
    later = chain[[one.pk for one in chain].index(dataset.pk) :]
    found = Correction.objects.filter(dataset__in=later).order_by("sheet", "row")
    rows: dict[str, list[int]] = defaultdict(list)
    for sheet, row in found.values_list("sheet", "row").distinct():
        rows[sheet].append(row)
    return rows


def said_now(bad: BadRows, newest: Dataset, sheet: str, rows: Sequence[int]) -> list[RowIssue]:
    """What is wrong with rows that were corrected: what checking them again says, and what was
    said by others than it of columns that nobody has corrected."""
    found = [one for one in recheck(newest, sheet, rows, bad.rules) if one.level in _levels(bad)]
    columns = newest.sheets.get(name=sheet).column_names
    corrected: dict[int, set[str]] = defaultdict(set)
    chain = chain_of(bad.dataset)
    told = Correction.objects.filter(dataset__in=chain, sheet=sheet, row__in=rows)
    for row, column in told.values_list("row", "column"):
        corrected[row].add(column)
    old = [
        one
        for one in bad.issues(sheet, rows)
        if one.stage != "prepare" and not _is_outdated(one, columns, corrected[one.row])
    ]
    return [*found, *old]


def _levels(bad: BadRows) -> tuple[str, ...]:
    return bad.wanted.levels


def _is_outdated(issue: RowIssue, columns: Sequence[str], corrected: set[str]) -> bool:
    """Whether what it spoke of was corrected; Odoo is asked again by the next run."""
    named = issue.columns(columns)
    return bool(corrected & set(named)) if named else bool(corrected)


def receive_workbook(
    dataset: Dataset, *, by: User, name: str, source: Path | BinaryIO
) -> ReturnedWorkbook:
    """Keep a workbook that came back for the dataset, or for what was derived from it. Nothing is
    changed by that. Refused as at an upload."""
    require(by, "correct_dataset", dataset.project)
    with work_dir() as folder:
        file = receive_file((name, source), folder / "workbook")
        folder_name = f"datasets/{dataset.pk}/workbooks/{uuid4().hex}"
        stored = store_file(file.path, f"{folder_name}-{get_valid_filename(file.name)[-80:]}")
    return ReturnedWorkbook.objects.create(
        project_id=dataset.project_id,
        dataset=dataset,
        name=file.name,
        size=file.size,
        sha256=file.sha256,
        stored_as=stored,
        received_by=by,
    )


def preview_workbook(workbook: ReturnedWorkbook, *, by: User) -> Compared:
    """What the workbook would change now, cell by cell, and what cannot be taken over. Refused
    where it cannot be read."""
    require(by, "correct_dataset", workbook.project)
    return compare_workbook(workbook)


@transaction.atomic
def apply_workbook(
    workbook: ReturnedWorkbook,
    *,
    by: User,
    conflicts: str = "ask",
    answers: Mapping[Place, str] | None = None,
) -> Dataset:
    """Make the corrected dataset of what the workbook changes and of what waited besides.

    ``conflicts``: one of ANSWERS for cells that somebody else corrected otherwise meanwhile;
    ``answers``: ``workbook`` or ``current`` for single ones. Raises NotAllowed, Refused (nothing is
    changed), and Invalid naming the cells nobody has decided; then nothing is made.
    """
    require(by, "correct_dataset", workbook.project)
    if conflicts not in ANSWERS:
        raise Refused(f"“{conflicts}” is no answer to conflicts. Choose one of {_one_of(ANSWERS)}.")
    compared = compare_workbook(workbook)
    chosen = _decided(compared.conflicts, conflicts, answers or {})
    wanted = [*compared.changes, *chosen]
    if not wanted:
        raise Refused(
            f"“{workbook}” changes nothing: each cell that can be taken over is as it is already."
        )
    edits = (CellEdit(one.sheet, one.row, one.column, one.now, one.new) for one in wanted)
    correct_cells(workbook.dataset, by=by, edits=edits, workbook=workbook)
    workbook.made = make_corrected(workbook.dataset, by=by)
    workbook.save(update_fields=("made",))
    return workbook.made


def _decided(
    conflicts: Sequence[CellChange], usual: str, answers: Mapping[Place, str]
) -> list[CellChange]:
    """The conflicts that the workbook wins."""
    said = {one: answers.get((one.sheet, one.row, one.column), usual) for one in conflicts}
    asked = [one for one, answer in said.items() if answer not in ANSWERS[1:]]
    if asked:
        more = f" There are {len(asked) - _NAMED:,} more." if len(asked) > _NAMED else ""
        problems = [Problem("conflict", _conflict(one)) for one in asked[:_NAMED]]
        raise Invalid([*problems, *([Problem("conflict", more.strip())] if more else [])])
    return [one for one, answer in said.items() if answer == "workbook"]


def _conflict(one: CellChange) -> str:
    return (
        f"Sheet “{one.sheet}”, row {one.row}, column “{one.column}”: it went out as "
        f"“{one.given or ''}”, somebody made “{one.now or ''}” of it, the workbook says "
        f"“{one.new or ''}”. Decide which one counts."
    )


def _one_of(words: Sequence[str]) -> str:
    return ", ".join(words)
