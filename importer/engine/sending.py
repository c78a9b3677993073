"""Works one claimed batch to the end of what can be done now: make, journal, send, record.

A definite refusal takes its rows out and sends the rest again at once; everything else leaves a
state that any hand can pick up.
"""

from collections.abc import Sequence

from importer.choices import BatchState, Outcome
from importer.engine.desk import Desk
from importer.engine.ejecting import (
    eject,
    halves,
    parts_by_depth,
    problems_of,
    split,
    whole_batch_problems,
)
from importer.engine.fencing import hold_fence, lose_fence
from importer.engine.issues import RowProblem
from importer.engine.journaling import FENCE, Sending, journal
from importer.engine.leases import bump_epoch
from importer.engine.load_calls import is_settling
from importer.engine.outcomes import give_up, put_off
from importer.engine.payloads import Payload
from importer.engine.plan_rules import PlanRow
from importer.engine.recording import close
from importer.engine.works import Answered, Ready, Work, work_of
from importer.models import Batch
from importer.odoo.errors import DataRefused, InDoubt, OdooError, ServerBug, TooLarge


def work_batch(desk: Desk, batch: Batch) -> None:
    """``batch`` is claimed by this desk's worker; afterwards it is done, failed, waiting, in
    doubt, or somebody else's."""
    work = work_of(batch)
    while True:
        was_in_doubt = is_settling(batch)
        sending: Sending | None = None
        ready = Ready(None, [])
        try:
            _renew_epoch(batch, was_in_doubt)
            fence = hold_fence(desk, batch)
            ready = work.make(desk, batch)
            _put_behind(ready, fence)
            sending = journal(desk, batch, work, ready)
            if sending is None or not sending.is_fresh:
                return
            answered = work.send(desk, batch, ready)
        except OdooError as error:
            _failed(desk, batch, sending, ready, error, was_in_doubt)
        else:
            _answered(desk, batch, sending, work, ready, answered, was_in_doubt)
        if batch.state != BatchState.CLAIMED or batch.worker != desk.worker:
            return


def _renew_epoch(batch: Batch, was_in_doubt: bool) -> None:
    """An update in doubt is settled under a new epoch."""
    if was_in_doubt and batch.kind == "update":
        epoch = bump_epoch(batch.load)
        held = Batch.objects.filter(pk=batch.pk, worker=batch.worker, state=batch.state)
        if held.update(epoch=epoch):
            batch.epoch = epoch


def _put_behind(ready: Ready, fence: str) -> None:
    if isinstance(ready.call, Payload):
        ready.call = ready.call.under(fence)


def _answered(
    desk: Desk,
    batch: Batch,
    sending: Sending,
    work: Work,
    ready: Ready,
    answered: Answered,
    was_in_doubt: bool,
) -> None:
    judgement = answered.judgement
    if judgement is None:
        close(
            desk,
            batch,
            sending,
            BatchState.DONE,
            Outcome.KEPT,
            apply=lambda: work.keep(desk, batch, ready, answered),
            transients=0,
        )
    elif judgement.is_transient:
        sentence = "Another transaction in Odoo was in the way; the call is sent again."
        put_off(desk, batch, sending, Outcome.TRANSIENT, sentence, in_doubt=was_in_doubt)
    elif judgement.is_fenced_out:
        _come_again(desk, batch, sending, was_in_doubt)
    elif len(parts := parts_by_depth(ready.rows)) > 1 and batch.kind == "create":
        _split(desk, batch, sending, parts, by_depth=True)
    elif judgement.must_split and len(ready.rows) > 1:
        _split(desk, batch, sending, halves(ready.rows), by_depth=False)
    else:
        bad = judgement.bad or {0: ()}
        rows = [ready.rows[number] for number in sorted(bad)]
        problems = problems_of(desk, ready.rows, bad) or whole_batch_problems(
            rows, "Odoo refused this row without giving a reason."
        )
        _eject(desk, batch, sending, ready, rows, problems)


def _come_again(desk: Desk, batch: Batch, sending: Sending, was_in_doubt: bool) -> None:
    """The fence was gone: nothing was kept, no row is at fault, and another fence is made."""
    lose_fence(batch, str(batch.refs.get(FENCE, "")))
    sentence = "The fence in Odoo had changed; nothing was kept and the call is sent again."
    put_off(desk, batch, sending, Outcome.TRANSIENT, sentence, in_doubt=was_in_doubt)


def _eject(
    desk: Desk,
    batch: Batch,
    sending: Sending,
    ready: Ready,
    rows: Sequence[PlanRow],
    problems: Sequence[RowProblem],
) -> None:
    """Take these rows out; the rest stays claimed and goes again at once."""
    is_empty = len(rows) == len(ready.rows)
    close(
        desk,
        batch,
        sending,
        BatchState.FAILED if is_empty else BatchState.CLAIMED,
        Outcome.REFUSED,
        message=problems[0].message,
        apply=lambda: eject(desk, batch, rows, problems),
        transients=0,
    )


def _split(
    desk: Desk,
    batch: Batch,
    sending: Sending,
    parts: Sequence[Sequence[PlanRow]],
    *,
    by_depth: bool,
) -> None:
    def apply() -> dict[str, int]:
        split(desk, batch, parts, by_depth=by_depth)
        return {}

    said = "Refused; its levels are sent one by one." if by_depth else "Refused; sent in halves."
    close(desk, batch, sending, BatchState.READY, Outcome.REFUSED, message=said, apply=apply)


def _failed(
    desk: Desk,
    batch: Batch,
    sending: Sending | None,
    ready: Ready,
    error: OdooError,
    was_in_doubt: bool,
) -> None:
    """An error instead of an answer. Only InDoubt, and only once something was sent, leaves open
    whether the call was committed."""
    if isinstance(error, InDoubt) and sending:
        put_off(desk, batch, sending, Outcome.IN_DOUBT, str(error), in_doubt=True)
    elif isinstance(error, TooLarge) and sending and len(ready.rows) > 1:
        _split(desk, batch, sending, halves(ready.rows), by_depth=False)
    elif isinstance(error, DataRefused | ServerBug | TooLarge) and sending:
        problems = whole_batch_problems(ready.rows, str(error))
        _eject(desk, batch, sending, ready, ready.rows, problems)
    else:
        give_up(desk, batch, sending, error, in_doubt=was_in_doubt)
