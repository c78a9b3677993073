"""Verbs about rehearsals: a run, its rollback and the proof that Odoo is as before, on a sandbox or
staging database; what passes is a certificate for that release and dataset.

``take_step`` is called by hands; what is due is in PostgreSQL, so that a killed one costs a lease.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from graphs.choices import LogLevel, RehearsalState, RunStatus
from graphs.hands import ask_rehearsal
from graphs.journal import write_log
from graphs.models import Graph, GraphRun, Rehearsal
from graphs.progress import progress_of
from graphs.runs import cancel_run, resume_run, start_rollback, start_run
from importer.choices import Environment
from importer.errors import Busy, Refused, StowageError
from importer.heartbeats import LEASE_SECONDS, beating
from importer.models import Connection, Dataset, Load, User
from importer.odoo.errors import OdooError
from importer.rights import require
from importer.snapshots import Taken, compare_snapshots, take_snapshot

_WAITS = "Waits for the snapshot of Odoo before its rehearsal."
_LOADED = (RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS)


@transaction.atomic
def rehearse_run(
    graph: Graph,
    *,
    by: User,
    dataset: Dataset | None = None,
    connection: Connection | None = None,
) -> Rehearsal:
    """Snapshot, run, rollback, snapshot, comparison; returns at once. A graph never released is
    released first. Raises what ``start_run`` raises, and Refused on a production connection."""
    require(by, "rehearse_run", graph.project)
    target = connection or graph.connection
    if target is not None and target.environment == Environment.PRODUCTION:
        raise Refused(
            f"“{target}” is a production database. Rehearse on a sandbox or staging copy of it."
        )
    run = start_run(graph, by=by, dataset=dataset, connection=connection)
    # It keeps the connection for itself and sends nothing before the snapshot is taken.
    GraphRun.objects.filter(pk=run.pk).update(status=RunStatus.PAUSED, error_message=_WAITS)
    run.refresh_from_db()
    assert run.dataset is not None
    rehearsal = Rehearsal.objects.create(
        project=graph.project,
        version=run.version,
        dataset=run.dataset,
        connection=run.connection,
        run=run,
        version_sha256=run.version.sha256,
        dataset_sha256=run.dataset.sha256,
        started_by=by,
    )
    write_log(run, LogLevel.INFO, f"This run is rehearsed: {rehearsal}.")
    ask_rehearsal(rehearsal)
    return rehearsal


def certificate_of(run: GraphRun) -> Rehearsal | None:
    """The newest rehearsal that passed with the run's release and dataset."""
    if run.dataset is None:
        return None
    passed = Rehearsal.objects.filter(
        project=run.project_id, state=RehearsalState.PASSED, rows_a_node=None
    )
    same = {"version_sha256": run.version.sha256, "dataset_sha256": run.dataset.sha256}
    return passed.filter(**same).select_related("connection", "started_by").first()


def take_step(rehearsal_id: UUID) -> None:
    """The step that is due; returns at once when none is, or another hand is at it."""
    rows = Rehearsal.objects.select_related("run", "rollback", "connection", "started_by")
    rehearsal = rows.filter(pk=rehearsal_id).first()
    if rehearsal is None or rehearsal.is_finished:
        return
    with _claimed(rehearsal) as is_ours:
        if is_ours:
            _step(rehearsal)


def _step(rehearsal: Rehearsal) -> None:
    steps = {
        RehearsalState.LOOKING.value: _look_and_run,
        RehearsalState.RUNNING.value: _undo,
        RehearsalState.UNDOING.value: _compare,
    }
    try:
        steps[rehearsal.state](rehearsal)
    except Busy:
        return  # another run was quicker; dispatch asks again
    except (StowageError, OdooError) as error:
        _fail(rehearsal, str(error))


@contextmanager
def _claimed(rehearsal: Rehearsal) -> Iterator[bool]:
    free = Q(lease_until=None) | Q(lease_until__lt=timezone.now())
    mine = Rehearsal.objects.filter(free, pk=rehearsal.pk, state=rehearsal.state)
    if not mine.update(lease_until=_lease()):
        yield False
        return
    with beating(lambda: _renew(rehearsal.pk), f"rehearsal {rehearsal.pk}") as lost:
        yield True
    if not lost.is_set():
        Rehearsal.objects.filter(pk=rehearsal.pk).update(lease_until=None)


def _renew(rehearsal_id: UUID) -> bool:
    held = Rehearsal.objects.filter(pk=rehearsal_id, lease_until__gte=timezone.now())
    return bool(held.update(lease_until=_lease()))


def _lease() -> datetime:
    return timezone.now() + timedelta(seconds=LEASE_SECONDS)


