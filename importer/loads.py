"""Verbs on loads: open one, work on it, count the hands it wants, retry, cancel, settle.

A load is worked on by any number of processes at once; whoever runs it calls ``work`` again and
again until it has ended.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from django.db import transaction
from django.utils import timezone

from importer.choices import BatchState, Depth, LoadKind, LoadState, Winner
from importer.data.vanished import ARCHIVE, NOTHING, REPORT, percent_of, policy_of
from importer.engine import closing
from importer.engine.fencing import OPEN_WINDOW
from importer.engine.leases import end_leases_of_the_gone, holder_of, release_target
from importer.engine.paces import streams_of
from importer.engine.send_step import is_settled
from importer.engine.undoing.stepping import open_undo
from importer.engine.writing import NO_FENCE
from importer.errors import Refused
from importer.freezing import sha256_of_json
from importer.load_hands import drop_fence_of, end_badly, hand_on, settle_some, work_some
from importer.models import Batch, Connection, Entity, Load, Plan, Project, Sheet
from importer.reporting import Reporter

__all__ = (
    "STANDING_NOTICES",
    "Work",
    "cancel_load",
    "decide_vanished",
    "early_hands",
    "end_badly",
    "end_leases_of_the_gone",
    "hands_wanted",
    "has_looked_again",
    "look_at_the_end",
    "name_winner",
    "note_looked_again",
    "open_load",
    "open_retry",
    "open_undo",
    "resume_load",
    "settle",
    "work",
)

STANDING_NOTICES = (OPEN_WINDOW, NO_FENCE)
"""What a load says once to its reporter where it holds for the whole run."""


_MANY_ROWS = 2000
"""They take several hands for seconds."""
_LOOKED_AGAIN = "looked_again"
"""Key in ``Load.verification``."""


class Work(Enum):
    """How a call of ``work`` ended. NOTHING_FREE: others are at it, or a wait is not over."""

    WORKED_MORE_LEFT = "more"
    NOTHING_FREE = "nothing"
    ENDED = "ended"


def open_load(
    *,
    project: Project,
    connection: Connection,
    entity: Entity,
    frozen: dict[str, Any],
    sheet: Sheet,
    dry_run: bool = False,
    keys: Sequence[str] | None = None,
    side_effects: Sequence[str] = (),
    vanished: str = "",
    vanished_agreed: bool = False,
    depth: str = Depth.LOCAL,
    agreed: Plan | None = None,
) -> Load:
    """A new load, nothing done yet. ``frozen``: the released mapping; ``keys``: key texts, only
    these rows are planned; ``side_effects``: what Odoo may do besides storing; ``vanished``: the
    policy for rows that are in the file no more, the mapping's where left out;
    ``vanished_agreed``: however many they are; ``depth``: of a dry run; ``agreed``: the plan that
    somebody has agreed to, which the load must come to as well."""
    if side_effects:
        frozen = {**frozen, "side_effects": list(side_effects)}
    return Load.objects.create(
        project=project,
        kind=LoadKind.LOAD,
        connection=connection,
        entity=entity,
        odoo_model=entity.odoo_model,
        mapping=frozen,
        mapping_sha256=sha256_of_json(frozen),
        sheet=sheet,
        dry_run=dry_run,
        depth=depth,
        agreed_plan=agreed,
        agreed={"plan_as": agreed.stored_as, "befores_as": agreed.befores_as} if agreed else {},
        keys=None if keys is None else list(keys),
        vanished=_vanished(frozen, vanished, vanished_agreed),
        rows_total=sheet.n_rows,
    )


def _vanished(frozen: dict[str, Any], policy: str, agreed: bool) -> dict[str, Any]:
    """What a load is told of rows that vanished; nothing where nobody asks."""
    own = policy_of({**frozen, "vanished": policy} if policy else frozen)
    if own == NOTHING:
        return {}
    return {"policy": own, "percent": percent_of(frozen), "agreed": agreed}


def decide_vanished(loads: Iterable[Load], decision: str) -> int:
    """``archive`` or ``keep`` what vanished, for those of these loads that ask; how many did."""
    asking = [load for load in loads if load.vanished.get("asks")]
    for load in asking:
        load.vanished |= {"asks": False, "agreed": decision == ARCHIVE}
        if decision != ARCHIVE:
            load.vanished["policy"] = REPORT
        load.save(update_fields=["vanished"])
    return len(asking)


def work(load_id: int, *, reporter: Reporter, worker: str, seconds: float) -> Work:
    """Do what is free for about ``seconds``: prepare, plan, send batches, verify. Safe with any
    number of processes and killed ones; ``worker`` names this process and no other.

    An error of the data or the connection, or our bug, ends the load and is raised."""
    load = Load.objects.get(pk=load_id)
    if load.state in LoadState.ended():
        return Work.ENDED
    with hand_on(load, reporter, worker) as desk:
        did_all = work_some(desk, seconds)
    if desk.load.state in LoadState.ended():
        return Work.ENDED
    return Work.WORKED_MORE_LEFT if did_all else Work.NOTHING_FREE


def settle(load: Load, *, reporter: Reporter, worker: str, seconds: float) -> bool:
    """Settle what is in doubt, whatever the load's state; True when nothing is left in doubt."""
    if is_settled(load):
        return True
    with hand_on(load, reporter, worker) as desk:
        settle_some(desk, seconds)
    return is_settled(load)


