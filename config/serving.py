"""The supervisor of this checkout, set up from the settings."""

import sys
from collections.abc import Callable

from django.conf import settings

from config.embedded.layout import Layout
from config.embedded.programs import app_programs, migrate
from config.embedded.supervisor import Plan, Supervisor
from config.embedded.web_address import choose_port, site_url


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
        programs=app_programs(
            settings.BASE_DIR, host=host, port=port, workers=settings.STOWAGE_WORKERS
        ),
        own_postgres=settings.EMBEDDED_DATABASE,
        own_valkey=settings.EMBEDDED_REDIS,
        web=site_url(host, port),
    )
    return Supervisor(plan, announce)
