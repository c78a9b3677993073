"""The supervisor keeps its children alive, stops them cleanly and survives being killed."""

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from config.embedded import postgres
from config.embedded.child import Child
from config.embedded.program import Program
from tests.config.conftest import SmallSupervisor
from tests.processes import wait_until


def test_a_child_that_is_killed_now_and_then_is_back_within_a_second_each_time(
    small_supervisor: SmallSupervisor,
) -> None:
    small_supervisor.start_ready()
    assert [down for _ in range(3) if (down := small_supervisor.seconds_down("one")) > 1] == []
    assert small_supervisor.living("two")


def test_only_a_child_that_keeps_dying_waits_longer_each_time_and_never_long(
    tmp_path: Path,
) -> None:
    child = Child(Program("broken", (sys.executable, "-c", "raise SystemExit(3)")), tmp_path)
    pauses = []
    for _ in range(10):
        child.start()
        assert child.process is not None
        child.process.wait(20)
        before = time.monotonic()
        assert child.note_death() == 3
        pauses.append(child.due_at - before)
    assert pauses == pytest.approx([0.25, 0.25, 0.25, 0.5, 1, 2, 4, 5, 5, 5], abs=0.2)


def test_a_child_that_has_lived_for_long_is_forgiven_its_early_deaths(tmp_path: Path) -> None:
    child = Child(Program("old", (sys.executable, "-c", "")), tmp_path, early_deaths=9)
    child.start()
    assert child.process is not None
    child.process.wait(20)
    child.started_at -= 60
    before = time.monotonic()
    assert child.note_death() == 0
    assert child.due_at - before < 0.3


def test_stopping_asks_every_child_and_leaves_none(small_supervisor: SmallSupervisor) -> None:
    children = small_supervisor.start_ready().processes
    logs = [small_supervisor.layout.logs / f"{name}.log" for name in children]
    wait_until(lambda: all("at work" in log.read_text() for log in logs))
    supervisor = small_supervisor.started[0]
    supervisor.terminate()
    assert supervisor.wait(20) == 0
    assert [child for child in children.values() if child.process()] == []
    assert all("asked to stop" in log.read_text() for log in logs)
    assert not small_supervisor.layout.state_file.exists()


def test_a_second_supervisor_on_the_same_folder_is_refused(
    small_supervisor: SmallSupervisor,
) -> None:
    small_supervisor.start_ready()
    second = small_supervisor.start()
    _, said = second.communicate(timeout=20)
    assert second.returncode == 1
    assert "already runs from this folder" in said
    assert small_supervisor.living("one")


def test_a_program_that_cannot_run_stops_the_start_with_its_log(
    small_supervisor: SmallSupervisor,
) -> None:
    supervisor = small_supervisor.start("broken")
    _, said = supervisor.communicate(timeout=30)
    assert supervisor.returncode == 1
    assert "The process “broken” did not come up" in said
    assert "no such thing" in said
    assert not small_supervisor.layout.state_file.exists()


def test_children_do_not_outlive_a_killed_supervisor(small_supervisor: SmallSupervisor) -> None:
    children = small_supervisor.start_ready().processes.values()
    small_supervisor.started[0].kill()
    wait_until(lambda: not any(child.process() for child in children), 10)


def test_a_killed_supervisor_is_followed_by_one_that_finds_all_data(
    small_supervisor: SmallSupervisor,
) -> None:
    small_supervisor.start_ready("data")
    layout = small_supervisor.layout
    with postgres.connect(layout) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    small_supervisor.started[0].kill()
    small_supervisor.start_ready("data")
    with postgres.connect(layout) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_killed_database_server_comes_back_with_its_rows(
    small_supervisor: SmallSupervisor,
) -> None:
    server = small_supervisor.start_ready("data").processes["postgres"]
    layout = small_supervisor.layout
    with postgres.connect(layout) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: small_supervisor.living("postgres") not in (None, server), 5)
    wait_until(lambda: postgres.answers(layout), 10)
    with postgres.connect(layout) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_database_server_comes_back_although_a_child_of_the_killed_one_does_not_notice(
    small_supervisor: SmallSupervisor,
) -> None:
    server = small_supervisor.start_ready("data").processes["postgres"]
    layout = small_supervisor.layout
    children = psutil.Process(server.pid).children()
    children[0].suspend()  # as one that is busy with a recovery
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: small_supervisor.living("postgres") not in (None, server), 5)
    wait_until(lambda: postgres.answers(layout), 5)
    assert not children[0].is_running()
