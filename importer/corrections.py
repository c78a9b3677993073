"""Verbs about corrections: cells are corrected and wait; then a corrected dataset is made, derived
from the one before it, which stays as it is.

Corrections always go to the newest of a chain of corrected datasets, so there is never a fork.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from importer.choices import DatasetState
from importer.data.correcting.applying import Corrected, SheetParquet, read_rows
from importer.data.correcting.comparing import WHOLE_ROW
from importer.data.storage import local_path, work_dir
from importer.deriving import derive_dataset
from importer.errors import Invalid, Problem, Refused
from importer.limits import current_limits
from importer.models import Correction, Dataset, ReturnedWorkbook, Sheet, User
from importer.rights import require

_CHUNK = 2_000
_Item = TypeVar("_Item")
Cells = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class CellEdit:
    """``was``: what its editor saw; ``new``: None or empty for an empty cell. Without a column it
    is the row itself: ``new`` that is not empty leaves it out, an empty one takes it back in."""

    sheet: str
    row: int
    column: str
    was: str | None
    new: str | None


def chain_of(dataset: Dataset) -> list[Dataset]:
    """The dataset it all began with, and what was derived one from the other, the newest last."""
    first = dataset
    while first.derived_from is not None:
        first = first.derived_from
    chain = [first]
    while derived := chain[-1].derived.order_by("-created_at").first():
        chain.append(derived)
    return chain


def newest_of(dataset: Dataset) -> Dataset:
    """What the dataset has become by corrections; itself where there were none."""
    return chain_of(dataset)[-1]


def waiting_in(dataset: Dataset) -> QuerySet[Correction]:
    """Corrections that no dataset was made of yet."""
    return dataset.corrections.filter(made=None)


def sheet_parquet(sheet: Sheet) -> SheetParquet:
    """The sheet's file and columns."""
    return SheetParquet(local_path(sheet.stored_as), sheet.column_names)


def corrected_cells(dataset: Dataset, sheet: str) -> list[Corrected]:
    """What waits for one sheet."""
    told = waiting_in(dataset).filter(sheet=sheet).values_list("row", "column", "new")
    return [Corrected(row, column, new) for row, column, new in told]


def rows_now(sheet: Sheet, rows: Iterable[int]) -> dict[int, Cells]:
    """These rows with what waits for them; those left out are not among them."""
    with work_dir() as folder:
        told = corrected_cells(sheet.dataset, sheet.name)
        return read_rows(sheet_parquet(sheet), told, rows, folder)


def correct_cells(
    dataset: Dataset,
    *,
    by: User,
    edits: Iterable[CellEdit],
    workbook: ReturnedWorkbook | None = None,
) -> Dataset:
    """Keep these corrections; they wait in the dataset that is answered, the newest of the chain.
    A cell that is given its old text again is no correction any more.

    Raises NotAllowed, and Invalid naming every cell that is not there or that somebody else has
    corrected since its editor looked; then nothing is kept.
    """
    require(by, "correct_dataset", dataset.project)
    with transaction.atomic():
        newest = _held(dataset)
        by_sheet: dict[str, list[CellEdit]] = defaultdict(list)
        for edit in edits:
            by_sheet[edit.sheet].append(edit)
        problems: list[Problem] = []
        for name, own in by_sheet.items():
            sheet = newest.sheets.filter(name=name).first()
            if sheet is None:
                problems.append(Problem("no_sheet", f"“{newest}” has no sheet “{name}”."))
                continue
            for chunk in chunks(own, _CHUNK):
                problems += _keep(sheet, chunk, by, workbook)
        if problems:
            raise Invalid(problems)
    return newest


