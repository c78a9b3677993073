"""Giving up on batches of which nobody can tell whether Odoo kept them: every row is listed as left
in doubt, nothing is sent, nothing is guessed. A rollback looks for what they left behind.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from importer.choices import BatchState, IssueStage, LoadKind
from importer.data.storage import work_dir
from importer.engine.issues import RowProblem, add_problems
from importer.engine.plan_reading import PlanReader
from importer.engine.undoing.plan_rows import undo_rows
from importer.models import Batch, Load

CODE = "left_in_doubt"
_DOUBTFUL = (BatchState.STALLED, BatchState.IN_DOUBT, BatchState.SENDING)


@dataclass(frozen=True, slots=True)
class Doubt:
    """What would be given up on: batches, and the rows in them that have no end yet."""

    batches: int
    rows: int


def doubt_of(loads: "QuerySet[Load]") -> Doubt:
    found = [len_of(batch) for batch in _doubtful().filter(load__in=loads)]
    return Doubt(len(found), sum(found))


def len_of(batch: Batch) -> int:
    return batch.n_rows - len(batch.ejected)


def _doubtful() -> "QuerySet[Batch]":
    """In doubt, and no hand is at it."""
    is_free = Q(lease_until=None) | Q(lease_until__lt=Now())
    return Batch.objects.filter(is_free, state__in=_DOUBTFUL)


@transaction.atomic
def abandon_load(load: Load) -> int:
    """Give up on what is in doubt in a load; the number of rows left so. Each becomes an issue,
    and a retry takes it up again."""
    batches = list(_doubtful().filter(load=load).select_for_update(of=("self",)))
    if not batches:
        return 0
    pks = [batch.pk for batch in batches]
    Batch.objects.filter(pk__in=pks).update(
        state=BatchState.ABANDONED, lease_until=None, worker="", ended_at=Now()
    )
    with work_dir() as folder:
        whole = Batch.objects.filter(pk__in=pks).select_related("plan").order_by("seq")
        problems = [one for batch in whole for one in _problems(load, batch, folder)]
    add_problems(load, IssueStage.ODOO, problems)
    Load.objects.filter(pk=load.pk).update(failed=F("failed") + len(problems))
    return len(problems)


def _problems(load: Load, batch: Batch, folder: Path) -> Iterator[RowProblem]:
    said = (
        "Left in doubt: this row was sent, and nobody knows whether Odoo kept it. Look at the "
        "record in Odoo; a retry sends it once more, a rollback looks for it."
    )
    if load.kind == LoadKind.UNDO:
        for gone in undo_rows(batch, folder):
            yield RowProblem(gone.plan_row, gone.sheet_row, gone.key, CODE, said, value=gone.record)
        return
    reader = PlanReader(folder)
    try:
        for row in reader.rows(batch):
            record = f"{load.odoo_model},{row.odoo_id}" if row.odoo_id else ""
            yield RowProblem(row.position, row.sheet_row, row.key, CODE, said, value=record)
    finally:
        reader.close()
