"""The sending of a load: one batch a turn, then what follows when none is left."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from importer.choices import BatchState, LoadState
from importer.engine import creating, updating, writing  # noqa: F401  (each registers its kind)
from importer.engine.claiming import claim_batch
from importer.engine.desk import Desk
from importer.engine.leases import release_target
from importer.engine.passes import rows_again
from importer.engine.sending import work_batch
from importer.errors import Busy
from importer.models import Batch, Load

_MOST_PASSES = 5
_UNREADABLE = (
    "Odoo says that some records exist, but this login cannot read them. "
    "Give it the right to, or use another login, then retry."
)
_UNSETTLED = (BatchState.SENDING, BatchState.IN_DOUBT, BatchState.STALLED)


def send_next(desk: Desk, *, only_in_doubt: bool = False) -> bool:
    """Work one batch, or move the load on when all have ended; False when nothing is free."""
    stopping = desk.reporter.is_stopping()
    try:
        batch = claim_batch(desk.load, desk.worker, only_in_doubt=only_in_doubt or stopping)
    except Busy:
        # What has nothing left to send needs nobody's leave to end.
        if finish_sending(desk.load, desk):
            return True
        raise
    if batch is not None:
        work_batch(desk, batch)
        return True
    return not stopping and not only_in_doubt and finish_sending(desk.load, desk)


def unsettled(load: Load) -> "QuerySet[Batch]":
    """Batches on their way or in doubt."""
    return Batch.objects.filter(load=load, state__in=_UNSETTLED)


def is_settled(load: Load) -> bool:
    """Whether no batch is on its way or in doubt."""
    return not unsettled(load).exists()


def finish_sending(load: Load, desk: Desk) -> bool:
    """Move on to the next pass, to verifying, or to the end; False while a batch is open."""
    open_states = (*BatchState.open(), BatchState.STALLED)
    with transaction.atomic():
        locked = Load.objects.select_for_update().get(pk=load.pk)
        if locked.state != LoadState.SENDING:
            return False
        if Batch.objects.filter(load=load, state__in=open_states).exists():
            return False
        state = _next_state(locked)
        ended = timezone.now() if state in LoadState.ended() else None
        Load.objects.filter(pk=load.pk).update(
            state=state, error=locked.error, lease_until=None, worker="", ended_at=ended
        )
        if ended:
            release_target(load)
        load.refresh_from_db()
        desk.reporter.progressed(load)
    return True


def _next_state(load: Load) -> LoadState:
    if load.error:
        return LoadState.FAILED
    plan = load.plans.order_by("-pass_number").first()
    if plan and plan.batches.filter(state=BatchState.CANCELLED).exists():
        return LoadState.CANCELLED
    if plan is None or not rows_again(plan):
        return LoadState.VERIFYING
    if load.plans.count() < _MOST_PASSES * (load.attempt + 1):
        return LoadState.PLANNING
    load.error = _UNREADABLE
    return LoadState.FAILED
