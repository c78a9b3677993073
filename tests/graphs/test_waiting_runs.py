"""A second run to the same connection is refused or waits, as it was asked to; those that wait
begin by themselves, in the order of their coming."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from graphs.choices import RunStatus
from graphs.dispatching import tick
from graphs.models import GraphRun
from graphs.runs import cancel_run, pause_run, resume_run, retry_run
from importer.errors import Busy
from tests.graphs.building import World, make_connection
from tests.graphs.scripted import ScriptedEngine
from tests.graphs.test_starting_runs import start

pytestmark = pytest.mark.django_db(transaction=True)


def fresh(run: GraphRun) -> GraphRun:
    return GraphRun.objects.get(pk=run.pk)


def test_a_run_that_may_wait_says_for_whom_and_begins_when_it_is_free(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    first = start(world)
    second = start(world, name="Second", on_busy="wait")
    assert (second.status, second.waiting_since is None) == (RunStatus.PENDING, False)
    assert f"in use by the run {first.pk.hex[:8]} of “Graph”" in second.error_message
    drain()
    for run in (first, second):
        assert fresh(run).status == RunStatus.COMPLETED
    ended, begun = fresh(first).ended_at, fresh(second).started_at
    assert ended is not None
    assert begun is not None
    assert begun >= ended
    assert (fresh(second).waiting_since, fresh(second).error_message) == (None, "")


def test_runs_wait_in_the_order_of_their_coming(
    world: World, engine: ScriptedEngine, drain: Any, asked: Any
) -> None:
    runs = [start(world)]
    runs += [start(world, name=f"Later {n}", on_busy="wait") for n in range(3)]
    asked.reverse()
    drain()
    begun = [fresh(run).started_at for run in runs]
    assert begun == sorted(begun)  # type: ignore[type-var]


def test_who_may_not_wait_is_refused_behind_those_who_do(
    world: World, engine: ScriptedEngine, drain: Any, asked: Any
) -> None:
    first = start(world)
    start(world, name="Second", on_busy="wait")
    GraphRun.objects.filter(pk=first.pk).update(status=RunStatus.COMPLETED)
    with pytest.raises(Busy, match="“Second”"):
        start(world, name="Third")
    asked.clear()  # the queue was flushed
    tick(timezone.now() + timedelta(minutes=1))
    drain()
    assert fresh(GraphRun.objects.get(version__graph__name="Second")).status == "completed"


def test_a_free_connection_is_not_waited_for(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    start(world, connection=make_connection(world.project, "Other"))
    run = start(world, name="Second", on_busy="wait")
    assert (run.waiting_since, run.error_message) == (None, "")
    dry = start(world, name="Dry", dry_run=True, on_busy="wait")
    assert dry.waiting_since is None


def test_a_waiting_run_is_cancelled_without_its_connection(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    first = start(world)
    second = start(world, name="Second", on_busy="wait")
    pause_run(first, by=world.operator)
    drain()
    assert fresh(second).status == RunStatus.PENDING
    cancel_run(second, by=world.operator)
    drain()
    assert fresh(second).status == RunStatus.CANCELLED
    assert fresh(first).status == RunStatus.PAUSED
    assert engine.opened == []
    third = start(world, name="Third", on_busy="wait")
    resume_run(first, by=world.operator)
    drain()
    assert [fresh(run).status for run in (first, third)] == ["completed", "completed"]


def test_a_waiting_run_is_quiet_for_dispatch(
    world: World, engine: ScriptedEngine, asked: Any
) -> None:
    start(world)
    second = start(world, name="Second", on_busy="wait")
    asked.clear()
    tick(timezone.now() + timedelta(minutes=1))
    assert ("advance", str(second.pk)) not in asked


def test_a_retry_may_wait_until_the_connection_is_free(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    first = start(world)
    drain()
    GraphRun.objects.filter(pk=first.pk).update(status=RunStatus.COMPLETED_WITH_ERRORS)
    second = start(world, name="Second")
    with pytest.raises(Busy, match="“Second”"):
        retry_run(fresh(first), by=world.operator)
    again = retry_run(fresh(first), by=world.operator, on_busy="wait")
    assert (again.status, again.attempt) == (RunStatus.PENDING, 2)
    assert "in use by the run" in again.error_message
    drain()
    assert [fresh(run).status for run in (second, first)] == ["completed", "completed"]
    ended = fresh(second).ended_at
    retried = fresh(first).ended_at
    assert ended is not None
    assert retried is not None
    assert retried >= ended
