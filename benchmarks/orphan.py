"""A hand that is stopped like a machine that sleeps, just before a call that writes, and goes on at
SIGCONT: ``python -m benchmarks.orphan RUN``. It works on the run like any other hand.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import django


def _stop_before_the_first_call() -> list[bool]:
    """Holds something from the stop on."""
    from importer.odoo.client import Client

    stopped: list[bool] = []

    def stopping(call: Callable[..., Any]) -> Callable[..., Any]:
        def late(*args: Any, **more: Any) -> Any:
            if not stopped:
                stopped.append(True)
                os.kill(os.getpid(), signal.SIGSTOP)
            return call(*args, **more)

        return late

    # Not ``write``: it has no place for a fence, as the run's log says.
    for name in ("insert_if_absent", "update"):
        setattr(Client, name, stopping(getattr(Client, name)))
    return stopped


def main(run_id: UUID) -> None:
    """Ends after its sleep, or when the run has ended before it got any work."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import InterfaceError, OperationalError, connection

    from graphs.execution import advance_run, work_node
    from graphs.models import GraphRun, NodeRun
    from importer.choices import LoadState

    stopped = _stop_before_the_first_call()
    is_over = False
    while not stopped and not is_over:
        try:
            own = advance_run(run_id)
            nodes = NodeRun.objects.filter(run=run_id, load__isnull=False).order_by("pk")
            open_nodes = nodes.exclude(load__state__in=LoadState.ended())
            for node in [own] if own else open_nodes.values_list("pk", flat=True):
                work_node(node, seconds=2)
            is_over = GraphRun.objects.get(pk=run_id).is_finished
        except (OperationalError, InterfaceError):
            connection.close()  # PostgreSQL was killed
        time.sleep(0.05)


if __name__ == "__main__":
    main(UUID(sys.argv[1]))
