"""A hand that sleeps before its first call of a run, and is woken when it is too late."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from benchmarks.own_stowage import ROOT
from graphs.models import GraphRun


@dataclass(frozen=True, slots=True)
class Orphan:
    """A hand that sleeps before its first call, once it has got work."""

    process: subprocess.Popen[str]

    def wait(self, seconds: float = 60) -> None:
        """Until it sleeps, or the time is over."""
        until = time.monotonic() + seconds
        while not self._is_asleep() and self.process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)

    def _is_asleep(self) -> bool:
        return bool(psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED)

    def wake(self) -> bool:
        """Let it go on and wait for its end. Whether it had been asleep."""
        was_asleep = self._is_asleep()
        self.process.send_signal(signal.SIGCONT)
        self.process.wait(120)
        return was_asleep


@contextmanager
def orphan(run: GraphRun) -> Iterator[Orphan]:
    command = [sys.executable, "-m", "benchmarks.orphan", str(run.pk)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, text=True) as process:
        try:
            yield Orphan(process)
        finally:
            if process.poll() is None:
                process.kill()
