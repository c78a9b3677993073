"""Which port the site of a checkout has: asked for, or chosen once and kept."""

import http.client
import socket
from http import HTTPStatus
from pathlib import Path

from config.embedded.errors import ServiceError
from config.embedded.layout import Layout
from config.embedded.port_claims import claim_port

_FIRST, _LAST = 8000, 8999


def choose_port(layout: Layout, host: str, wanted: int = 0) -> int:
    """``wanted`` if that is set, else the port kept from last time, else the first free one."""
    if wanted:
        if not _is_free(host, wanted):
            raise ServiceError(
                f"Port {wanted} on {host} is taken by another program."
                " Set STOWAGE_PORT to a free one, or leave it unset."
            )
        return wanted
    port = keep_port(layout.port_file, host, _FIRST, _LAST)
    if port is None:
        raise ServiceError(f"No port from {_FIRST} to {_LAST} is free on {host}. Set STOWAGE_PORT.")
    return port


def keep_port(file: Path, host: str, first: int, last: int) -> int | None:
    """The port kept in the file if it is free, else the first free one, which is kept then. No
    other process of this machine is given it while this one lives."""
    candidates: list[int] = [*_kept(file), *range(first, last + 1)]
    for port in candidates:
        if _is_free(host, port) and claim_port(port):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{port}\n")
            return port
    return None


def is_healthy(host: str, port: int) -> bool:
    """Whether the site answers, and reaches its database and queue."""
    connection = http.client.HTTPConnection(_reachable(host), port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def is_listening(host: str, port: int) -> bool:
    """Whether anything takes connections there."""
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True


def site_url(host: str, port: int) -> str:
    name = "localhost" if _reachable(host) == "127.0.0.1" else host
    return f"http://{name}:{port}"


def _kept(file: Path) -> list[int]:
    text = file.read_text().strip() if file.exists() else ""
    return [int(text)] if text.isdigit() else []


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "localhost") else host


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
