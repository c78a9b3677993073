"""One program's process: start it, wait for it, notice its end, start it again with back-off."""

import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from config.embedded.processes import Identity, spawn
from config.embedded.program import Program

_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 15.0
_STEADY_AFTER = 10.0


@dataclass(slots=True)
class Child:
    """``pause`` is how long it stays down after its next death; it grows while starts fail."""

    program: Program
    logs: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    pause: float = field(default=_FIRST_PAUSE)

    @property
    def log(self) -> Path:
        return self.logs / f"{self.program.name}.log"

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
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
        if now - self.started_at > _STEADY_AFTER:
            self.pause = _FIRST_PAUSE
        self.process = None
        self.due_at = now + self.pause
        self.pause = min(self.pause * 2, _LONGEST_PAUSE)
        return code

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
