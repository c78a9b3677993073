"""One program's process: start it, wait for it, notice its end, start it again.

What is killed now and then is back at once; only what keeps dying early waits longer each time.
"""

import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from config.embedded.processes import Identity, spawn
from config.embedded.program import Program

_FIRST_PAUSE = 0.25
# With a start of a few seconds this stays well below the 20 s in which work must go on.
_LONGEST_PAUSE = 5.0
_STEADY_AFTER = 10.0
_EARLY_DEATHS_FORGIVEN = 3


@dataclass(slots=True)
class Child:
    """``early_deaths`` are those in a row that came within ten seconds of a start."""

    program: Program
    logs: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    early_deaths: int = 0

    @property
    def log(self) -> Path:
        return self.logs / f"{self.program.name}.log"

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        self.program.clear_the_way()
        self.process = spawn(
            self.program.argv,
            log=self.log,
            env=self.program.env,
            cwd=self.program.cwd,
            popen_options=self.program.popen_options,
            dies_by=self.program.stop_signal,
        )
        self.started_at = time.monotonic()

    def wait_ready(self, seconds: float, *, gave_up: Callable[[], bool] = lambda: False) -> bool:
        """Whether the program became ready in time; False at once when it dies before."""
        deadline = time.monotonic() + seconds
        while self.is_alive and time.monotonic() < deadline and not gave_up():
            if self.program.is_ready():
                return True
            time.sleep(0.05)
        return False

    def note_death(self) -> int | None:
        """The exit code if the process has ended since the last look; plans the next start."""
        if self.process is None:
            return None
        code = self.process.poll()
        if code is None:
            return None
        now = time.monotonic()
        was_steady = now - self.started_at > _STEADY_AFTER
        self.early_deaths = 0 if was_steady else self.early_deaths + 1
        self.process = None
        self.due_at = now + self._pause()
        return code

    def _pause(self) -> float:
        """Seconds to stay down: grows from the fourth early death in a row."""
        doublings = max(0, self.early_deaths - _EARLY_DEATHS_FORGIVEN)
        return min(_FIRST_PAUSE * 2.0 ** min(doublings, 10), _LONGEST_PAUSE)

    def ask_to_stop(self) -> None:
        if self.is_alive and self.process is not None:
            self.process.send_signal(self.program.stop_signal)

    def wait_stopped(self, *, is_urgent: Callable[[], bool] = lambda: False) -> None:
        """Wait for the end that was asked for; kill the process when its time is over, and its
        own children with it, for they would go on alone."""
        deadline = time.monotonic() + self.program.stop_seconds
        while self.is_alive and time.monotonic() < deadline and not is_urgent():
            time.sleep(0.05)
        if self.is_alive and self.process is not None:
            family = psutil.Process(self.process.pid).children(recursive=True)
            self.process.kill()
            for member in family:
                with suppress(psutil.NoSuchProcess):
                    member.kill()
            self.process.wait()
        self.process = None

    def identity(self) -> Identity | None:
        return Identity.of(self.process.pid) if self.is_alive and self.process else None
