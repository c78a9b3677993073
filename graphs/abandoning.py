"""Ending a run of which something stays in doubt: a person says that it is not waited for any
longer. What was in doubt is listed row by row.
"""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from graphs.choices import LogLevel, RunStatus
from graphs.hands import ask_advance
from graphs.journal import write_log, write_run_event
from graphs.models import GraphRun
from importer.abandoning import abandon_load, doubt_of
from importer.errors import Refused
from importer.models import Load, User
from importer.rights import require


def doubt_in_numbers(run: GraphRun) -> dict[str, Any]:
    """What abandoning would give up on now: ``{batches, rows}``."""
    doubt = doubt_of(Load.objects.filter(node_run__run=run))
    return {"batches": doubt.batches, "rows": doubt.rows}


@transaction.atomic
def abandon_run(run: GraphRun, *, by: User) -> GraphRun:
    """Give up on what is in doubt and cancel the run. Each row of it is an issue ``left_in_doubt``;
    a rollback looks in Odoo for what it left behind, a retry sends it again.

    Raises NotAllowed, Refused (not paused or being cancelled, or nothing is in doubt)."""
    require(by, "abandon_run", run.project)
    is_waiting = Q(status=RunStatus.PAUSED) | Q(
        status=RunStatus.RUNNING, cancel_requested_at__isnull=False
    )
    if not GraphRun.objects.filter(is_waiting, pk=run.pk).exists():
        raise Refused(
            "Only a run that is paused or being cancelled can be abandoned; this one is: "
            f"{run.get_status_display()}."
        )
    loads = [node.load for node in run.node_runs.exclude(load=None).order_by("position")]
    rows = {load: abandon_load(load) for load in loads if load is not None}
    total = sum(rows.values())
    if not total:
        raise Refused("Nothing of this run is in doubt. Cancel it instead.")
    GraphRun.objects.filter(is_waiting, pk=run.pk).update(
        status=RunStatus.RUNNING, cancel_requested_at=timezone.now(), error_message=""
    )
    for load, number in rows.items():
        if number:
            said = f"{number} rows into {load.odoo_model} are left in doubt."
            write_log(run, LogLevel.ERROR, said)
    write_log(run, LogLevel.WARNING, f"{by} abandoned the run; {total} rows are left in doubt.")
    write_run_event(run.pk)
    run.refresh_from_db()
    ask_advance(run)
    run.refresh_from_db()
    return run
