"""A worker goes on when Valkey is killed and comes back: idle, and in the middle of a job."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue

from config.embedded.data_services import start_valkey, stop
from config.embedded.layout import Layout
from tests.processes import StartProcess, wait_until


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "var")


@pytest.fixture
def queue(layout: Layout) -> Iterator[Queue]:
    with Redis.from_url(layout.redis_url) as connection:
        yield Queue("runs", connection=connection)


@pytest.mark.parametrize("seconds_of_work", [0, 3])
def test_a_worker_outlives_a_killed_valkey(
    layout: Layout, queue: Queue, start_process: StartProcess, tmp_path: Path, seconds_of_work: int
) -> None:
    server = start_valkey(layout)
    worker = start_process("rqworker", "runs", env={"REDIS_URL": layout.redis_url})
    worker.wait_for("Listening on", 60)
    if seconds_of_work:
        queue.enqueue("time.sleep", seconds_of_work)
        wait_until(lambda: len(worker.family()) > 1)
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    wait_until(lambda: len(worker.family()) == 1)
    server = start_valkey(layout)
    done = tmp_path / "done"
    queue.enqueue("pathlib.Path.touch", done)
    wait_until(done.exists, 20)
    assert worker.process.poll() is None
    assert worker.stop() == 0
    stop([server])
