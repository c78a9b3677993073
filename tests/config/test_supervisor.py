"""The supervisor keeps its children alive, stops them cleanly and survives being killed."""

import os
import signal

from config.embedded import postgres
from tests.config.conftest import SmallSupervisor
from tests.processes import wait_until


def test_a_killed_child_is_back_within_two_seconds(small_supervisor: SmallSupervisor) -> None:
    small_supervisor.start_ready()
    assert small_supervisor.seconds_down("one") < 2
    assert small_supervisor.living("two")


def test_a_child_that_dies_at_once_is_started_less_and_less_often(
    small_supervisor: SmallSupervisor,
) -> None:
    small_supervisor.start_ready()
    down = [small_supervisor.seconds_down("one") for _ in range(3)]
    assert down[0] < down[1] < down[2]


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
