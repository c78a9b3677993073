"""Sets equal changes of an update batch apart, each kind of them as a batch of its own that goes
as one ``write``; done once, before the batch is first sent.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from importer.choices import BatchKind, BatchState
from importer.engine.contexts import write_context
from importer.engine.desk import Desk
from importer.engine.equal_changes import equal_groups
from importer.engine.plan_rules import PlanRow
from importer.engine.siblings import add_siblings
from importer.engine.winning import winners
from importer.models import Batch

_KEYS = ("id", ".id")


def set_equal_changes_apart(desk: Desk, batch: Batch) -> None:
    """``batch`` is claimed; what stays in it is sent by this hand now."""
    if batch.kind != BatchKind.UPDATE or batch.state != BatchState.CLAIMED or batch.attempt:
        return
    ruled = winners(desk).keys()
    rows = desk.plans.rows(batch)
    context = write_context(desk.load.odoo_model, desk.load.mapping)
    groups = equal_groups(
        [row for row in rows if not ruled & set(row.fields)],
        desk.fields,
        desk.facts.fields,
        is_utc=context.get("tz") in (None, "UTC"),
    )
    if not groups:
        return
    grouped = {row.plan_row for group in groups for row in group}
    rest = [row for row in rows if row.plan_row not in grouped]
    with transaction.atomic():
        if _take_out(batch, rest or groups.pop(0), is_write=not rest):
            add_siblings(batch, [_write_batch(batch, group) for group in groups])
    batch.look_again()


def _take_out(batch: Batch, stay: Sequence[PlanRow], *, is_write: bool) -> bool:
    """Narrow the batch to these rows; False when another hand has it by now."""
    held = Batch.objects.filter(
        pk=batch.pk, state=batch.state, worker=batch.worker, epoch=batch.epoch, attempt=0
    )
    kind = BatchKind.WRITE if is_write else BatchKind.UPDATE
    fields = _header(batch, stay[0]) if is_write else batch.fields
    return bool(held.update(kind=kind, fields=fields, **_place(stay)))


def _place(stay: Sequence[PlanRow]) -> dict[str, Any]:
    """The range of the plan that holds these rows, and which of it are others."""
    first, last = stay[0].plan_row, stay[-1].plan_row
    kept = {row.plan_row for row in stay}
    others = [row for row in range(first, last + 1) if row not in kept]
    return {"first_pos": first, "n_rows": last - first + 1, "ejected": others}


def _header(batch: Batch, row: PlanRow) -> list[str]:
    """The batch's columns, without those that these rows do not change."""
    return [name for name in batch.fields if name in _KEYS or name.partition("/")[0] in row.fields]


def _write_batch(batch: Batch, group: Sequence[PlanRow]) -> dict[str, Any]:
    return {"kind": BatchKind.WRITE, "fields": _header(batch, group[0]), **_place(group)}
