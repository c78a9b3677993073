"""The web process's entry point: `uvicorn config.asgi:application`."""

import os

from django.core.asgi import get_asgi_application
from starlette.applications import Starlette


def _build() -> Starlette:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django_application = get_asgi_application()
    # Only now: it reads models, and there are none before Django is set up.
    from config.web import web_application

    return web_application(django_application)


application = _build()
