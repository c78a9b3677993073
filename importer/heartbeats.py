"""Keeps leases alive from a thread of its own while the work goes on. Knows no table."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from django.db import DatabaseError, InterfaceError, connections

LEASE_SECONDS = 9.0
BEAT_SECONDS = 3.0

_log = logging.getLogger(__name__)


@contextmanager
def beating(renew: Callable[[], bool], name: str, *, every: float | None = None) -> Iterator[Event]:
    """Call ``renew`` every 3 s (or ``every``), on a database connection of its own; it must never
    revive a lease that somebody else may have by then. The event is set when the lease is lost:
    ``renew`` said False, or the database could not be asked for as long as the lease lasts."""
    ended, lost = Event(), Event()
    thread = Thread(
        target=_beat, args=(renew, ended, lost, every or BEAT_SECONDS), name=name, daemon=True
    )
    thread.start()
    try:
        yield lost
    finally:
        ended.set()
        thread.join()


def _beat(renew: Callable[[], bool], ended: Event, lost: Event, every: float) -> None:
    renewed_at = time.monotonic()
    try:
        while not ended.wait(every):
            try:
                if not renew():
                    lost.set()
                    return
                renewed_at = time.monotonic()
            except (DatabaseError, InterfaceError) as error:
                _log.warning("The lease could not be renewed: %s", type(error).__name__)
                connections.close_all()  # of this thread only
                if time.monotonic() - renewed_at > LEASE_SECONDS:
                    lost.set()
    finally:
        connections.close_all()
