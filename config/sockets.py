"""Live sockets: which address goes to which consumer, and who may open one."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import URLPattern, re_path

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

routes: list[URLPattern] = []
"""The apps' consumers, each ``path("ws/...", Consumer.as_asgi())``."""


async def _no_such_socket(scope: _Scope, receive: _Receive, send: _Send) -> None:
    """Closes a socket that no consumer answers to, instead of failing with a traceback."""
    await receive()
    await send({"type": "websocket.close", "code": 4404})


def socket_application() -> Any:
    """Sockets of this site's own pages only, with the session's user in ``scope["user"]``."""
    # Django's types know only views; a socket's address leads to an ASGI application.
    fallback: Any = _no_such_socket
    known = [*routes, re_path(r"", fallback)]
    return AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(known)))
