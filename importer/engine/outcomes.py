"""What becomes of a batch that could not be sent now: later, by a person's act, or never."""

from django.db import transaction

from importer.choices import BatchState, Outcome
from importer.engine.desk import Desk
from importer.engine.journaling import Sending
from importer.engine.paces import move_flow
from importer.engine.recording import Apply, close
from importer.models import Batch, Load
from importer.odoo.errors import PASSING, PAUSING, OdooError, ProxyRefused


def put_off(
    desk: Desk,
    batch: Batch,
    sending: Sending | None,
    outcome: Outcome,
    sentence: str,
    *,
    in_doubt: bool,
    wait: float | None = None,
    also: Apply = dict,
) -> None:
    """Again after a pause that doubles; past the limit a person has to look. ``wait``: seconds for
    which the busy server asks to be left alone. ``also`` is done in the same transaction."""
    failures = batch.transients + 1
    if desk.rules.is_over(failures):
        _stop(desk, batch, sending, outcome, sentence, in_doubt=in_doubt)
        return
    close(
        desk,
        batch,
        sending,
        BatchState.IN_DOUBT if in_doubt else BatchState.WAITING,
        outcome,
        message=sentence,
        wait=max(desk.rules.delay(failures), wait or 0),
        apply=lambda: _put_off(desk, batch, sentence, wait) | also(),
        transients=failures,
    )


def _put_off(desk: Desk, batch: Batch, sentence: str, wait: float | None) -> dict[str, int]:
    """A busy server is spared by all of the load's batches."""
    desk.reporter.log("warning", f"Batch {batch.seq} waits: {sentence}", batch=batch.pk)
    if wait is not None:
        move_flow(desk.load, lambda flow, most, now: flow.busy(wait, most, now))
    return {}


def _stop(
    desk: Desk,
    batch: Batch,
    sending: Sending | None,
    outcome: Outcome,
    sentence: str,
    *,
    in_doubt: bool,
) -> None:
    told = (
        f"Batch {batch.seq} cannot be settled: it is not known whether Odoo kept its rows. "
        f"Last answer: {sentence} Check the connection, then resume the run."
        if in_doubt
        else f"Batch {batch.seq} could not be sent after many tries. Last answer: {sentence} "
        "Check the connection, then resume the run."
    )

    def pause() -> dict[str, int]:
        desk.reporter.log("error", told, batch=batch.pk)
        desk.reporter.pause(told)
        return {}

    state = BatchState.STALLED if in_doubt else BatchState.READY
    close(desk, batch, sending, state, outcome, message=sentence, apply=pause, transients=0)


def give_up(
    desk: Desk, batch: Batch, sending: Sending | None, error: OdooError, *, in_doubt: bool
) -> None:
    """Nothing was kept by this call: wait, ask a person, or end the load."""
    if isinstance(error, PASSING):
        said = str(error)
        put_off(desk, batch, sending, Outcome.TRANSIENT, said, in_doubt=in_doubt, wait=error.wait)
        return
    if isinstance(error, ProxyRefused) and sending:
        _stop_at_proxy(desk, batch, sending, error)
        return
    state = BatchState.IN_DOUBT if in_doubt else BatchState.READY

    def apply() -> dict[str, int]:
        if isinstance(error, PAUSING):
            desk.reporter.log("error", str(error), batch=batch.pk)
            desk.reporter.pause(str(error))
        else:
            fail_load(desk, str(error))
        return {}

    close(desk, batch, sending, state, Outcome.STOPPED, message=str(error), apply=apply)


def _stop_at_proxy(desk: Desk, batch: Batch, sending: Sending, error: ProxyRefused) -> None:
    """A proxy may turn a call away, or only Odoo's answer to it: until a person has looked, the
    batch is in doubt and rests."""
    told = f"{error} Then resume the run."

    def pause() -> dict[str, int]:
        desk.reporter.log("error", told, batch=batch.pk)
        desk.reporter.pause(told)
        return {}

    state, said = BatchState.STALLED, str(error)
    close(desk, batch, sending, state, Outcome.IN_DOUBT, message=said, apply=pause, transients=0)


def fail_load(desk: Desk, sentence: str) -> None:
    """No further batch is sent. What is in doubt is settled first; then the load ends."""
    with transaction.atomic():
        # Batches first, then the load, as everywhere: see cancel_load.
        unsent = (BatchState.READY, BatchState.WAITING, BatchState.CLAIMED)
        open_ones = list(Batch.objects.select_for_update().filter(load=desk.load, state__in=unsent))
        Batch.objects.filter(pk__in=[one.pk for one in open_ones]).update(
            state=BatchState.CANCELLED, lease_until=None, worker=""
        )
        lost = sum(one.n_rows - len(one.ejected) for one in open_ones)
        Load.objects.filter(pk=desk.load.pk).update(error=sentence)
        desk.reporter.log("error", sentence)
        desk.count(failed=lost)
