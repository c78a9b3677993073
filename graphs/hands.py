"""Asks for hands: puts the next step of a run, or work on a node, on the queue. What is asked is
also written in PostgreSQL, so that dispatch knows when to ask again.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from graphs.models import GraphRun, NodeRun, Rehearsal
from importer.queueing import enqueue

ADVANCE = "graphs.jobs.advance"
WORK = "graphs.jobs.work"
REHEARSE = "graphs.jobs.rehearse"
PATIENCE = timedelta(seconds=2)
"""How long what was asked may take to be taken up before dispatch asks again."""


def ask_advance(run: GraphRun) -> None:
    """Ask for the run's next step, once this transaction commits."""
    GraphRun.objects.filter(pk=run.pk).update(asked_at=timezone.now())
    enqueue("runs", ADVANCE, str(run.pk))


def note_hand(node: NodeRun) -> None:
    """This process goes on with the node itself once the transaction commits; should it die before,
    dispatch asks for another hand."""
    NodeRun.objects.filter(pk=node.pk).update(asked_at=timezone.now())


def ask_hands(node: NodeRun, *, hands: int = 1) -> None:
    """Ask for hands on a node, once this transaction commits."""
    NodeRun.objects.filter(pk=node.pk).update(asked_at=timezone.now())
    for _ in range(hands):
        enqueue("runs", WORK, node.pk)


def ask_rehearsal(rehearsal: Rehearsal) -> None:
    """Ask for the rehearsal's next step, once this transaction commits."""
    Rehearsal.objects.filter(pk=rehearsal.pk).update(asked_at=timezone.now())
    enqueue("runs", REHEARSE, str(rehearsal.pk))


def ask_rehearsal_again(rehearsal: Rehearsal, now: datetime) -> bool:
    """Like :func:`ask_advance_again` for a rehearsal."""
    asked = Rehearsal.objects.filter(_is_overdue(now), pk=rehearsal.pk).update(asked_at=now)
    if asked:
        _enqueue_once(REHEARSE, str(rehearsal.pk))
    return bool(asked)


def ask_advance_again(run: GraphRun, now: datetime) -> bool:
    """The same for dispatch: not sooner than :data:`PATIENCE` after the last time, and by one
    dispatcher only. Whether it was asked."""
    asked = GraphRun.objects.filter(_is_overdue(now), pk=run.pk).update(asked_at=now)
    if asked:
        _enqueue_once(ADVANCE, str(run.pk))
    return bool(asked)


def ask_hands_again(node: NodeRun, now: datetime) -> bool:
    """Like :func:`ask_advance_again` for one hand on a node."""
    asked = NodeRun.objects.filter(_is_overdue(now), pk=node.pk).update(asked_at=now)
    if asked:
        _enqueue_once(WORK, node.pk)
    return bool(asked)


def _is_overdue(now: datetime) -> Q:
    return Q(asked_at=None) | Q(asked_at__lt=now - PATIENCE)


def _enqueue_once(function: str, argument: Any) -> None:
    # Without a worker the same call would pile up on the queue every few seconds.
    enqueue("runs", function, argument, once=True)
