"""Writes a run's log and its ordered feed. Always inside the caller's transaction, so that a line
and the change it tells of are one.
"""

from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from graphs.choices import EventKind, LogLevel
from graphs.models import Event, GraphRun, NodeRun, RunLog
from importer.loads import STANDING_NOTICES
from importer.secrets import redact


def write_log(
    run: GraphRun,
    level: str,
    message: str,
    *,
    node_id: str = "",
    batch: int | None = None,
    error_type: str = "",
    traceback: str = "",
) -> None:
    """One line for people, and its event. Secrets are taken out here as well."""
    line = RunLog.objects.create(
        project_id=run.project_id,
        run=run,
        node_id=node_id,
        batch=batch,
        level=LogLevel(level),
        message=redact(message),
        error_type=error_type,
        traceback=redact(traceback),
        at=timezone.now(),
    )
    data = {"log": line.pk, "level": line.level, "message": line.message}
    write_event(run, EventKind.LOG, node_id=node_id, data=data)


def notices_of(run: GraphRun) -> list[str]:
    """What the run's loads said once and what holds for all of it: windows that stay open."""
    said = RunLog.objects.filter(run=run, message__in=STANDING_NOTICES).order_by("id")
    return list(dict.fromkeys(said.values_list("message", flat=True)))


def write_event(run: GraphRun, kind: EventKind, *, node_id: str = "", data: dict[str, Any]) -> int:
    """Append to the run's feed; its number. The run's row stays locked until the transaction
    ends, so numbers become visible in their order."""
    seq = _next_seq(run.pk)
    Event.objects.create(
        project_id=run.project_id,
        run=run,
        seq=seq,
        kind=kind,
        node_id=node_id,
        data=data,
        at=timezone.now(),
    )
    return seq


def write_run_event(run_id: UUID) -> None:
    """The run's status as it is now."""
    run = GraphRun.objects.get(pk=run_id)
    data = {
        "status": run.status,
        "percentage": run.percentage,
        "attempt": run.attempt,
        "error_message": run.error_message,
    }
    write_event(run, EventKind.RUN, data=data)


def write_node_event(run: GraphRun, node: NodeRun) -> None:
    """The node's status as it is in ``node``."""
    data = {"status": node.status, "error_message": node.error_message}
    write_event(run, EventKind.NODE, node_id=node.node_id, data=data)


def _next_seq(run_id: UUID) -> int:
    table = connection.ops.quote_name(GraphRun._meta.db_table)
    sql = f"UPDATE {table} SET last_event = last_event + 1 WHERE id = %s RETURNING last_event"
    with connection.cursor() as cursor:
        cursor.execute(sql, [run_id])
        row = cursor.fetchone()
    if row is None:
        raise GraphRun.DoesNotExist(f"Run {run_id} is gone.")
    return int(row[0])