def _snapshot(rehearsal: Rehearsal, what: str) -> Taken:
    models = list(rehearsal.run.node_runs.values_list("odoo_model", flat=True))
    return take_snapshot(rehearsal.connection, models, f"rehearsals/{rehearsal.pk}/{what}.jsonl.gz")


def _look_and_run(rehearsal: Rehearsal) -> None:
    run = rehearsal.run
    if run.status != RunStatus.PAUSED or run.error_message != _WAITS:
        raise Refused("The run was begun or cancelled before the snapshot of Odoo was taken.")
    taken = _snapshot(rehearsal, "before")
    with transaction.atomic():
        _move(
            rehearsal,
            RehearsalState.RUNNING,
            before_as=taken.stored_as,
            counts={"before": taken.counts},
            not_looked_at=taken.not_looked_at,
        )
        resume_run(run, by=_person(rehearsal))


def _undo(rehearsal: Rehearsal) -> None:
    if not rehearsal.run.is_finished:
        return
    counts = {**rehearsal.counts, "ended": rehearsal.run.status}
    with transaction.atomic():
        rollback = start_rollback(rehearsal.run, by=_person(rehearsal))
        _move(rehearsal, RehearsalState.UNDOING, rollback=rollback, counts=counts)


def _compare(rehearsal: Rehearsal) -> None:
    rollback = rehearsal.rollback
    if rollback is None or not rollback.is_finished:
        return
    if rehearsal.is_canary:
        _end_canary(rehearsal, rollback)
        return
    taken = _snapshot(rehearsal, "after")
    found = compare_snapshots(rehearsal.before_as, taken.stored_as)
    unseen = list(dict.fromkeys([*rehearsal.not_looked_at, *taken.not_looked_at]))
    why = _why_not(RunStatus(rehearsal.counts["ended"]), rollback, found.number, unseen)
    _move(
        rehearsal,
        RehearsalState.FAILED if why else RehearsalState.PASSED,
        after_as=taken.stored_as,
        counts={**rehearsal.counts, "after": taken.counts, "rows": _rows(rehearsal.run)},
        differences=found.first,
        n_differences=found.number,
        not_looked_at=unseen,
        fingerprint=rehearsal.connection.fingerprint,
        error_message=why,
        ended_at=timezone.now(),
    )


def _end_canary(canary: Rehearsal, rollback: GraphRun) -> None:
    """It says what failed of its rows; whether Odoo is as before is asked by a rehearsal."""
    ended, rows = RunStatus(canary.counts["ended"]), _rows(canary.run)
    why = _why_not(ended, rollback, 0, [])
    if bad := rows["failed"] + rows["blocked"]:
        why = f"{bad} of its rows failed or were blocked. {why}".rstrip()
    _move(
        canary,
        RehearsalState.FAILED if why else RehearsalState.PASSED,
        counts={**canary.counts, "rows": rows},
        error_message=why,
        ended_at=timezone.now(),
    )


def _why_not(ended: RunStatus, rollback: GraphRun, differences: int, unseen: list[str]) -> str:
    """Why there is no certificate; empty when there is."""
    reasons = []
    if ended not in _LOADED:
        reasons.append(f"The run ended: {ended.label}.")
    if rollback.status != RunStatus.COMPLETED:
        reasons.append(f"Its rollback ended: {rollback.get_status_display()}.")
    if differences:
        reasons.append(f"Odoo differs from before in {differences} places.")
    if unseen:
        reasons.append(f"Not compared: {'; '.join(unseen)}.")
    return " ".join(reasons)


def _rows(run: GraphRun) -> dict[str, int]:
    nodes = progress_of(run)["progress"]["nodes"]
    return {name: sum(node[name] for node in nodes) for name in Load.COUNTERS}


def _person(rehearsal: Rehearsal) -> User:
    if rehearsal.started_by is None:
        raise Refused("The user who asked for this rehearsal is gone.")
    return rehearsal.started_by


def _fail(rehearsal: Rehearsal, sentence: str) -> None:
    """No certificate. A run that still waits for its snapshot is cancelled."""
    with transaction.atomic():
        _move(rehearsal, RehearsalState.FAILED, error_message=sentence, ended_at=timezone.now())
        run = rehearsal.run
        if run.status == RunStatus.PAUSED and rehearsal.started_by is not None:
            cancel_run(run, by=rehearsal.started_by)


def _move(rehearsal: Rehearsal, state: RehearsalState, **columns: object) -> None:
    Rehearsal.objects.filter(pk=rehearsal.pk).update(state=state, **columns)
    rehearsal.refresh_from_db()
