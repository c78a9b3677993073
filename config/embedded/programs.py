"""The processes of a running Stowage besides the data services: web, workers, dispatch."""

import sys
from pathlib import Path

from config.embedded.program import Program
from config.embedded.web_address import is_healthy, is_listening

# A worker finishes the call to Odoo it is in before it ends; one call takes a minute at most.
_WORKER_SECONDS = 75.0
# While one starts again, which takes seconds on a busy machine, the other finds who has no hands.
_DISPATCHERS = 2


def migrate() -> tuple[str, ...]:
    """Brings the tables up to date, as the database's owner."""
    return (sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0")


def sandbox_program(folder: Path, records: Path, *, port: int) -> Program:
    """A sandbox Odoo on loopback that keeps its records over restarts."""
    return Program(
        name="sandbox",
        argv=(
            *(sys.executable, "-m", "importer.odoo.sandbox", "--version", "19"),
            *("--port", str(port), "--file", str(records)),
        ),
        cwd=folder,
        is_ready=lambda: is_listening("127.0.0.1", port),
    )


def app_programs(folder: Path, *, host: str, port: int, workers: int) -> list[Program]:
    """What the supervisor keeps alive, in the order of starting; it stops in the reverse order."""
    return [
        Program(
            name="web",
            argv=(
                *(sys.executable, "-m", "uvicorn", "config.asgi:application"),
                *("--host", host, "--port", str(port)),
                *("--lifespan", "on", "--no-access-log", "--timeout-graceful-shutdown", "3"),
            ),
            cwd=folder,
            is_ready=lambda: is_healthy(host, port),
        ),
        *(
            Program(
                name=f"worker-{number}",
                argv=(sys.executable, "manage.py", "rqworker", "runs", "jobs"),
                cwd=folder,
                stop_seconds=_WORKER_SECONDS,
            )
            for number in range(1, workers + 1)
        ),
        *(
            Program(
                name=f"dispatch-{number}",
                argv=(sys.executable, "manage.py", "dispatch"),
                cwd=folder,
            )
            for number in range(1, _DISPATCHERS + 1)
        ),
    ]
