"""Cuts a batch into several: by levels, in halves, or down to the size that is sent now."""

from collections.abc import Sequence
from itertools import groupby

from importer.choices import BatchState
from importer.engine.doubts import DOUBT, was_ever_in_doubt
from importer.engine.ejecting import forget_images
from importer.engine.passes import AGAIN
from importer.engine.plan_rules import PlanRow
from importer.engine.siblings import add_siblings
from importer.models import Batch, Change

Range = tuple[int, int]
"""First and last plan row."""

_SLACK = 4
"""A batch may be larger than wanted by a quarter: no tiny rest is worth a call."""


def parts_by_depth(rows: Sequence[PlanRow]) -> list[list[PlanRow]]:
    """Levels that shared a call, each by itself."""
    return [list(level) for _, level in groupby(rows, key=lambda row: row.depth)]


def halves(rows: Sequence[PlanRow]) -> list[list[PlanRow]]:
    middle = (len(rows) + 1) // 2
    return [list(rows[:middle]), list(rows[middle:])]


def split(batch: Batch, parts: Sequence[Sequence[PlanRow]], *, by_depth: bool) -> None:
    """Inside T3, after a definite refusal: narrow the batch to the first part, and add a batch
    for each other one. Where an earlier call is still in doubt, its images go with the rows."""
    forget_images(batch, [row for part in parts for row in part])
    doubt: dict[str, object] = {DOUBT: True} if was_ever_in_doubt(batch) else {}
    again = batch.refs.get(AGAIN)
    Batch.objects.filter(pk=batch.pk).update(
        payload_sha256="", refs={**doubt, AGAIN: again} if again else doubt
    )
    levels = [2 * part[0].depth if by_depth else batch.level for part in parts]
    cut_off = _cut(batch, _ranges(parts), levels, BatchState.READY, refs=doubt)
    if doubt:
        for part, sibling in zip(parts[1:], cut_off, strict=True):
            ids = [row.odoo_id for row in part if row.odoo_id is not None]
            Change.objects.filter(batch=batch, odoo_id__in=ids).update(batch=sibling)


def split_in_doubt(batch: Batch, parts: Sequence[Sequence[PlanRow]]) -> None:
    """Inside T3, for creates that were not answered: each part is settled by itself, by the same
    references as the whole was sent with."""
    Batch.objects.filter(pk=batch.pk).update(payload_sha256="")
    refs = {name: ref for name, ref in batch.refs.items() if name != AGAIN}
    _cut(batch, _ranges(parts), [batch.level] * len(parts), BatchState.IN_DOUBT, refs=refs)


def part_off(batch: Batch, most_rows: int) -> bool:
    """Inside the claim: keep the first ``most_rows`` rows, and put the rest back. False where it
    stays whole, as one that was once in doubt does: its next call must share a row with the one
    that is lost."""
    ejected = set(batch.ejected)
    end = batch.first_pos + batch.n_rows
    left = [row for row in range(batch.first_pos, end) if row not in ejected]
    if len(left) <= most_rows + most_rows // _SLACK:
        return False
    if was_ever_in_doubt(batch):
        return False
    ranges = [(left[0], left[most_rows - 1]), (left[most_rows], end - 1)]
    _cut(batch, ranges, [batch.level, batch.level], BatchState.READY, refs={})
    return True


def _ranges(parts: Sequence[Sequence[PlanRow]]) -> list[Range]:
    return [(part[0].plan_row, part[-1].plan_row) for part in parts]


def _cut(
    batch: Batch,
    ranges: Sequence[Range],
    levels: Sequence[int],
    state: BatchState,
    *,
    refs: dict[str, object],
) -> list[Batch]:
    Batch.objects.filter(pk=batch.pk).update(**_place(batch, ranges[0]))
    same = {"state": state, "refs": refs, "epoch": batch.epoch}
    places = zip(ranges[1:], levels[1:], strict=True)
    others = [{**same, **_place(batch, rows), "level": level} for rows, level in places]
    return add_siblings(batch, others)


def _place(batch: Batch, rows: Range) -> dict[str, object]:
    first, last = rows
    ejected = [row for row in batch.ejected if first <= row <= last]
    return {"first_pos": first, "n_rows": last - first + 1, "ejected": ejected}
