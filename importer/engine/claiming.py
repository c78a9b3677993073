"""Claims batches: SKIP LOCKED, level after level, one batch of a stream at a time; rows that have
no parent to share need not wait for one another.

What a dead hand left is recovered here: claimed is simply ready, sending is in doubt.
"""

from typing import NamedTuple

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Sum

from importer.choices import BatchState
from importer.engine.joining import join_neighbours
from importer.engine.leases import take_target
from importer.engine.paces import PACED, learnt_pace, pace_of, streams_of, target_ms
from importer.engine.pacing import Pace
from importer.engine.plan_rules import FREE_STREAM
from importer.engine.splitting import part_off
from importer.heartbeats import LEASE_SECONDS
from importer.models import Batch, Load

_LONG_MS = 400.0
_LEASE = f"now() + {LEASE_SECONDS} * interval '1 second'"


def claim_batch(load: Load, worker: str, *, only_in_doubt: bool) -> Batch | None:
    """The next batch for this hand, under the target's lease, or None. Its state is ``claimed``,
    or ``in_doubt`` where it must be settled. Raises Busy when another load holds the target."""
    with transaction.atomic():
        epoch = take_target(load)
        with connection.cursor() as cursor:
            under_way = _recovered(cursor, load)
            row = None
            if under_way.are_in_doubt:
                row = _claimed(cursor, _CLAIM_IN_DOUBT, load, worker, epoch)
            if row is None and not only_in_doubt and _has_room(load, under_way.at_work):
                row = _claimed(cursor, _CLAIM_READY, load, worker, epoch)
        if row is None:
            return None
        whole = Batch.objects.select_related("plan", "load__connection")
        batch = whole.defer("load__mapping", "load__keys", "load__verification").get(pk=row)
        if batch.state == BatchState.CLAIMED and _fit(batch):
            batch.look_again()
    return batch


class _UnderWay(NamedTuple):
    """Of a load's batches; ``are_lost``: some were left by a hand whose lease is over."""

    at_work: int
    are_lost: bool
    are_in_doubt: bool


def _recovered(cursor: CursorWrapper, load: Load) -> _UnderWay:
    """What is under way once everything that dead hands left is free again."""
    under_way = _look(cursor, load)
    if not under_way.are_lost:
        return under_way
    for statement in _RECOVER:
        cursor.execute(statement, {"load": load.pk})
    return _look(cursor, load)


def _look(cursor: CursorWrapper, load: Load) -> _UnderWay:
    cursor.execute(_LOOK, {"load": load.pk})
    return _UnderWay(*cursor.fetchone())


def _claimed(
    cursor: CursorWrapper, statement: str, load: Load, worker: str, epoch: int
) -> int | None:
    cursor.execute(statement, {"load": load.pk, "worker": worker, "epoch": epoch})
    row = cursor.fetchone()
    return row[0] if row else None


def _has_room(load: Load, at_work: int) -> bool:
    """Whether one more batch may be under way. The target's lease is locked, so nobody else is
    looking."""
    now = Load.objects.select_related("connection").only("kind", "pace", "connection__streams")
    return at_work < streams_of(now.get(pk=load.pk))


def _fit(batch: Batch) -> bool:
    """Cut the batch down to what the node sends at once now, the rest is claimed later; or join it
    with what follows. Whether it is another one now."""
    load = batch.load
    if batch.kind not in PACED:
        return False
    if not any(kind in load.pace for kind in PACED):
        load.pace = learnt_pace(load)
    pace = pace_of(load, batch.kind)
    streams = streams_of(load)
    limits = (pace.most_rows(target_ms(load.connection)), _even_share(batch, pace, streams))
    most_rows = min((rows for rows in limits if rows is not None), default=None)
    if most_rows is not None and part_off(batch, most_rows):
        return True
    joined = pace.joined_rows()
    if streams > 1 and joined > batch.n_rows:
        joined = min(joined, -(-_left(batch) // streams))
    return join_neighbours(batch, joined)


def _even_share(batch: Batch, pace: Pace, streams: int) -> int | None:
    """Rows of it for this hand, where a long call at the end would leave the others with nothing to
    do; None: as it is."""
    if streams < 2 or pace.row_ms * batch.n_rows < _LONG_MS:
        return None
    left = _left(batch)
    return None if left >= 2 * batch.n_rows else -(-left // streams)


def _left(batch: Batch) -> int:
    """Its rows and those that wait beside it."""
    beside = Batch.objects.filter(
        load=batch.load_id, plan=batch.plan_id, level=batch.level, state=BatchState.READY
    )
    return batch.n_rows + (beside.aggregate(rows=Sum("n_rows"))["rows"] or 0)


_LOOK = """
SELECT count(*) FILTER (WHERE state <> 'in_doubt' AND lease_until >= now()),
  count(*) FILTER (WHERE state <> 'in_doubt' AND lease_until < now()) > 0,
  count(*) FILTER (WHERE state = 'in_doubt') > 0
FROM importer_batch WHERE load_id = %(load)s AND state IN ('claimed', 'sending', 'in_doubt')"""

_RECOVER = (
    """UPDATE importer_batch SET state = 'ready', worker = '', lease_until = NULL
    WHERE load_id = %(load)s AND state = 'claimed' AND lease_until < now()""",
    """UPDATE importer_attempt SET outcome = 'in_doubt' WHERE outcome = '' AND batch_id IN (
      SELECT id FROM importer_batch
      WHERE load_id = %(load)s AND state = 'sending' AND lease_until < now())""",
    """UPDATE importer_batch SET state = 'in_doubt', worker = '', lease_until = NULL,
      not_before = NULL
    WHERE load_id = %(load)s AND state = 'sending' AND lease_until < now()""",
)

_CLAIM_IN_DOUBT = f"""
UPDATE importer_batch SET worker = %(worker)s, epoch = %(epoch)s, lease_until = {_LEASE}
WHERE id = (
  SELECT id FROM importer_batch
  WHERE load_id = %(load)s AND state = 'in_doubt' AND (not_before IS NULL OR not_before <= now())
    AND (lease_until IS NULL OR lease_until < now())
  ORDER BY seq FOR UPDATE SKIP LOCKED LIMIT 1)
RETURNING id"""

_CLAIM_READY = f"""
UPDATE importer_batch SET state = 'claimed', worker = %(worker)s, epoch = %(epoch)s,
  lease_until = {_LEASE}
WHERE id = (
  SELECT b.id FROM importer_batch b
  WHERE b.load_id = %(load)s AND b.state IN ('ready', 'waiting')
    AND (b.not_before IS NULL OR b.not_before <= now())
    AND NOT EXISTS (SELECT 1 FROM importer_batch e WHERE e.load_id = b.load_id
      AND e.plan_id = b.plan_id AND e.level < b.level
      AND e.state IN ('ready', 'claimed', 'sending', 'waiting', 'in_doubt', 'stalled'))
    AND NOT EXISTS (SELECT 1 FROM importer_batch s WHERE s.load_id = b.load_id
      AND s.id <> b.id AND s.stream = b.stream AND b.stream <> {FREE_STREAM}
      AND s.state IN ('claimed', 'sending', 'in_doubt'))
  ORDER BY b.seq FOR UPDATE SKIP LOCKED LIMIT 1)
RETURNING id"""
