"""Works one claimed batch to the end of what can be done now: make, journal, send, record.

A definite refusal takes its rows out and sends the rest again at once; everything else leaves a
state that any hand can pick up.
"""

from collections.abc import Callable, Sequence
from functools import partial

from importer.choices import BatchKind, BatchState, Outcome
from importer.engine.desk import Desk
from importer.engine.ejecting import eject, forget_images, problems_of, whole_batch_problems
from importer.engine.faulting import go_on, say_kept
from importer.engine.fencing import hold_fence, lose_fence
from importer.engine.isolation import Judgement
from importer.engine.issues import RowProblem
from importer.engine.journaling import FENCE, Sending, journal
from importer.engine.leases import bump_epoch
from importer.engine.load_calls import is_settling
from importer.engine.outcomes import give_up, put_off
from importer.engine.paces import PACED, move_pace, target_ms
from importer.engine.pacing import Pace
from importer.engine.payloads import Payload
from importer.engine.plan_rules import PlanRow
from importer.engine.recording import Apply, close
from importer.engine.regrouping import set_equal_changes_apart
from importer.engine.splitting import halves, parts_by_depth, split, split_in_doubt
from importer.engine.works import Answered, Ready, Work, work_of
from importer.models import Batch
from importer.odoo.errors import AccessRefused, DataRefused, InDoubt, OdooError, ServerBug, TooLarge


def work_batch(desk: Desk, batch: Batch) -> None:
    """``batch`` is claimed by this desk's worker; afterwards it is done, failed, waiting, in
    doubt, or somebody else's."""
    set_equal_changes_apart(desk, batch)
    is_first_try = True
    while True:
        work = work_of(batch)
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
            _failed(desk, batch, sending, work, ready, error, was_in_doubt)
        else:
            _answered(desk, batch, sending, work, ready, answered, was_in_doubt, is_first_try)
        is_first_try = False
        if batch.state != BatchState.CLAIMED or batch.worker != desk.worker:
            return


