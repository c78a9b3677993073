"""What a run does while its nodes work: order, ends, errors, cancel, pause, retry, progress."""

from typing import Any

import pytest

from graphs import jobs
from graphs.choices import EventKind, LogLevel, NodeStatus, RunStatus
from graphs.execution import advance_run, work_node
from graphs.models import Event, GraphRun, NodeRun, RunLog
from graphs.progress import progress_of
from graphs.runs import cancel_run, resume_run, retry_run, start_run
from importer.errors import Refused
from importer.loads import Work
from importer.models import Load
from importer.odoo.errors import KeyRefused
from importer.reporting import Reporter
from tests.graphs.building import World, make_version, statuses
from tests.graphs.scripted import ScriptedEngine, advance_counters, finish

pytestmark = pytest.mark.django_db(transaction=True)
C, E = NodeStatus.COMPLETED, NodeStatus.COMPLETED_WITH_ERRORS
F, B = NodeStatus.FAILED, NodeStatus.BLOCKED


def start(world: World, *edges: str, **nodes: Any) -> GraphRun:
    nodes = nodes or {"a": {}, "b": {}, "c": {}}
    graph = make_version(world.project, nodes, edges).graph
    return start_run(graph, by=world.operator, connection=world.connection, dataset=world.dataset)


def ended(run: GraphRun) -> GraphRun:
    run.refresh_from_db()
    return run


