"""T3: how an attempt ended, in one transaction that only counts while the batch is still ours."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from importer.choices import BatchState, Outcome
from importer.engine.desk import Desk
from importer.engine.journaling import Sending
from importer.models import Attempt, Batch

Apply = Callable[[], dict[str, int]]


def close(
    desk: Desk,
    batch: Batch,
    sending: Sending | None,
    state: BatchState,
    outcome: Outcome,
    *,
    message: str = "",
    apply: Apply | None = None,
    wait: float | None = None,
    **columns: object,
) -> bool:
    """Move the batch from ``sending`` (or from its claim, where nothing was sent) to ``state``.

    ``apply`` does the rest inside the transaction and gives the counters to move. False: another
    hand owns the batch by now, and the answer is dropped."""
    source = BatchState.SENDING if sending else BatchState(batch.state)
    is_kept = state in (BatchState.CLAIMED,)
    values: dict[str, object] = {"state": state, "not_before": None, **columns}
    if not is_kept:
        values |= {"lease_until": None, "worker": ""}
    if wait is not None:
        values["not_before"] = timezone.now() + timedelta(seconds=wait)
    if state in (BatchState.DONE, BatchState.FAILED):
        values["ended_at"] = timezone.now()
    with transaction.atomic():
        ours = Batch.objects.filter(
            pk=batch.pk,
            state=source,
            worker=batch.worker,
            epoch=batch.epoch,
            attempt=batch.attempt,
        ).update(**values)
        if ours:
            _close_attempt(sending, outcome, message)
            counters = apply() if apply else {}
            desk.count(**counters)
    if not ours and sending:
        _close_attempt(sending, Outcome.LATE, message)
        desk.reporter.log(
            "warning",
            f"The answer for batch {batch.seq} came after another hand had taken it over. "
            "It was dropped.",
            batch=batch.pk,
        )
    batch.look_again()
    return bool(ours)


def _close_attempt(sending: Sending | None, outcome: Outcome, message: str) -> None:
    if sending is None:
        return
    Attempt.objects.filter(pk=sending.attempt.pk).update(
        outcome=outcome,
        message=message[:2000],
        ended_at=timezone.now(),
        milliseconds=sending.milliseconds,
    )
