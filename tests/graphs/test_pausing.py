"""A run is paused and cancelled within one batch, and goes on where it was paused."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command

from graphs.choices import RunStatus
from graphs.dispatching import tick
from graphs.models import GraphRun
from graphs.runs import cancel_run, pause_run, resume_run, start_run
from importer.engine import send_step, sending
from importer.errors import NotAllowed, Refused
from importer.models import Attempt, Project
from tests.graphs.building import World
from tests.graphs.harbour import Harbour, harbour
from tests.graphs.scripted import ScriptedEngine
from tests.graphs.test_rolling_back import loaded
from tests.graphs.test_starting_runs import start

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port(project: Project, asked: Any) -> Iterator[Harbour]:
    with harbour(project) as made:
        yield made


@pytest.fixture
def after_batch(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], Any]], None]:
    """Lets something happen while the n-th batch is under way."""
    work = sending.work_batch
    done = 0

    def order(number: int, deed: Callable[[], Any]) -> None:
        def worked(*args: Any) -> None:
            nonlocal done
            done += 1
            if done == number:
                deed()
            work(*args)

        monkeypatch.setattr(send_step, "work_batch", worked)

    return order


@pytest.mark.timeout(240)
def test_a_pause_stops_within_one_batch_and_resume_goes_on_where_it_was(
    port: Harbour, drain: Any, after_batch: Any
) -> None:
    run = start_run(port.graph, by=port.admin)
    after_batch(3, lambda: pause_run(run, by=port.admin))
    drain()
    run.refresh_from_db()
    assert (run.status, run.error_message) == (RunStatus.PAUSED, "Paused by harbour-master.")
    assert Attempt.objects.count() == 3
    assert Attempt.objects.filter(ended_at=None).count() == 0
    writes = port.writes()
    tick(run.created_at)
    assert drain() == 0
    assert port.writes() == writes
    resume_run(run, by=port.admin)
    drain()
    run.refresh_from_db()
    assert run.status in (RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS)
    assert all(port.is_one_of_each(model) for model in ("res.partner", "sale.order"))
    first = [one.started_at for one in run.node_runs.order_by("position")]
    assert None not in first


@pytest.mark.timeout(240)
def test_a_cancel_stops_within_one_batch(port: Harbour, drain: Any, after_batch: Any) -> None:
    run = start_run(port.graph, by=port.admin)
    after_batch(3, lambda: cancel_run(run, by=port.admin))
    drain()
    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED
    assert Attempt.objects.count() == 3
    assert Attempt.objects.filter(ended_at=None).count() == 0


def test_a_run_that_has_not_begun_is_paused_and_begins_later(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    run = start(world)
    pause_run(run, by=world.operator)
    drain()
    assert engine.opened == []
    resume_run(run, by=world.operator)
    drain()
    run.refresh_from_db()
    assert run.status == RunStatus.COMPLETED


def test_what_cannot_be_paused_says_why(
    world: World, engine: ScriptedEngine, drain: Any, make_member: Any
) -> None:
    with pytest.raises(Refused, match="Completed"):
        pause_run(loaded(world, drain), by=world.operator)
    run = start(world, name="Second")
    with pytest.raises(NotAllowed):
        pause_run(run, by=make_member("viewer", project=world.project))
    waiting = start(world, name="Third", on_busy="wait")
    with pytest.raises(Refused, match="waits for its connection"):
        pause_run(waiting, by=world.operator)
    cancel_run(run, by=world.operator)
    with pytest.raises(Refused, match="being cancelled"):
        pause_run(run, by=world.operator)


def test_commands_pause_and_resume(world: World, engine: ScriptedEngine, capsys: Any) -> None:
    run = start(world)
    who = f"--user={world.operator.username}"
    call_command("run_pause", run.pk.hex, who)
    assert GraphRun.objects.get().status == RunStatus.PAUSED
    call_command("run_resume", run.pk.hex, who)
    assert GraphRun.objects.get().status == RunStatus.RUNNING
    assert "Paused" in capsys.readouterr().out