def _renew_epoch(batch: Batch, was_in_doubt: bool) -> None:
    """An update in doubt is settled under a new epoch."""
    if was_in_doubt and batch.kind in (BatchKind.UPDATE, BatchKind.WRITE, BatchKind.VANISH):
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
    is_first_try: bool,
) -> None:
    judgement = answered.judgement
    n_rows, took = len(ready.rows), sending.milliseconds
    n_bytes = len(ready.call.body) if ready.call else 0
    if judgement is None:
        close(
            desk,
            batch,
            sending,
            BatchState.DONE,
            Outcome.KEPT,
            apply=_paced(
                batch,
                _of_rows(
                    desk,
                    batch,
                    lambda pace: pace.kept(
                        n_rows, took, is_first_try=is_first_try, n_bytes=n_bytes
                    ),
                ),
                lambda: work.keep(desk, batch, ready, answered),
                kept_rows=n_rows,
            ),
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
        change = _refusals(judgement, n_rows, took, is_first_try=is_first_try)
        _eject(desk, batch, sending, ready, rows, problems, _of_rows(desk, batch, change))


def _refusals(
    judgement: Judgement, n_rows: int, took: int, *, is_first_try: bool
) -> Callable[[Pace], Pace]:
    """What a refused call says of the rows to come."""
    tried = max(judgement.bad, default=0) + 1 if judgement.is_cut_off else n_rows

    def change(pace: Pace) -> Pace:
        bad = len(judgement.bad) if pace.was_slow(n_rows, took) else judgement.slow
        return pace.refused(n_rows, tried=tried, bad=bad, is_first_try=is_first_try)

    return change


def _of_rows(desk: Desk, batch: Batch, change: Callable[[Pace], Pace]) -> Callable[[Pace], Pace]:
    """Rows with files are cut by their bytes, and say nothing of the pace of the others."""
    files = {one.target for one in desk.fields if one.kind == "binary"}
    return (lambda pace: pace) if files & set(batch.fields) else change


def _paced(
    batch: Batch, change: Callable[[Pace], Pace], apply: Apply, *, kept_rows: int = 0
) -> Apply:
    """``apply``, and what it teaches of the node's pace, in one transaction."""

    def both() -> dict[str, int]:
        counters = apply()
        move_pace(batch, change, kept_rows=kept_rows)
        return counters

    return both


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
    change: Callable[[Pace], Pace] = lambda pace: pace,
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
        apply=_paced(batch, change, lambda: eject(desk, batch, rows, problems)),
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
        split(batch, parts, by_depth=by_depth)
        return {}

    said = "Refused; its levels are sent one by one." if by_depth else "Refused; sent in halves."
    close(desk, batch, sending, BatchState.READY, Outcome.REFUSED, message=said, apply=apply)


def _failed(
    desk: Desk,
    batch: Batch,
    sending: Sending | None,
    work: Work,
    ready: Ready,
    error: OdooError,
    was_in_doubt: bool,
) -> None:
    """An error instead of an answer. Only InDoubt, and only once something was sent, leaves open
    whether the call was committed."""
    if isinstance(error, InDoubt) and sending:
        _lost(desk, batch, sending, ready, error)
    elif isinstance(error, TooLarge) and sending and len(ready.rows) > 1:
        _split(desk, batch, sending, halves(ready.rows), by_depth=False)
    elif isinstance(error, TooLarge) or (isinstance(error, _WHOLE) and batch.kind not in PACED):
        _blame(desk, batch, sending, ready, error, was_in_doubt)
    elif isinstance(error, (*_WHOLE, AccessRefused)) and sending and batch.kind in PACED:
        _faulted(desk, batch, sending, work, ready, error, was_in_doubt)
    else:
        give_up(desk, batch, sending, error, in_doubt=was_in_doubt)


_WHOLE = (DataRefused, ServerBug)


def _blame(
    desk: Desk,
    batch: Batch,
    sending: Sending | None,
    ready: Ready,
    error: OdooError,
    was_in_doubt: bool,
) -> None:
    """All that is left in the batch is refused; where nothing was sent, the load ends."""
    if sending is None:
        give_up(desk, batch, sending, error, in_doubt=was_in_doubt)
        return
    problems = whole_batch_problems(ready.rows, str(error))
    _eject(desk, batch, sending, ready, ready.rows, problems)


def _faulted(
    desk: Desk,
    batch: Batch,
    sending: Sending,
    work: Work,
    ready: Ready,
    error: OdooError,
    was_in_doubt: bool,
) -> None:
    """Odoo may have failed after its commit: that is read before anything is said of the rows."""
    try:
        kept = work.look(desk, batch, ready)
    except OdooError as unread:
        put_off(desk, batch, sending, Outcome.IN_DOUBT, f"{error} {unread}", in_doubt=True)
        return
    if kept is not None:
        say_kept(desk, batch, str(error))
        _answered(desk, batch, sending, work, ready, kept, was_in_doubt, False)
    elif isinstance(error, AccessRefused):
        give_up(desk, batch, sending, error, in_doubt=was_in_doubt)
    elif _is_write(batch, ready):
        _go_as_update(desk, batch, sending, ready, str(error))
    else:
        blame = partial(_blame, desk, batch, sending, ready, error, was_in_doubt)
        go_on(desk, batch, sending, ready, str(error), blame)


def _is_write(batch: Batch, ready: Ready) -> bool:
    return batch.kind == BatchKind.WRITE and not isinstance(ready.call, Payload)


def _go_as_update(desk: Desk, batch: Batch, sending: Sending, ready: Ready, sentence: str) -> None:
    """A refused ``write`` names no row; a ``load`` of the same rows does."""

    def apply() -> dict[str, int]:
        forget_images(batch, ready.rows)
        return {}

    close(
        desk,
        batch,
        sending,
        BatchState.CLAIMED,
        Outcome.REFUSED,
        message=sentence,
        apply=apply,
        kind=BatchKind.UPDATE,
        transients=0,
    )


def _lost(desk: Desk, batch: Batch, sending: Sending, ready: Ready, error: InDoubt) -> None:
    """No answer. A call that was cut off for its length would be so again: creates go on in
    halves, updates once more as they are, and the node's later batches are smaller."""
    n_rows, sentence = len(ready.rows), str(error)
    was_long = sending.milliseconds >= target_ms(desk.load.connection)

    def smaller(pace: Pace) -> Pace:
        return pace.lost(n_rows) if was_long else pace

    is_one_level = len(parts_by_depth(ready.rows)) == 1
    if not (was_long and batch.kind == BatchKind.CREATE and n_rows > 1 and is_one_level):
        also = _paced(batch, smaller, dict)
        put_off(
            desk,
            batch,
            sending,
            Outcome.IN_DOUBT,
            sentence,
            in_doubt=True,
            wait=error.wait,
            also=also,
        )
        return

    def apply() -> dict[str, int]:
        split_in_doubt(batch, halves(ready.rows))
        desk.reporter.log(
            "warning", f"Batch {batch.seq} goes on in halves: {sentence}", batch=batch.pk
        )
        return {}

    close(
        desk,
        batch,
        sending,
        BatchState.IN_DOUBT,
        Outcome.IN_DOUBT,
        message=sentence,
        wait=desk.rules.delay(1),
        apply=_paced(batch, smaller, apply),
        transients=0,
    )
