"""A hand that is stopped like a machine that sleeps, just before or in the middle of a call that
writes: ``python -m tests.engine.orphan SECONDS LOAD...``, where 0 seconds is before the call.

Each load's first such call stops it, and it goes on at SIGCONT. Says each load whose end it saw.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

import django


class Stops:
    """Stops this process at the next writing call, once each time it is armed."""

    def __init__(self, seconds_into_the_call: float) -> None:
        self.is_armed = False
        self._seconds = seconds_into_the_call

    def put_into(self, kind: type, name: str) -> None:
        call: Callable[..., Any] = getattr(kind, name)

        def stopped(*args: Any, **more: Any) -> Any:
            if self.is_armed:
                self.is_armed = False
                self._stop()
            return call(*args, **more)

        setattr(kind, name, stopped)

    def _stop(self) -> None:
        if self._seconds:
            threading.Timer(self._seconds, _stop_here).start()
        else:
            _stop_here()


def _stop_here() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def main(seconds: float, load_ids: list[int]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import InterfaceError, OperationalError, connection

    from importer import loads
    from importer.odoo.client import Client
    from tests.engine.loading import Notes

    stops = Stops(seconds)
    for name in ("insert_if_absent", "update", "write"):
        stops.put_into(Client, name)
    for load_id in load_ids:
        stops.is_armed = True
        ended = loads.Work.WORKED_MORE_LEFT
        while ended is not loads.Work.ENDED:
            try:
                ended = loads.work(load_id, reporter=Notes(), worker="orphan", seconds=60)
            except (OperationalError, InterfaceError):
                connection.close()  # PostgreSQL has ended what slept in a transaction
        sys.stdout.write(f"{load_id}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(float(sys.argv[1]), [int(one) for one in sys.argv[2:]])
