"""T2: what will be sent is written down and committed before the first byte leaves."""

from time import monotonic

from django.db import connection, transaction
from django.utils import timezone

from importer.choices import BatchState, IssueStage
from importer.engine.desk import Desk
from importer.engine.doubts import DOUBT, was_ever_in_doubt
from importer.engine.faults import SUSPECT
from importer.engine.issues import add_problems
from importer.engine.passes import AGAIN
from importer.engine.payloads import Payload
from importer.engine.works import Ready, Sendable, Work
from importer.heartbeats import LEASE_SECONDS
from importer.models import Attempt, Batch, Change

FENCE = "fence"
"""Key in ``Batch.refs``: the fence behind which the batch was last sent."""

_MARGIN_SECONDS = 4.0


class Sending:
    """A journaled attempt. ``is_fresh`` is the last look at the clock before the first byte: a
    process that was stopped in between must not send under a lease that others think is over."""

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self.started = monotonic()

    @property
    def is_fresh(self) -> bool:
        return monotonic() - self.started < LEASE_SECONDS - _MARGIN_SECONDS

    @property
    def milliseconds(self) -> int:
        return round((monotonic() - self.started) * 1000)


class PayloadChanged(Exception):
    """A batch in doubt would be sent with other bytes than it was journaled with: our bug."""


def journal(desk: Desk, batch: Batch, work: Work, ready: Ready) -> Sending | None:
    """Commit the attempt; None where nothing is left to send, or another hand has the batch."""
    _check_same(batch, ready)
    with transaction.atomic():
        number = _advance(batch, ready)
        if number is None:
            return None
        _forget_what_was_refused(batch)
        counters = work.put_aside(desk, batch, ready)
        counters["blocked"] = len(ready.blocked)
        add_problems(desk.load, IssueStage.ODOO, [problem for _, problem in ready.blocked])
        refs = _refs(batch, ready)
        if refs or batch.refs:
            Batch.objects.filter(pk=batch.pk).update(refs=refs)
        attempt = _attempt(batch, ready.call, number) if ready.call else None
        if ready.journal:
            Change.objects.bulk_create(ready.journal, ignore_conflicts=True, batch_size=500)
        if any(counters.values()) or not ready.call:
            desk.count(**counters)
    batch.look_again()
    return Sending(attempt) if attempt else None


def _check_same(batch: Batch, ready: Ready) -> None:
    if batch.state != BatchState.IN_DOUBT or not batch.payload_sha256 or not ready.call:
        return
    if _as_journaled(batch, ready.whole or ready.call).sha256 != batch.payload_sha256:
        raise PayloadChanged(f"batch {batch.seq} of load {batch.load_id} changed while in doubt")


def _as_journaled(batch: Batch, call: Sendable) -> Sendable:
    """The call behind the fence that it had when it was journaled: nothing else may differ."""
    return call.under(str(batch.refs.get(FENCE, ""))) if isinstance(call, Payload) else call


def _advance(batch: Batch, ready: Ready) -> int | None:
    """The attempt's number; None where the batch is not ours any more."""
    aside = [row.plan_row for row, _ in ready.blocked]
    aside += [row.plan_row for row in (*ready.equal, *ready.gone)]
    with connection.cursor() as cursor:
        cursor.execute(
            _ADVANCE,
            {
                "id": batch.pk,
                "worker": batch.worker,
                "epoch": batch.epoch,
                "state": str(BatchState.SENDING if ready.call else BatchState.DONE),
                "is_sent": ready.call is not None,
                "sha": ready.call.sha256 if ready.call else batch.payload_sha256,
                "aside": aside,
                "witness": ready.witness,
                "lease": LEASE_SECONDS,
            },
        )
        row = cursor.fetchone()
    if row is not None and not ready.call:
        Batch.objects.filter(pk=batch.pk).update(ended_at=timezone.now(), lease_until=None)
    return int(row[0]) if row else None


_ADVANCE = """
UPDATE importer_batch SET state = %(state)s, payload_sha256 = %(sha)s, witness = %(witness)s,
  attempt = attempt + CASE WHEN %(is_sent)s THEN 1 ELSE 0 END,
  ejected = ejected || %(aside)s::bigint[],
  lease_until = now() + %(lease)s * interval '1 second'
WHERE id = %(id)s AND worker = %(worker)s AND epoch = %(epoch)s
  AND state IN ('claimed', 'in_doubt') AND lease_until >= now() RETURNING attempt"""


def _forget_what_was_refused(batch: Batch) -> None:
    """Images of calls that were all answered with a refusal: records may have been edited since,
    and what is journaled must be what this call finds."""
    if batch.attempt and batch.state != BatchState.IN_DOUBT and not was_ever_in_doubt(batch):
        Change.objects.filter(batch=batch, after__isnull=True).delete()


def _refs(batch: Batch, ready: Ready) -> dict[str, object]:
    refs: dict[str, object] = {name: ref for name, ref in ready.refs.items() if name != FENCE}
    refs |= {
        name: batch.refs[name]
        for name in (AGAIN, SUSPECT, DOUBT)
        if batch.refs.get(name) is not None
    }
    if isinstance(ready.call, Payload) and ready.call.fence:
        refs[FENCE] = ready.call.fence
    return refs


def _attempt(batch: Batch, call: Sendable, number: int) -> Attempt:
    return Attempt.objects.create(
        project_id=batch.project_id,
        batch=batch,
        n=number,
        epoch=batch.epoch,
        worker=batch.worker,
        payload_sha256=call.sha256,
        sent_at=timezone.now(),
        n_bytes=len(call.body),
    )
