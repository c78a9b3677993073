"""Claims batches: SKIP LOCKED, level after level, one batch of a stream at a time.

What a dead hand left is recovered here: claimed is simply ready, sending is in doubt.
"""

from django.db import connection, transaction
from django.db.models.functions import Now

from importer.choices import BatchState
from importer.engine.leases import take_target
from importer.engine.paces import PACED, learnt_pace, pace_of, streams_of, target_ms
from importer.engine.splitting import part_off
from importer.heartbeats import LEASE_SECONDS
from importer.models import Batch, Load

_LEASE = f"now() + {LEASE_SECONDS} * interval '1 second'"


def claim_batch(load: Load, worker: str, *, only_in_doubt: bool) -> Batch | None:
    """The next batch for this hand, under the target's lease, or None. Its state is ``claimed``,
    or ``in_doubt`` where it must be settled. Raises Busy when another load holds the target."""
    with transaction.atomic():
        epoch = take_target(load)
        with connection.cursor() as cursor:
            for statement in _RECOVER:
                cursor.execute(statement, {"load": load.pk})
            row = _claimed(cursor, _CLAIM_IN_DOUBT, load, worker, epoch)
            if row is None and not only_in_doubt and _has_room(load):
                row = _claimed(cursor, _CLAIM_READY, load, worker, epoch)
                if row is not None:
                    _fit(row)
    if row is None:
        return None
    return Batch.objects.select_related("plan").get(pk=row)


def _claimed(cursor: object, statement: str, load: Load, worker: str, epoch: int) -> int | None:
    values = {"load": load.pk, "worker": worker, "epoch": epoch}
    cursor.execute(statement, values)  # type: ignore[attr-defined]
    row = cursor.fetchone()  # type: ignore[attr-defined]
    return row[0] if row else None


def _has_room(load: Load) -> bool:
    """Whether one more batch may be under way. The target's lease is locked, so nobody else is
    looking."""
    fresh = Load.objects.select_related("connection").get(pk=load.pk)
    at_work = Batch.objects.filter(
        load=load, state__in=BatchState.under_lease(), lease_until__gte=Now()
    )
    return at_work.count() < streams_of(fresh)


def _fit(batch_id: int) -> None:
    """Cut the batch down to what the node sends at once now; the rest is claimed later."""
    batch = Batch.objects.select_related("load__connection").get(pk=batch_id)
    load = batch.load
    if batch.kind not in PACED:
        return
    if not any(kind in load.pace for kind in PACED):
        load.pace = learnt_pace(load)
    most_rows = pace_of(load, batch.kind).most_rows(target_ms(load.connection))
    if most_rows is not None:
        part_off(batch, most_rows)


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
      AND s.id <> b.id AND s.stream = b.stream AND s.state IN ('claimed', 'sending', 'in_doubt'))
  ORDER BY b.seq FOR UPDATE SKIP LOCKED LIMIT 1)
RETURNING id"""