@transaction.atomic
def make_corrected(dataset: Dataset, *, by: User) -> Dataset:
    """The corrected dataset made of all that waits; read, and profiled in the background. Where
    nothing waits it is the newest there is. Refused where nothing was corrected at all."""
    require(by, "correct_dataset", dataset.project)
    newest = _held(dataset)
    waiting = list(waiting_in(newest).order_by("sheet", "row", "column"))
    if not waiting:
        if newest.pk == dataset.pk:
            raise Refused(f"Nothing of “{dataset}” has been corrected yet.")
        return newest
    made = derive_dataset(newest, waiting, by=by, sha256=_fingerprint(newest, waiting))
    waiting_in(newest).update(made=made)
    return made


def _fingerprint(dataset: Dataset, waiting: Sequence[Correction]) -> str:
    parts = [[one.sheet, one.row, one.column, one.new] for one in waiting]
    return hashlib.sha256(json.dumps([dataset.sha256, parts]).encode()).hexdigest()


def _held(dataset: Dataset) -> Dataset:
    """The newest of the chain; nobody else corrects any of it until the transaction ends."""
    Dataset.objects.select_for_update(no_key=True).get(pk=chain_of(dataset)[0].pk)
    newest = newest_of(dataset)
    if newest.state != DatasetState.READY:
        raise Refused(f"“{newest}” has not been read yet, so there is nothing to correct.")
    return newest


def _keep(
    sheet: Sheet, edits: Sequence[CellEdit], by: User, workbook: ReturnedWorkbook | None
) -> list[Problem]:
    numbers = {edit.row for edit in edits}
    with work_dir() as folder:
        stored = read_rows(sheet_parquet(sheet), [], numbers, folder)
    waiting = {
        (one.row, one.column): one
        for one in waiting_in(sheet.dataset)
        .filter(sheet=sheet.name, row__in=numbers)
        .select_related("by")
    }
    problems = [one for edit in edits if (one := _problem(sheet, edit, stored, waiting))]
    if problems:
        return problems
    gone: list[int] = []
    made: dict[tuple[int, str], Correction] = {}
    for edit in edits:
        place = (edit.row, edit.column)
        old = stored[edit.row].get(edit.column)
        if place in waiting:
            gone.append(waiting[place].pk)
        new = _clean(edit.new)
        made.pop(place, None)
        if new != old:
            made[place] = Correction(
                project_id=sheet.project_id,
                dataset=sheet.dataset,
                sheet=sheet.name,
                row=edit.row,
                column=edit.column,
                old=old,
                new=None if edit.column == WHOLE_ROW else new,
                by=by,
                workbook=workbook,
            )
    Correction.objects.filter(pk__in=gone).delete()
    Correction.objects.bulk_create(made.values(), batch_size=1000)
    return []


def _problem(
    sheet: Sheet,
    edit: CellEdit,
    stored: dict[int, Cells],
    waiting: dict[tuple[int, str], Correction],
) -> Problem | None:
    where = f"Sheet “{sheet.name}”, row {edit.row}"
    if edit.row not in stored:
        return Problem("no_row", f"{where}: there is no such row in “{sheet.dataset}”.")
    if edit.column == WHOLE_ROW:
        return None
    if edit.column not in stored[edit.row]:
        return Problem("no_column", f"{where}: the sheet has no column “{edit.column}”.")
    where += f", column “{edit.column}”"
    new = _clean(edit.new)
    if new is not None and len(new) > current_limits().cell_characters:
        return Problem("too_long", f"{where}: the text is longer than a cell may be.")
    kept = waiting.get((edit.row, edit.column))
    now = kept.new if kept else stored[edit.row][edit.column]
    if _clean(edit.was) == now or new == now:
        return None
    who = f"{kept.by} has made “{now or ''}” of it" if kept else f"it says “{now or ''}” now"
    return Problem("changed_meanwhile", f"{where}: {who}. Look at it again, then correct it.")


def _clean(text: str | None) -> str | None:
    return (text or "").replace("\0", "") or None


def chunks(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """The items in lists of this length, the last perhaps shorter."""
    left = iter(items)
    while part := list(islice(left, size)):
        yield part