def test_nodes_run_in_order_and_the_run_completes(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    run = start(world, "a->b", "b->c")
    drain()
    assert engine.opened == ["x.a", "x.b", "x.c"]
    assert ended(run).status == RunStatus.COMPLETED
    assert run.percentage == 100
    assert run.started_at and run.ended_at
    assert set(statuses(run).values()) == {C}


def test_one_hand_goes_on_from_node_to_node_without_the_queue(
    world: World, engine: ScriptedEngine, asked: list[tuple[str, Any]]
) -> None:
    run = start(world, "a->b", "b->c")
    asked.clear()
    jobs.advance(str(run.pk))
    assert engine.worked == ["x.a", "x.b", "x.c"]
    assert ended(run).status == RunStatus.COMPLETED
    assert asked == []


def test_nodes_that_may_start_together_get_a_hand_each(
    world: World, engine: ScriptedEngine, asked: list[tuple[str, Any]]
) -> None:
    run = start(world, "a->c", "b->c")
    asked.clear()
    mine = advance_run(run.pk)
    nodes = {node.node_id: node for node in NodeRun.objects.filter(run=run)}
    assert mine == nodes["a"].pk
    assert asked == [("work", nodes["b"].pk)]
    assert nodes["a"].asked_at is not None


def test_a_hand_whose_time_is_over_leaves_the_next_node_to_another(
    world: World, engine: ScriptedEngine, asked: list[tuple[str, Any]]
) -> None:
    run = start(world, "a->b", a={}, b={})
    asked.clear()
    mine = advance_run(run.pk)
    assert mine is not None
    work_node(mine, seconds=1e-9)
    assert (engine.worked, asked) == ([], [("work", mine)])


def test_more_work_is_asked_for_until_the_load_has_ended(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    slices = iter([Work.WORKED_MORE_LEFT, Work.WORKED_MORE_LEFT])

    def work(load: Load, reporter: Reporter) -> Work:
        more = next(slices, None)
        return more or finish(load, reporter, created=1)

    engine.scripts["x.a"] = work
    run = start(world, a={})
    drain()
    assert engine.worked.count("x.a") >= 3
    assert ended(run).status == RunStatus.COMPLETED


def test_bad_rows_end_the_run_with_errors_and_children_still_run(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    engine.rows("a", created=8, failed=2)
    engine.rows("b", created=15, blocked=5)
    run = start(world, "a->b", a={}, b={})
    drain()
    assert statuses(run) == {"a": E, "b": E}
    assert ended(run).status == RunStatus.COMPLETED_WITH_ERRORS
    assert "2 rows failed, 5 were blocked" in run.error_message


def test_a_run_of_which_nothing_arrived_has_failed(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    engine.rows("a", failed=10)
    engine.rows("b", blocked=20)
    run = start(world, "a->b", a={}, b={})
    drain()
    assert ended(run).status == RunStatus.FAILED


def test_a_node_that_halts_stops_what_comes_after(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    engine.rows("a", created=9, failed=1)
    run = start(world, "a->b", "b->c", a={"onError": "halt"}, b={}, c={})
    drain()
    assert statuses(run) == {"a": E, "b": B, "c": B}
    assert ended(run).status == RunStatus.FAILED
    assert engine.opened == ["x.a"]


def test_passing_the_threshold_stops_the_node_and_says_so(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    def work(load: Load, reporter: Reporter) -> Work:
        advance_counters(load, reporter, created=5, failed=3)
        assert reporter.is_stopping()
        return Work.WORKED_MORE_LEFT

    engine.scripts["x.a"] = work
    run = start(world, "a->b", a={"maxErrors": 2}, b={})
    drain()
    assert statuses(run) == {"a": F, "b": B}
    assert ended(run).status == RunStatus.FAILED
    node = NodeRun.objects.get(run=run, node_id="a")
    assert "3 rows failed, more than the 2 allowed" in node.error_message


def test_a_refusal_fails_the_node_with_its_sentence_and_siblings_go_on(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    def refuse(load: Load, reporter: Reporter) -> Work:
        raise Refused("The sheet is gone. Upload it again.")

    engine.scripts["x.a"] = refuse
    run = start(world, a={}, b={})
    drain()
    assert statuses(run) == {"a": F, "b": C}
    assert ended(run).status == RunStatus.COMPLETED_WITH_ERRORS
    assert "The sheet is gone" in run.error_message
    assert RunLog.objects.filter(run=run, traceback="", message__contains="is gone").exists()


def test_a_bug_is_errored_with_a_traceback_in_the_log_and_none_for_the_user(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    def break_down(load: Load, reporter: Reporter) -> Work:
        raise ZeroDivisionError("deep inside")

    engine.scripts["x.a"] = break_down
    run = start(world, "a->b", a={}, b={}, c={})
    drain()
    assert statuses(run) == {"a": NodeStatus.ERRORED, "b": B, "c": C}
    assert ended(run).status == RunStatus.ERRORED
    assert "deep inside" not in run.error_message
    line = RunLog.objects.get(run=run, error_type="ZeroDivisionError")
    assert "deep inside" in line.traceback
    assert line.level == LogLevel.ERROR


def test_a_refused_key_pauses_the_run_and_fails_nothing(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    def refuse(load: Load, reporter: Reporter) -> Work:
        raise KeyRefused("The key has expired. Enter a new one.")

    engine.scripts["x.a"] = refuse
    run = start(world, "a->b", a={}, b={})
    drain()
    assert ended(run).status == RunStatus.PAUSED
    assert "key has expired" in run.error_message
    assert statuses(run) == {"a": NodeStatus.PREPARING, "b": NodeStatus.PENDING}
    engine.rows("a", created=1)
    resume_run(run, by=world.operator)
    drain()
    assert ended(run).status == RunStatus.COMPLETED


def test_cancelling_waits_until_what_is_in_doubt_is_settled(
    world: World, engine: ScriptedEngine, drain: Any, asked: Any
) -> None:
    engine.in_doubt.add("x.a")

    def work(load: Load, reporter: Reporter) -> Work:
        advance_counters(load, reporter, created=3)
        if reporter.is_stopping():
            engine.in_doubt.clear()
        return Work.NOTHING_FREE

    engine.scripts["x.a"] = work
    run = start(world, "a->b", a={}, b={})
    drain()
    cancel_run(run, by=world.operator)
    advance_run(run.pk)
    assert statuses(run) == {"a": NodeStatus.RUNNING, "b": NodeStatus.CANCELLED}
    assert ended(run).status == RunStatus.RUNNING
    work_node(NodeRun.objects.get(run=run, node_id="a").pk)
    drain()
    assert statuses(run) == {"a": NodeStatus.CANCELLED, "b": NodeStatus.CANCELLED}
    assert ended(run).status == RunStatus.CANCELLED
    with pytest.raises(Refused, match="ended already"):
        cancel_run(run, by=world.operator)


def test_a_retry_takes_up_only_nodes_that_did_not_arrive_parents_first(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    engine.rows("a", created=8, failed=2)
    engine.rows("b", created=15, blocked=5)
    run = start(world, "a->b", "b->c")
    drain()
    engine.rows("a", created=10)
    engine.rows("b", created=20)
    engine.opened.clear()
    retried = retry_run(run, by=world.operator)
    assert retried.attempt == 2
    assert retried.status == RunStatus.PENDING
    drain()
    assert engine.opened == []
    assert engine.retried == ["x.a", "x.b"]
    assert ended(run).status == RunStatus.COMPLETED
    assert run.error_message == ""
    with pytest.raises(Refused, match="Only a run that ended with errors"):
        retry_run(run, by=world.operator)


def test_the_percentage_counts_rows_and_never_falls(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    seen: list[float] = []

    def work(load: Load, reporter: Reporter) -> Work:
        for created, total in ((2, 0), (5, 0), (5, 100), (50, 100)):
            advance_counters(load, reporter, created=created, rows_total=total)
            seen.append(GraphRun.objects.get().percentage)
        return finish(load, reporter, created=100)

    engine.scripts["x.a"] = work
    run = start(world, a={}, b={})  # sheets of 10 and 20 rows
    drain()
    assert seen == sorted(seen)
    assert seen[0] == pytest.approx(6.7)
    assert max(seen) < 100
    assert ended(run).percentage == 100


def test_progress_has_the_shape_that_the_api_promises(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    def work(load: Load, reporter: Reporter) -> Work:
        advance_counters(load, reporter, created=4)
        return Work.NOTHING_FREE

    engine.scripts["x.a"] = work
    run = start(world, "a->b", a={}, b={})
    drain()
    shown = progress_of(ended(run))
    assert shown["status"] == "running"
    progress = shown["progress"]
    assert (progress["current_node"], progress["current_index"]) == ("a", 1)
    assert progress["total_nodes"] == 2
    assert progress["nodes"][0] | {"error_message": ""} == {
        "id": "a",
        "model": "x.a",
        "status": "running",
        "rows_done": 4,
        "rows_total": 10,
        "created": 4,
        "updated": 0,
        "adopted": 0,
        "unchanged": 0,
        "skipped": 0,
        "archived": 0,
        "failed": 0,
        "blocked": 0,
        "stubs": 0,
        "error_message": "",
    }
    assert shown["completed_at"] is None
    assert shown["stats"]["nodes_executed"] == 0


def test_events_are_numbered_without_gaps_and_carry_the_counters(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    run = start(world, "a->b", a={}, b={})
    drain()
    events = list(Event.objects.filter(run=run).order_by("seq"))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    batch = next(event for event in events if event.kind == EventKind.BATCH)
    assert (batch.node_id, batch.data["created"]) == ("a", 2)
    assert events[-1].data["status"] == RunStatus.COMPLETED


def test_doing_a_step_twice_changes_nothing(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    run = start(world, a={})
    drain()
    events = Event.objects.count()
    advance_run(run.pk)
    work_node(NodeRun.objects.get(run=run).pk)
    assert Event.objects.count() == events
