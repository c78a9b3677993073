"""Real subprocesses for tests: `manage.py ...` attached to the test's database and Valkey."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.own_services import PROJECT


@dataclass(slots=True)
class ManageProcess:
    """One running command; what it prints is in ``log``."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def family(self) -> list[psutil.Process]:
        """The process and everything below it, such as a worker's work-horse."""
        try:
            parent = psutil.Process(self.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def kill_all(self) -> None:
        """kill -9 for the process and its children, as if the machine had lost power."""
        self._signal_all(signal.SIGKILL)
        self.process.wait(10)

    def stop(self, seconds: float = 10) -> int:
        """Ask it to end; kill it and its children when the time is over. Returns the exit code."""
        family = self.family()
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill_all()
        for child in family[1:]:
            if child.is_running():
                child.kill()
        return self.process.wait(10)

    def wait_for(self, text: str, seconds: float = 30) -> None:
        """Wait until the output holds the text; fail with the output when it does not come."""
        wait_until(lambda: text in self.output or self.process.poll() is not None, seconds)
        assert text in self.output, f"never printed “{text}”:\n{self.output}"

    def _signal_all(self, how: signal.Signals) -> None:
        for process in self.family():
            process.send_signal(how)


StartProcess = Callable[..., ManageProcess]


@contextmanager
def manage_processes(folder: Path) -> Iterator[StartProcess]:
    """Gives a function that starts `manage.py *argv`; all of them end with the block.

    ``program`` stands in for `manage.py` where it is another module's command line.
    """
    running: list[ManageProcess] = []

    def start(
        *argv: str,
        program: Sequence[str] = ("manage.py",),
        env: Mapping[str, str] | None = None,
    ) -> ManageProcess:
        log = folder / f"process-{len(running)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, *program, *argv],
                cwd=PROJECT,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running.append(ManageProcess(process, log))
        return running[-1]

    try:
        yield start
    finally:
        for process in running:
            process.stop()


def start_site(start: StartProcess, **env: str) -> str:
    """A real web process (HTTP and sockets) on a port of its own; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web = ("config.asgi:application", "--lifespan", "on", "--no-access-log", "--port", str(port))
    process = start(*web, program=("-m", "uvicorn"), env=env)
    process.wait_for("Uvicorn running on")
    return f"http://localhost:{port}"


def wait_until(is_so: Callable[[], bool], seconds: float = 20, every: float = 0.1) -> None:
    """Wait until ``is_so()``; an AssertionError when it is not in time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(every)
