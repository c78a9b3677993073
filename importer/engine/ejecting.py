"""Takes bad rows out of a batch, or cuts a batch whose refusal names none."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from importer.choices import BatchState, IssueStage, Outcome
from importer.engine.desk import Desk
from importer.engine.issues import RowProblem, add_problems
from importer.engine.passes import AGAIN
from importer.engine.plan_rules import PlanRow
from importer.engine.plan_step import next_seq
from importer.models import Batch, Change, Load
from importer.odoo.protocols import LoadMessage

_SHOWN_CALLS = 3


def eject(
    desk: Desk, batch: Batch, rows: Sequence[PlanRow], problems: Sequence[RowProblem]
) -> dict[str, int]:
    """Inside T3: note the problems and take the rows out; the counters to move."""
    gone = [*batch.ejected, *(row.plan_row for row in rows)]
    Batch.objects.filter(pk=batch.pk).update(ejected=gone)
    _forget_images(batch, rows)
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


def _forget_images(batch: Batch, rows: Sequence[PlanRow]) -> None:
    """A definite refusal changed nothing, so there is nothing to undo; unless an earlier call with
    these rows was never answered."""
    if not batch.attempts.filter(outcome=Outcome.IN_DOUBT).exists():
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


def parts_by_depth(rows: Sequence[PlanRow]) -> list[list[PlanRow]]:
    """Levels that shared a call, each by itself."""
    return [list(level) for _, level in groupby(rows, key=lambda row: row.depth)]


def halves(rows: Sequence[PlanRow]) -> list[list[PlanRow]]:
    middle = (len(rows) + 1) // 2
    return [list(rows[:middle]), list(rows[middle:])]


def split(desk: Desk, batch: Batch, parts: Sequence[Sequence[PlanRow]], *, by_depth: bool) -> None:
    """Inside T3: narrow the batch to the first part, and add a batch for each other one."""
    Load.objects.select_for_update().get(pk=batch.load_id)
    _forget_images(batch, [row for part in parts for row in part])
    seq, ejected = next_seq(desk.load), batch.ejected
    ranges = [(part[0].plan_row, part[-1].plan_row) for part in parts]
    again = batch.refs.get(AGAIN)
    Batch.objects.filter(pk=batch.pk).update(
        first_pos=ranges[0][0],
        n_rows=ranges[0][1] - ranges[0][0] + 1,
        ejected=_within(ejected, *ranges[0]),
        payload_sha256="",
        refs={AGAIN: again} if again else {},
    )
    Batch.objects.bulk_create(
        [
            Batch(
                project_id=batch.project_id,
                load_id=batch.load_id,
                plan_id=batch.plan_id,
                seq=seq + n,
                kind=batch.kind,
                level=2 * part[0].depth if by_depth else batch.level,
                group=batch.group,
                stream=batch.stream,
                first_pos=first,
                n_rows=last - first + 1,
                ejected=_within(ejected, first, last),
                fields=batch.fields,
                context=batch.context,
                state=BatchState.READY,
            )
            for n, (part, (first, last)) in enumerate(zip(parts[1:], ranges[1:], strict=True))
        ]
    )


def _within(ejected: Sequence[int], first: int, last: int) -> list[int]:
    return [row for row in ejected if first <= row <= last]
