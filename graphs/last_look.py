"""Before a run ends, its loads look once more at what they touched: later nodes rewrite earlier
records, and people go on working. Done under the run's lease, outside its lock, load by load; a
hand that dies leaves the rest to the next one.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from graphs.choices import RunKind, RunStatus
from graphs.models import GraphRun, NodeRun
from graphs.progress import nodes_of
from graphs.reporter import RunReporter
from importer import loads
from importer.errors import StowageError
from importer.heartbeats import beating
from importer.models import Load
from importer.odoo.errors import OdooError
from importer.worker_names import own_name

logger = logging.getLogger(__name__)
_LEASE = timedelta(seconds=4)
_BEAT_SECONDS = 1.0


def is_last_look_due(run: GraphRun) -> bool:
    """Whether a load of this run was followed by another one and has not looked again yet."""
    if run.kind != RunKind.LOAD or run.dry_run:
        return False
    return bool(_waiting(nodes_of(run)))


def look_once_more(run: GraphRun) -> bool:
    """True when all loads have looked; False while another hand is at it, or the run is paused."""
    with run_lease(run.pk, "last-look") as is_ours:
        for node in _waiting(nodes_of(run)) if is_ours else ():
            _look(node)
    return is_ours


@contextmanager
def run_lease(run_id: UUID, what: str) -> Iterator[bool]:
    """Whether the run is running and this process alone is at what is done outside its lock. What
    ends in an error leaves the lease to run out."""
    if not _claim(run_id):
        yield False
        return
    with beating(partial(_prolong, run_id), f"{what}-{run_id}", every=_BEAT_SECONDS):
        yield True
    GraphRun.objects.filter(pk=run_id).update(lease_until=None)


def _waiting(nodes: list[NodeRun]) -> list[NodeRun]:
    """The load that ended last has just looked."""
    wrote = [node for node in nodes if node.load and _has_written(node.load) and node.load.ended_at]
    wrote.sort(key=lambda node: str(node.load and node.load.ended_at))
    return [node for node in wrote[:-1] if node.load and not loads.has_looked_again(node.load)]


def _has_written(load: Load) -> bool:
    return bool(load.created or load.updated or load.adopted)


def _look(node: NodeRun) -> None:
    reporter = RunReporter(node)
    if node.load is None:
        return
    try:
        loads.look_at_the_end(node.load, reporter=reporter, worker=own_name())
    except (OperationalError, InterfaceError):
        raise  # nothing may be concluded; dispatch sends another hand
    except (StowageError, OdooError) as error:
        _go_without(node.load, reporter, str(error))
    except Exception as error:
        # Hand after hand would meet it again, and the run would never end.
        logger.exception("The last look at load %s met a bug.", node.load.pk)
        _go_without(node.load, reporter, f"an error of Stowage itself ({type(error).__name__})")


def _go_without(load: Load, reporter: RunReporter, why: str) -> None:
    reporter.log(
        "warning",
        "What later nodes or people did to these records was not looked at, so a rollback "
        f"keeps what was changed: {why}",
    )
    loads.note_looked_again(load)


def _claim(run_id: UUID) -> bool:
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    held = GraphRun.objects.filter(free, pk=run_id, status=RunStatus.RUNNING)
    return bool(held.update(lease_until=timezone.now() + _LEASE))


def _prolong(run_id: UUID) -> bool:
    held = GraphRun.objects.filter(pk=run_id, lease_until__gte=Now())
    return bool(held.update(lease_until=Now() + _LEASE))
