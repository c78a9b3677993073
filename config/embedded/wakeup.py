"""Lets a loop sleep until a signal comes: a child has ended, or somebody wants us to stop."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Wakeup:
    """``stops`` counts how often we were asked to stop."""

    def __init__(self) -> None:
        self.stops = 0
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)

    def wait(self, seconds: float) -> None:
        """Sleep until a signal or the end of the time."""
        ready, _, _ = select.select([self._read], [], [], max(seconds, 0))
        if ready:
            os.read(self._read, 4096)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Within the block the signals that matter here come to this object alone."""
        former = {number: signal.signal(number, self._stop) for number in _STOPS}
        former[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        old_descriptor = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(old_descriptor)
            for number, handler in former.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stops += 1
