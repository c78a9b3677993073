"""A hand that is stopped like a machine that sleeps, just before a call that writes, and goes on at
SIGCONT: ``python -m benchmarks.orphan RUN``. It works on the run's first load that sends.
"""

import os
import signal
import sys
import time
from typing import Any
from uuid import UUID

import django


def _stop_before_the_first_call() -> None:
    from importer.odoo.client import Client

    call = Client.insert_if_absent
    stopped: list[bool] = []

    def late(*args: Any, **more: Any) -> Any:
        if not stopped:
            stopped.append(True)
            os.kill(os.getpid(), signal.SIGSTOP)
        return call(*args, **more)

    Client.insert_if_absent = late  # type: ignore[method-assign]


def main(run_id: UUID) -> None:
    """Ends when its hand does, or when the run has ended before it got any work."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import InterfaceError, OperationalError

    from graphs.execution import work_node
    from graphs.models import GraphRun, NodeRun

    _stop_before_the_first_call()
    sys.stdout.write("waiting\n")
    sys.stdout.flush()
    try:
        while not GraphRun.objects.get(pk=run_id).is_finished:
            node = NodeRun.objects.filter(run=run_id, load__state="sending").first()
            if node is not None:
                work_node(node.pk)
            time.sleep(0.05)
    except (OperationalError, InterfaceError) as error:
        sys.stdout.write(f"PostgreSQL had gone: {type(error).__name__}\n")


if __name__ == "__main__":
    main(UUID(sys.argv[1]))
