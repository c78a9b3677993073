"""Small promises of the verbs: a target in use, resumed loads, chosen rows, honest percentages."""

from typing import Any

import pytest
from django.utils import timezone

from graphs import hands
from graphs.choices import LogLevel, NodeStatus, RunStatus
from graphs.journal import write_log
from graphs.models import Event, GraphRun, RunLog
from graphs.opening import open_node
from graphs.runs import cancel_run, resume_run, retry_run, start_run
from importer.errors import Busy
from importer.models import Load
from tests.graphs.building import World, make_version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(world: World, asked: Any) -> GraphRun:
    return start(world, "Graph")


def start(world: World, name: str, **more: Any) -> GraphRun:
    graph = make_version(world.project, {"a": {}, "b": {}}, ("a->b",), name=name).graph
    given = {"connection": world.connection, "dataset": world.dataset} | more
    return start_run(graph, by=world.operator, **given)


def test_a_retry_waits_for_a_target_in_use(run: GraphRun, world: World) -> None:
    GraphRun.objects.update(status=RunStatus.FAILED)
    other = start(world, "Second")
    run.refresh_from_db()
    with pytest.raises(Busy, match=other.pk.hex[:8]):
        retry_run(run, by=world.operator)


def test_resuming_takes_up_what_stalled(
    run: GraphRun, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    resumed: list[Load] = []
    monkeypatch.setattr("graphs.runs.resume_load", resumed.append)
    node = run.node_runs.get(node_id="a")
    open_node(run, node)
    GraphRun.objects.update(status=RunStatus.PAUSED)
    run.refresh_from_db()
    resume_run(run, by=world.operator)
    assert resumed == [node.load]


def test_a_node_loads_the_chosen_rows_only(world: World, asked: Any) -> None:
    run = start(world, "Chosen", keys={"a": ["K1"]})
    node = run.node_runs.get(node_id="a")
    open_node(run, node)
    assert node.status == NodeStatus.PREPARING
    assert node.load is not None
    assert node.load.keys == ['["K1"]']


def test_a_cancelled_run_is_not_at_a_hundred(run: GraphRun, world: World, drain: Any) -> None:
    cancel_run(run, by=world.operator)
    drain()
    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED
    assert run.percentage < 100


def test_a_secret_in_a_line_reaches_neither_log_nor_feed(run: GraphRun) -> None:
    write_log(run, LogLevel.ERROR, "It said password=hunter2-of-the-harbour.")
    line = RunLog.objects.latest("id")
    event = Event.objects.filter(run=run).latest("seq")
    assert line.message.startswith("It said password=•••")
    assert event.data["message"] == line.message


def test_dispatch_puts_no_second_call_on_the_queue(
    run: GraphRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[dict[str, Any]] = []
    monkeypatch.setattr("graphs.hands.enqueue", lambda *args, **more: said.append(more))
    later = timezone.now() + 2 * hands.PATIENCE
    assert hands.ask_advance_again(run, later)
    assert said == [{"once": True}]
