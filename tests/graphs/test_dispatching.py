"""Dispatch asks for the hands that are missing, from PostgreSQL alone, and not more often."""

import signal
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from graphs.choices import NodeStatus, RunStatus
from graphs.dispatching import Asked as Count, tick
from graphs.execution import advance_run
from graphs.models import GraphRun, GraphVersion, NodeRun
from graphs.runs import cancel_run, start_run
from importer.choices import LoadState
from importer.models import Load
from tests.graphs.building import World, make_connection, make_version
from tests.graphs.scripted import ScriptedEngine
from tests.processes import StartProcess

pytestmark = pytest.mark.django_db(transaction=True)
Asked = list[tuple[str, Any]]


def start(world: World) -> GraphRun:
    graph = make_version(world.project, {"a": {}, "b": {}}, ("a->b",)).graph
    return start_run(graph, by=world.operator, connection=world.connection, dataset=world.dataset)


def start_elsewhere(world: World) -> GraphRun:
    graph = make_version(world.project, {"a": {}}, name="Elsewhere").graph
    other = make_connection(world.project, "Other")
    return start_run(graph, by=world.operator, connection=other, dataset=world.dataset)


def later(seconds: float) -> Any:
    return timezone.now() + timedelta(seconds=seconds)


def test_what_was_just_asked_for_is_not_asked_again(
    world: World, engine: ScriptedEngine, asked: Asked
) -> None:
    start(world)
    asked.clear()
    assert tick(later(1)) == Count(0, 0)
    assert asked == []


def test_a_run_whose_step_was_lost_is_asked_for_again(
    world: World, engine: ScriptedEngine, asked: Asked
) -> None:
    run = start(world)
    asked.clear()  # the queue was flushed
    assert tick(later(6)) == Count(1, 0)
    assert asked == [("advance", str(run.pk))]
    assert tick(later(7)) == Count(0, 0)


def test_a_node_whose_hands_were_lost_gets_new_ones(
    world: World, engine: ScriptedEngine, asked: Asked
) -> None:
    run = start(world)
    advance_run(run.pk)
    asked.clear()
    node = NodeRun.objects.get(run=run, node_id="a")
    assert tick(later(6)) == Count(0, 1)
    assert asked == [("work", node.pk)]


def test_a_node_that_wants_no_hands_gets_none(
    world: World, engine: ScriptedEngine, asked: Asked
) -> None:
    run = start(world)
    advance_run(run.pk)
    asked.clear()
    engine.wanted["x.a"] = 0
    assert tick(later(6)) == Count(0, 0)


def test_a_load_that_ended_while_its_worker_died_is_noticed(
    world: World, engine: ScriptedEngine, asked: Asked
) -> None:
    run = start(world)
    advance_run(run.pk)
    asked.clear()
    Load.objects.update(state=LoadState.DONE, created=1)
    tick(later(6))
    assert asked == [("advance", str(run.pk))]
    advance_run(run.pk)
    assert NodeRun.objects.get(run=run, node_id="a").status == NodeStatus.COMPLETED


def test_a_cancel_that_nobody_heard_is_asked_for_again(
    world: World, engine: ScriptedEngine, asked: Asked
) -> None:
    run = start(world)
    advance_run(run.pk)
    engine.wanted["x.a"] = 0
    cancel_run(run, by=world.operator)
    asked.clear()
    assert tick(later(6)).advances == 1


def test_a_check_under_way_is_left_alone_until_its_lease_is_over(
    world: World, engine: ScriptedEngine, asked: Asked
) -> None:
    run = start(world)
    GraphRun.objects.update(status=RunStatus.RUNNING, lease_until=later(15))
    asked.clear()
    assert tick(later(6)) == Count(0, 0)
    assert tick(later(16)) == Count(1, 0)
    assert asked == [("advance", str(run.pk))]


def test_a_bug_met_with_one_run_does_not_take_the_hands_from_others(
    world: World, engine: ScriptedEngine, asked: Asked
) -> None:
    broken, whole = start(world), start_elsewhere(world)
    GraphVersion.objects.filter(runs=broken).update(frozen={})
    GraphRun.objects.update(checked_at=timezone.now(), status=RunStatus.RUNNING)
    asked.clear()
    assert tick(later(6)) == Count(1, 0)
    assert asked == [("advance", str(whole.pk))]


@pytest.mark.parametrize("status", [RunStatus.PAUSED, RunStatus.COMPLETED, RunStatus.ROLLING_BACK])
def test_runs_that_wait_for_a_person_or_have_ended_are_left_alone(
    world: World, engine: ScriptedEngine, asked: Asked, status: str
) -> None:
    start(world)
    GraphRun.objects.update(status=status)
    assert tick(later(60)) == Count(0, 0)


def test_the_command_looks_once_and_says_what_it_asked(
    world: World, engine: ScriptedEngine, asked: Asked, capsys: Any
) -> None:
    start(world)
    GraphRun.objects.update(asked_at=None)
    call_command("dispatch", "--once", "--json")
    assert capsys.readouterr().out.strip() == '{"advances": 1, "hands": 0}'


def test_the_process_ends_cleanly_when_it_is_told_to(start_process: StartProcess) -> None:
    process = start_process("dispatch", "--every", "0.2")
    process.wait_for("Dispatching every")
    process.process.send_signal(signal.SIGTERM)
    assert process.process.wait(10) == 0
    assert "has ended" in process.output
