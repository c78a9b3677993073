"""Looks at the target once before a run's first node: is it the database it was, and do the
mappings still fit its models as they are today. One process does it, under a lease.
"""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from graphs.choices import LogLevel, NodeStatus, RunKind, RunStatus
from graphs.examining import node_problems
from graphs.journal import write_log, write_node_event, write_run_event
from graphs.models import GraphRun, NodeRun
from graphs.progress import nodes_of
from graphs.references import models_of
from graphs.states import definition_of
from importer.connections import check_fingerprint, open_client, refresh_schema
from importer.data.pointing import models_looked_up
from importer.data.stubs import feeder_of
from importer.errors import StowageError
from importer.heartbeats import beating
from importer.odoo.errors import PAUSING, InDoubt, OdooError, Transient, Unreachable
from importer.schema_cache import keep_places

# Short: nobody can tell whose it is, and two checks at once read the same facts and do no harm.
_LEASE = timedelta(seconds=4)
_BEAT_SECONDS = 1.0
_PASSING = (*PAUSING, Unreachable, Transient, InDoubt)


def is_target_checked(run: GraphRun) -> bool:
    """Check the target unless that is done. False when the run cannot go on now: somebody else
    is checking, or a person must act. A refused target is checked too: its nodes are blocked."""
    if run.checked_at is not None:
        return True
    if run.cancel_requested_at is not None:
        return _begin_without_look(run)
    if not _claim(run.pk, timezone.now()):
        return False
    run.refresh_from_db()
    write_begin(run)
    try:
        with beating(partial(_prolong, run.pk), f"check-{run.pk}", every=_BEAT_SECONDS):
            _look(run)
    except _PASSING as error:
        return not _pause(run, str(error)) and _begin_without_look(run)
    except (StowageError, OdooError) as error:
        _refuse(run, str(error))
        return True
    else:
        return _finish(run)


def _begin_without_look(run: GraphRun) -> bool:
    """A run that is cancelled before its first node needs no target."""
    GraphRun.objects.filter(pk=run.pk, status=RunStatus.PENDING).update(
        status=RunStatus.RUNNING, started_at=timezone.now()
    )
    return True


def _claim(run_id: UUID, now: datetime) -> bool:
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    begun = (RunStatus.PENDING, RunStatus.RUNNING)
    claimed = GraphRun.objects.filter(free, pk=run_id, status__in=begun, checked_at=None).update(
        status=RunStatus.RUNNING,
        started_at=Coalesce(F("started_at"), now),
        lease_until=now + _LEASE,
    )
    return bool(claimed)


@transaction.atomic
def write_begin(run: GraphRun) -> None:
    """Say that the run has begun."""
    write_log(run, LogLevel.INFO, f"Checking “{run.connection}” before the first node.")
    write_run_event(run.pk)


def _look(run: GraphRun) -> None:
    client = open_client(run.connection)
    try:
        check_fingerprint(run.connection, client)
        keep_places(run.connection, client)
    finally:
        client.close()
    if run.kind == RunKind.ROLLBACK:
        return
    refresh_schema(run.connection, _models(run))


def _prolong(run_id: UUID) -> bool:
    held = GraphRun.objects.filter(pk=run_id, checked_at=None, lease_until__gte=Now())
    return bool(held.update(lease_until=Now() + _LEASE))


def _models(run: GraphRun) -> list[str]:
    frozen = run.version.frozen["mappings"]
    waiting = [node.node_id for node in nodes_of(run) if node.status == NodeStatus.PENDING]
    wanted = (
        model
        for node in waiting
        for part in (frozen[node], feeder_of(frozen[node]))
        for model in (*models_of(part), *models_looked_up(part))
    )
    return list(dict.fromkeys(wanted))


@transaction.atomic
def _finish(run: GraphRun) -> bool:
    done = GraphRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING, checked_at=None).update(
        checked_at=timezone.now(), lease_until=None
    )
    if done and run.kind == RunKind.LOAD:
        _close_misfits(run)
    return bool(done)


def _close_misfits(run: GraphRun) -> None:
    """Nodes that cannot work on this database end here: skipped if they say so, else failed."""
    definition = definition_of(run)
    for row in nodes_of(run):
        if row.status != NodeStatus.PENDING:
            continue
        frozen = run.version.frozen["mappings"][row.node_id]
        found = node_problems(definition.node(row.node_id), frozen, run.connection)
        errors = [problem.message for problem in found if problem.is_error]
        if errors:
            _close(run, row, NodeStatus.FAILED, " ".join(errors))
        elif any(problem.code == "unknown_model" for problem in found):
            _close(run, row, NodeStatus.SKIPPED, found[0].message)


def _close(run: GraphRun, node: NodeRun, status: NodeStatus, sentence: str) -> None:
    node.status = status
    node.error_message = sentence
    node.ended_at = timezone.now()
    node.save(update_fields=("status", "error_message", "ended_at"))
    level = LogLevel.INFO if status == NodeStatus.SKIPPED else LogLevel.ERROR
    write_log(run, level, sentence, node_id=node.node_id)
    write_node_event(run, node)


@transaction.atomic
def _pause(run: GraphRun, sentence: str) -> bool:
    """Wait for a person; False for a run that was cancelled meanwhile: it needs no target."""
    running = GraphRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING)
    paused = running.filter(cancel_requested_at=None).update(
        status=RunStatus.PAUSED, lease_until=None, error_message=sentence
    )
    if paused:
        write_log(run, LogLevel.ERROR, f"Paused: {sentence}")
        write_run_event(run.pk)
    return bool(paused)


@transaction.atomic
def _refuse(run: GraphRun, sentence: str) -> None:
    """Nothing has begun: every waiting node is blocked, and the run ends as its rules say."""
    for node in run.node_runs.filter(status=NodeStatus.PENDING):
        node.status = NodeStatus.BLOCKED
        node.error_message = f"Not started: {sentence}"
        node.ended_at = timezone.now()
        node.save(update_fields=("status", "error_message", "ended_at"))
        write_node_event(run, node)
    GraphRun.objects.filter(pk=run.pk).update(
        checked_at=timezone.now(), lease_until=None, error_message=sentence
    )
    write_log(run, LogLevel.ERROR, sentence)
