"""Runs that wait until their connection is free: who is before them, letting the next one in. The
order is that of their coming; a paused run still holds its connection.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from graphs.choices import LogLevel, RunStatus
from graphs.hands import ask_advance
from graphs.journal import write_log, write_run_event
from graphs.models import GraphRun
from importer.models import Connection


def rivals_of(connection: Connection, *, besides: UUID | None = None) -> QuerySet[GraphRun]:
    """Unfinished runs that write to the connection or wait to do so, those at work first."""
    unfinished = RunStatus.unfinished()
    rivals = GraphRun.objects.filter(connection=connection, status__in=unfinished, dry_run=False)
    if besides is not None:
        rivals = rivals.exclude(pk=besides)
    return rivals.order_by(F("waiting_since").asc(nulls_first=True), "created_at")


def is_free_for(run: GraphRun) -> bool:
    """Whether nobody writes to the connection of a waiting run, and nobody waits longer."""
    before = Q(waiting_since=None) | Q(waiting_since__lt=run.waiting_since)
    return not rivals_of(run.connection, besides=run.pk).filter(before).exists()


@transaction.atomic
def let_in(run: GraphRun) -> bool:
    """Whether the run waits for nobody; one whose connection has become free begins, and one that
    was cancelled meanwhile ends without it."""
    if run.waiting_since is None:
        return True
    Connection.objects.select_for_update(no_key=True).get(pk=run.connection_id)
    if run.cancel_requested_at is None and not is_free_for(run):
        return False
    begun = GraphRun.objects.filter(pk=run.pk, waiting_since__isnull=False).update(
        waiting_since=None, error_message=""
    )
    run.refresh_from_db()
    if begun and run.cancel_requested_at is None:
        write_log(run, LogLevel.INFO, f"“{run.connection}” is free; the run begins.")
        write_run_event(run.pk)
    return True


def call_next(connection_id: UUID) -> None:
    """A run on this connection has ended: ask for the first one that waits."""
    waiting = GraphRun.objects.filter(
        connection=connection_id, status=RunStatus.PENDING, waiting_since__isnull=False
    )
    first = waiting.order_by("waiting_since").first()
    if first is not None:
        ask_advance(first)
