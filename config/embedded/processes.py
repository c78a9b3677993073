"""Starting, recognising and ending processes by id, never by name."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

_BIG_LOG = 10 * 1024 * 1024
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Identity:
    """A process that cannot be mistaken for a later one that got the same id."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "Identity":
        return cls(pid, psutil.Process(pid).create_time())

    def process(self) -> psutil.Process | None:
        """The living process, or None when it has ended or is only waiting to be reaped."""
        try:
            found = psutil.Process(self.pid)
            if found.status() == psutil.STATUS_ZOMBIE:
                return None
            return found if abs(found.create_time() - self.started) < 1 else None
        except psutil.NoSuchProcess:
            return None


def spawn(
    argv: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    popen_options: Mapping[str, Any] | None = None,
    dies_by: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, its output appended to ``log``.

    It gets ``dies_by`` when we die without saying so, where the system can do that.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _BIG_LOG:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_die_with_parent(dies_by, os.getpid()),
            **(popen_options or {}),
        )


def _die_with_parent(dies_by: signal.Signals, parent: int) -> Callable[[], None] | None:
    if _libc is None:
        return None

    def ask_kernel() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(dies_by))
        if os.getppid() != parent:
            os.kill(os.getpid(), dies_by)

    return ask_kernel


def end(identity: Identity, how: signal.Signals, *, seconds: float) -> None:
    """Ask a process to end, wait for it, and kill it when the time is over."""
    process = identity.process()
    if process is None:
        return
    try:
        process.send_signal(how)
        deadline = time.monotonic() + seconds
        while identity.process() is not None and time.monotonic() < deadline:
            time.sleep(0.05)
        if identity.process() is not None:
            process.kill()
            process.wait(5)
    except psutil.NoSuchProcess:
        return


def tail(log: Path, lines: int = 5) -> str:
    """The last lines of a log, for an error that must show why."""
    if not log.exists():
        return "(no log)"
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
