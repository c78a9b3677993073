"""The RQ worker as Stowage runs it: it outlives a Valkey that goes away, and notices within a
second when it is back.
"""

import importlib
import time
import uuid
from typing import Any

from redis.exceptions import ConnectionError as QueueAway
from rq import Worker

_SECONDS_BETWEEN_TRIES = 1.0
_SHARED = ("graphs.jobs", "importer.jobs", "httpcore", "anyio", "h11")
"""Imported once by the worker; each job runs in a child of it, which would else do it anew."""


class QueueWorker(Worker):
    """RQ's own ends when Valkey goes away in the middle of a job, and a new process takes seconds
    to start; while it has none it doubles its pause with each failed look, up to a minute."""

    exponential_backoff_factor = 1.0

    def work(self, burst: bool = False, *args: Any, **more: Any) -> bool:
        """As RQ's, until somebody asks it to stop; with ``burst`` until the queues are empty."""
        for module in _SHARED:
            importlib.import_module(module)
        while True:
            try:
                did_something = bool(super().work(burst, *args, **more))
            except QueueAway as error:
                if burst:
                    raise
                did_something = False
                self.log.warning("Worker %s: Valkey went away: %s", self.name, error)
            if burst or self._shutdown_requested_date is not None:
                return did_something
            if self.horse_pid:
                self.wait_for_horse()  # it needs no queue for what it is doing
                self._horse_pid = 0
            self.name = uuid.uuid4().hex  # Valkey may still know the former as alive
            time.sleep(_SECONDS_BETWEEN_TRIES)
