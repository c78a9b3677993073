"""Starting and stopping a checkout's supervisor from outside."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from config.embedded.errors import ServiceError
from config.embedded.layout import Layout
from config.embedded.leftovers import end_leftovers
from config.embedded.processes import end
from config.embedded.state import State, only_supervisor, read_state

_UP_SECONDS = 180.0
_DOWN_SECONDS = 120.0


def start(layout: Layout, argv: Sequence[str], folder: Path) -> State:
    """Run the supervisor ``argv`` in the background; returns when it is ready to serve.

    One that runs already is left as it is.
    """
    state = read_state(layout)
    if state is not None and state.is_alive and state.phase == "ready":
        return state
    layout.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = layout.logs / "supervisor.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv,
            cwd=folder,
            env=os.environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return _wait_ready(layout, process, log)


def _wait_ready(layout: Layout, process: subprocess.Popen[bytes], log: Path) -> State:
    deadline = time.monotonic() + _UP_SECONDS
    while time.monotonic() < deadline:
        state = read_state(layout)
        if state and state.phase == "ready" and state.supervisor.pid == process.pid:
            return state
        if process.poll() is not None:
            raise ServiceError(log.read_text(encoding="utf-8").strip())
        time.sleep(0.1)
    process.terminate()
    raise ServiceError(f"Stowage did not come up in {_UP_SECONDS:.0f} s; {layout.logs} tells more.")


def stop(layout: Layout) -> bool:
    """Stop the checkout's supervisor and all it runs; whether there was anything to stop."""
    state = read_state(layout)
    if state is None:
        return False
    was_alive = state.is_alive
    if was_alive:
        end(state.supervisor, signal.SIGTERM, seconds=_DOWN_SECONDS)
    with only_supervisor(layout):
        left = end_leftovers(layout)
    return was_alive or bool(left)
