"""Takes bad rows out of a batch."""

from collections.abc import Mapping, Sequence

from importer.choices import IssueStage
from importer.engine.desk import Desk
from importer.engine.doubts import was_ever_in_doubt
from importer.engine.issues import RowProblem, add_problems
from importer.engine.plan_rules import PlanRow
from importer.models import Batch, Change
from importer.odoo.protocols import LoadMessage

_SHOWN_CALLS = 3


def eject(
    desk: Desk, batch: Batch, rows: Sequence[PlanRow], problems: Sequence[RowProblem]
) -> dict[str, int]:
    """Inside T3: note the problems and take the rows out; the counters to move."""
    gone = [*batch.ejected, *(row.plan_row for row in rows)]
    Batch.objects.filter(pk=batch.pk).update(ejected=gone)
    forget_images(batch, rows)
    if len(set(gone)) >= batch.n_rows and not was_ever_in_doubt(batch):
        # Records that the call would have rewritten along were left alone as well.
        Change.objects.filter(batch=batch, after__isnull=True).delete()
    add_problems(desk.load, IssueStage.ODOO, problems)
    numbers = ", ".join(str(row.sheet_row) for row in rows[:_SHOWN_CALLS])
    more = ", ..." if len(rows) > _SHOWN_CALLS else ""
    desk.reporter.log(
        "error",
        f"Odoo refused {len(rows)} of the rows of batch {batch.seq} "
        f"(sheet rows {numbers}{more}): {problems[0].message}",
        batch=batch.pk,
    )
    return {"failed": len({row.plan_row for row in rows})}


def forget_images(batch: Batch, rows: Sequence[PlanRow]) -> None:
    """A definite refusal changed nothing, so there is nothing to undo; unless an earlier call with
    these rows was never answered."""
    if not was_ever_in_doubt(batch):
        ids = [row.odoo_id for row in rows if row.odoo_id is not None]
        Change.objects.filter(batch=batch, odoo_id__in=ids).delete()


def problems_of(
    desk: Desk, rows: Sequence[PlanRow], bad: Mapping[int, Sequence[LoadMessage]]
) -> list[RowProblem]:
    """One problem for each message about a row, repeated ones once."""
    found = []
    for number, messages in sorted(bad.items()):
        texts = {(message.field or "", _said(message.text)): None for message in messages}
        found += [_problem(desk, rows[number], field, said) for field, said in texts]
    return found


def _said(text: str) -> str:
    return " ".join(text.strip().strip("'\"").split())


def _problem(desk: Desk, row: PlanRow, field: str, said: str) -> RowProblem:
    return RowProblem(
        position=row.position,
        row=row.sheet_row,
        key=row.key,
        code="refused_value" if field else "refused_row",
        message=f"Odoo refused this row: {said or 'it gave no reason'}",
        field=field,
        column=desk.column_of(field),
        value=desk.shown_cell(row, field),
    )


def whole_batch_problems(rows: Sequence[PlanRow], sentence: str) -> list[RowProblem]:
    """The same problem for each row, where a refusal is of the whole call."""
    return [
        RowProblem(row.position, row.sheet_row, row.key, "refused_call", sentence) for row in rows
    ]
