"""The supervisor of this checkout, set up from the settings."""

import sys
from collections.abc import Callable

from django.conf import settings

from config.embedded.errors import ServiceError
from config.embedded.layout import Layout
from config.embedded.program import Program
from config.embedded.programs import app_programs, migrate, sandbox_program
from config.embedded.supervisor import Plan, Supervisor
from config.embedded.web_address import choose_port, keep_port, site_url

_SANDBOX_FIRST, _SANDBOX_LAST = 9000, 9499


def layout() -> Layout:
    return Layout(settings.VAR_DIR)


def serve_command() -> list[str]:
    return [sys.executable, "manage.py", "serve"]


def supervisor(announce: Callable[[str], None]) -> Supervisor:
    """What `manage.py serve` runs; ServiceError when the wished port is taken."""
    here, host = layout(), settings.STOWAGE_HOST
    port = choose_port(here, host, settings.STOWAGE_PORT)
    plan = Plan(
        layout=here,
        folder=settings.BASE_DIR,
        prepare=[migrate()],
        programs=[
            *_sandbox(here),
            *app_programs(
                settings.BASE_DIR, host=host, port=port, workers=settings.STOWAGE_WORKERS
            ),
        ],
        own_postgres=settings.EMBEDDED_DATABASE,
        own_valkey=settings.EMBEDDED_REDIS,
        web=site_url(host, port),
    )
    return Supervisor(plan, announce)


def sandbox_url() -> str:
    """Where this checkout's sandbox Odoo listens, once it was started."""
    file = layout().sandbox_port_file
    if not file.exists():
        raise ServiceError("No sandbox Odoo was started here yet: set STOWAGE_SANDBOX=true.")
    return f"http://127.0.0.1:{file.read_text().strip()}"


def _sandbox(here: Layout) -> list[Program]:
    if not settings.STOWAGE_SANDBOX:
        return []
    port = keep_port(here.sandbox_port_file, "127.0.0.1", _SANDBOX_FIRST, _SANDBOX_LAST)
    if port is None:
        raise ServiceError(
            f"No port from {_SANDBOX_FIRST} to {_SANDBOX_LAST} is free for the sandbox Odoo. "
            "Free one, or set STOWAGE_SANDBOX=false."
        )
    here.sandbox_records.parent.mkdir(parents=True, exist_ok=True)
    return [sandbox_program(settings.BASE_DIR, here.sandbox_records, port=port)]
