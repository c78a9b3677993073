"""Renews the leases of a living process, on a database connection of its own.

It never revives a lease that is over: somebody else may have it by then.
"""

import logging
from threading import Event, Thread
from types import TracebackType
from typing import Self

from django.db import DatabaseError, InterfaceError, connection

logger = logging.getLogger(__name__)

LEASE_SECONDS = 12.0
BEAT_SECONDS = 4.0

_RENEW = (
    "UPDATE importer_targetlease SET lease_until = now() + %(lease)s * interval '1 second' "
    "WHERE load_id = %(load)s AND lease_until >= now()",
    "UPDATE importer_batch SET lease_until = now() + %(lease)s * interval '1 second' "
    "WHERE load_id = %(load)s AND worker = %(worker)s AND lease_until >= now() "
    "AND state IN ('claimed', 'sending', 'in_doubt')",
    "UPDATE importer_load SET lease_until = now() + %(lease)s * interval '1 second' "
    "WHERE id = %(load)s AND worker = %(worker)s AND lease_until >= now()",
)


class Heartbeat:
    """Use as a context manager around the work of one hand on one load."""

    def __init__(self, load_id: int, worker: str) -> None:
        self._values: dict[str, int | str | float] = {
            "load": load_id,
            "worker": worker,
            "lease": LEASE_SECONDS,
        }
        self._stop = Event()
        self._thread = Thread(target=self._run, name=f"heartbeat-{load_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.wait(BEAT_SECONDS):
                self._beat()
        finally:
            connection.close()

    def _beat(self) -> None:
        try:
            with connection.cursor() as cursor:
                for statement in _RENEW:
                    cursor.execute(statement, self._values)
        except (DatabaseError, InterfaceError) as error:
            # The leases lapse meanwhile, and with them our right to write: nothing to repair.
            logger.warning("The leases could not be renewed: %s", error)
            connection.close()
