"""What a supervisor tells the other processes of its checkout: one small file and one lock."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Literal

from config.embedded.errors import ServiceError
from config.embedded.layout import Layout
from config.embedded.processes import Identity

Phase = Literal["starting", "ready", "stopping"]


@dataclass(frozen=True, slots=True)
class State:
    """``processes`` are the supervisor's children by name; ``web`` is the address of the site."""

    phase: Phase
    supervisor: Identity
    web: str = ""
    database: str = ""
    queue: str = ""
    processes: dict[str, Identity] = field(default_factory=dict)

    @property
    def is_alive(self) -> bool:
        return self.supervisor.process() is not None


def write_state(layout: Layout, state: State) -> None:
    """Replace the file in one step, so that a reader never sees half of it."""
    layout.state_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = layout.state_file.with_suffix(".new")
    draft.write_text(json.dumps(asdict(state), indent=2) + "\n", encoding="utf-8")
    draft.replace(layout.state_file)


def read_state(layout: Layout) -> State | None:
    """The last state written, also by a supervisor that has died; None when there is none."""
    try:
        known = json.loads(layout.state_file.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    processes = {name: Identity(**who) for name, who in known.pop("processes").items()}
    return State(supervisor=Identity(**known.pop("supervisor")), processes=processes, **known)


@contextmanager
def only_supervisor(layout: Layout) -> Iterator[None]:
    """Hold the checkout's lock; the system frees it however the holder ends."""
    layout.lock_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(layout.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        state = read_state(layout)
        where = f" at {state.web}" if state and state.web else ""
        raise ServiceError(
            f"Stowage already runs from this folder{where}. `make down` stops it."
        ) from None
    else:
        yield
    finally:
        os.close(descriptor)
