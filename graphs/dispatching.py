"""Finds work that has no hands, from PostgreSQL alone, and asks for them. Never works itself; a
flushed queue costs seconds, a killed worker as well: a lease's length if it was on another machine.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError

from graphs.active import next_steps
from graphs.choices import NodeStatus, RehearsalState, RunStatus
from graphs.hands import ask_advance_again, ask_hands_again, ask_rehearsal_again
from graphs.models import GraphRun, NodeRun, Rehearsal
from graphs.progress import nodes_of
from graphs.states import node_states
from graphs.waiting import is_free_for
from importer import loads
from importer.background import ask_again
from importer.choices import LoadState

logger = logging.getLogger(__name__)
_AT_WORK = (NodeStatus.PREPARING, NodeStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class Asked:
    """How often one look had to ask."""

    advances: int = 0
    hands: int = 0


def tick(now: datetime) -> Asked:
    """One look at every unfinished run and job. Cheap: a handful of rows each."""
    _forget_the_gone()
    active = GraphRun.objects.filter(status__in=(RunStatus.PENDING, RunStatus.RUNNING))
    asked = [_look_safely(run, now) for run in active.select_related("version", "connection")]
    _look_at_rehearsals(now)
    ask_again(now)
    return Asked(sum(one.advances for one in asked), sum(one.hands for one in asked))


def _forget_the_gone() -> None:
    """Who died in the middle of it was asked, but will not answer."""
    lost = loads.end_leases_of_the_gone()
    if lost:
        NodeRun.objects.filter(load__in=lost).update(asked_at=None)


def _look_at_rehearsals(now: datetime) -> None:
    """A step is due when the run or rollback that a rehearsal waits for has ended."""
    open_ones = Rehearsal.objects.exclude(state__in=RehearsalState.ended())
    for one in open_ones.select_related("run", "rollback"):
        is_at_work = one.lease_until is not None and one.lease_until >= now
        waits_for = {"running": one.run, "undoing": one.rollback}.get(one.state)
        if not is_at_work and (waits_for is None or waits_for.is_finished):
            ask_rehearsal_again(one, now)


def _look_safely(run: GraphRun, now: datetime) -> Asked:
    """A bug met with one run must not take the hands from all others."""
    try:
        return _look(run, now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("Run %s could not be looked at.", run.pk)
        return Asked()


def _look(run: GraphRun, now: datetime) -> Asked:
    nodes = nodes_of(run)
    is_due = _is_step_due(run, nodes, now)
    advances = int(is_due and ask_advance_again(run, now))
    return Asked(advances, sum(_ask_for(node, now) for node in nodes))


def _is_step_due(run: GraphRun, nodes: list[NodeRun], now: datetime) -> bool:
    if run.waiting_since is not None and run.cancel_requested_at is None:
        return is_free_for(run)
    if run.checked_at is None and run.cancel_requested_at is None:
        return run.lease_until is None or run.lease_until < now
    if any(_has_ended_load(node) for node in nodes):
        return True
    is_cancelling = run.cancel_requested_at is not None
    steps = next_steps(node_states(run, nodes), is_cancelling=is_cancelling)
    return bool(steps.wind_down) or not steps.is_idle()


def _has_ended_load(node: NodeRun) -> bool:
    return (
        node.status in _AT_WORK and node.load is not None and node.load.state in LoadState.ended()
    )


def _ask_for(node: NodeRun, now: datetime) -> bool:
    if node.status not in _AT_WORK or node.load is None or _has_ended_load(node):
        return False
    return loads.hands_wanted(node.load, now) > 0 and ask_hands_again(node, now)
