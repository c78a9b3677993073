"""Puts the web process together: Starlette outside, Django and live sockets under it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from config.health import healthz
from config.sockets import socket_application


@asynccontextmanager
async def lifespan(application: Starlette) -> AsyncIterator[None]:
    """Nothing to open before the first request; live channels are closed after the last."""
    yield
    layer = get_channel_layer()
    if layer is not None:
        await layer.close_pools()


def web_application(django_application: Any) -> Starlette:
    under_it = ProtocolTypeRouter({"http": django_application, "websocket": socket_application()})
    return Starlette(
        routes=[Route("/healthz", healthz), Mount("/", app=under_it)], lifespan=lifespan
    )
