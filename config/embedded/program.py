"""What the supervisor keeps alive, as data."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def _no_check() -> bool:
    return True


def _nothing_in_the_way() -> None:
    return


@dataclass(frozen=True, slots=True)
class Program:
    """One process: how it starts, when it is ready, how it is asked to stop.

    ``is_ready`` is asked until it says so; ``stop_seconds`` after ``stop_signal`` it is killed.
    ``clear_the_way`` is called before each start: it ends what a killed predecessor left behind.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    popen_options: Mapping[str, Any] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    is_ready: Callable[[], bool] = _no_check
    clear_the_way: Callable[[], None] = _nothing_in_the_way
