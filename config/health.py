"""Whether this process can reach its database and its queue; asked by /healthz."""

import asyncio
import logging
from collections.abc import Callable

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection
from redis import Redis
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse

_SECONDS = 5.0
_log = logging.getLogger(__name__)


def _ask_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def _ask_queue() -> None:
    with Redis.from_url(settings.REDIS_URL, socket_timeout=_SECONDS) as client:
        client.ping()


async def _state_of(name: str, ask: Callable[[], None]) -> str:
    try:
        await asyncio.wait_for(sync_to_async(ask, thread_sensitive=False)(), _SECONDS)
    except (DatabaseError, RedisError, OSError, TimeoutError) as error:
        _log.warning("The %s is away: %s", name, error)
        return "away"
    return "ok"


async def healthz(request: Request) -> JSONResponse:
    """200 and ``{"database": "ok", "queue": "ok"}``; 503 when one of them is away."""
    database, queue = await asyncio.gather(
        _state_of("database", _ask_database), _state_of("queue", _ask_queue)
    )
    healthy = database == queue == "ok"
    return JSONResponse({"database": database, "queue": queue}, 200 if healthy else 503)
