"""Puts the web process together: Starlette outside, Django and live sockets under it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter
from django.db import DatabaseError, connection
from starlette.applications import Starlette
from starlette.routing import Route

from config.health import healthz
from config.schema_state import schema_problem
from config.sockets import socket_application

_log = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(application: Starlette) -> AsyncIterator[None]:
    """Says what is wrong with the tables before the first request; closes live channels after the
    last."""
    await _look_at_the_tables()
    yield
    layer = get_channel_layer()
    if layer is not None:
        await layer.close_pools()


async def _look_at_the_tables() -> None:
    problem = await sync_to_async(_problem_of_the_tables, thread_sensitive=False)()
    if problem:
        _log.error(problem)


def _problem_of_the_tables() -> str:
    try:
        return schema_problem()
    except DatabaseError as error:
        return f"The database cannot be asked: {error}"
    finally:
        connection.close()


def web_application(django_application: Any) -> Starlette:
    under_it = ProtocolTypeRouter({"http": django_application, "websocket": socket_application()})
    web = Starlette(routes=[Route("/healthz", healthz)], lifespan=lifespan)
    # Not mounted: a mount does not match a path with a line's end, and Starlette would answer it.
    web.router.default = under_it
    return web
