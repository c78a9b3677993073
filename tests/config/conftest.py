"""A real supervisor over tiny programs, in a folder of the test's own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.embedded.layout import Layout
from config.embedded.leftovers import end_leftovers
from config.embedded.processes import Identity
from config.embedded.state import State, read_state
from tests.own_services import PROJECT
from tests.processes import wait_until


class SmallSupervisor:
    """Starts supervisors on one folder, at most one of them is meant to live."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.started: list[subprocess.Popen[str]] = []

    def start(self, *options: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.config.small_supervisor", str(self.layout.var), *options],
            cwd=PROJECT,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def start_ready(self, *options: str) -> State:
        process = self.start(*options)

        def is_ready() -> bool:
            assert process.poll() is None, process.communicate()
            state = read_state(self.layout)
            return (
                state is not None and state.phase == "ready" and state.supervisor.pid == process.pid
            )

        wait_until(is_ready, 60)
        return self.state()

    def state(self) -> State:
        state = read_state(self.layout)
        assert state is not None
        return state

    def living(self, name: str) -> Identity | None:
        """The named child if it is listed and alive."""
        identity = self.state().processes.get(name)
        return identity if identity is not None and identity.process() else None

    def seconds_down(self, name: str) -> float:
        """kill -9 the child; how long until another stands in for it."""
        victim = self.living(name)
        assert victim is not None
        os.kill(victim.pid, signal.SIGKILL)
        killed_at = time.monotonic()
        wait_until(lambda: self.living(name) not in (None, victim), 20, every=0.02)
        return time.monotonic() - killed_at

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=40)
        end_leftovers(self.layout)


@pytest.fixture
def small_supervisor(tmp_path: Path) -> Iterator[SmallSupervisor]:
    supervisor = SmallSupervisor(Layout(tmp_path / "var"))
    yield supervisor
    supervisor.end()