def look_at_the_end(load: Load, *, reporter: Reporter, worker: str) -> None:
    """When a run ends: what its later loads, or people, have done to the records of this one."""
    with hand_on(load, reporter, worker) as desk:
        closing.look_at_the_end(desk)
    note_looked_again(load)


def has_looked_again(load: Load) -> bool:
    return bool(load.verification.get(_LOOKED_AGAIN))


def note_looked_again(load: Load) -> None:
    """It is not asked for once more, unless the load is retried."""
    load.refresh_from_db(fields=["verification"])
    load.verification = {**load.verification, _LOOKED_AGAIN: True}
    load.save(update_fields=["verification"])


def early_hands(load: Load) -> int:
    """How many more processes should get ready while one prepares and plans the load."""
    rows = load.sheet.n_rows if load.sheet else 0
    is_long = rows >= _MANY_ROWS and not load.attempt and not load.dry_run
    return streams_of(load) - 1 if is_long else 0


def hands_wanted(load: Load, now: datetime) -> int:
    """How many more processes could work on the load now, from PostgreSQL alone."""
    if load.state in LoadState.ended():
        return 0
    if load.state != LoadState.SENDING:
        return int(load.lease_until is None or load.lease_until < now)
    if holder_of(load) is not None:
        return 0
    batches = list(
        Batch.objects.filter(load=load, state__in=(*BatchState.open(), BatchState.STALLED)).only(
            "state", "lease_until", "not_before"
        )
    )
    if not batches:
        return 1
    at_work = sum(1 for one in batches if one.lease_until and one.lease_until >= now)
    free = sum(1 for one in batches if _is_free(one, now))
    return max(0, min(free, streams_of(load) - at_work))


def _is_free(batch: Batch, now: datetime) -> bool:
    if batch.state == BatchState.STALLED or (batch.lease_until and batch.lease_until >= now):
        return False
    return batch.not_before is None or batch.not_before <= now


def name_winner(loads: Iterable[Load], winner: str) -> None:
    """Who wins the conflicts of these ended loads when they are retried; empty: nobody yet."""
    if winner not in ("", Winner.SOURCE, Winner.ODOO):
        raise Refused(f"“{winner}” cannot win a conflict; name “source” or “odoo”.")
    Load.objects.filter(pk__in=[load.pk for load in loads]).update(winner=winner)


@transaction.atomic
def open_retry(load: Load) -> Load:
    """Take an ended load up again with its failed and blocked rows, and those never sent. A load
    that has not ended is left as it is."""
    locked = Load.objects.select_for_update().get(pk=load.pk)
    if locked.state in LoadState.ended():
        Batch.objects.filter(
            load=load, state__in=(BatchState.READY, BatchState.WAITING, BatchState.CLAIMED)
        ).update(state=BatchState.CANCELLED, lease_until=None, worker="")
        locked.state = LoadState.PENDING
        locked.attempt += 1
        locked.failed = locked.blocked = locked.kept = 0
        locked.error, locked.worker = "", ""
        locked.lease_until = locked.ended_at = None
        locked.verification = {"retry": locked.plans.exists()}
        locked.save()
    load.refresh_from_db()
    return load


@transaction.atomic
def cancel_load(load: Load) -> bool:
    """Send nothing new. True when the load has stopped; False while a batch is still under way
    or in doubt: keep working on it, then ask again."""
    # Batches first, then the load, as hands do: the other way round they could lock each other out.
    Batch.objects.filter(
        load=load, state__in=(BatchState.READY, BatchState.WAITING, BatchState.CLAIMED)
    ).update(state=BatchState.CANCELLED, lease_until=None, worker="")
    locked = Load.objects.select_for_update().get(pk=load.pk)
    if locked.state in LoadState.ended():
        return True
    if not is_settled(load):
        return False
    Load.objects.filter(pk=load.pk).update(
        state=LoadState.CANCELLED, lease_until=None, worker="", ended_at=timezone.now()
    )
    release_target(load)
    transaction.on_commit(lambda: drop_fence_of(load))
    load.refresh_from_db()
    return True


def resume_load(load: Load) -> None:
    """A person says that what stalled may be tried again."""
    Batch.objects.filter(load=load, state=BatchState.STALLED).update(
        state=BatchState.IN_DOUBT, transients=0, not_before=None
    )
