"""Loses, cuts and refuses a share of the calls that write, on their way to an Odoo and back.

A sandbox does so itself when asked; a real Odoo gets a relay in front of it, on loopback.
"""

import http.client
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

_DROPPED: tuple[dict[str, Any], ...] = (
    {"kind": "drop_before_commit"},
    {"kind": "commit_after_leave", "seconds": 1.0},
    {"kind": "drop_after_commit"},
    {"kind": "truncated_body"},
)
_REFUSED: tuple[dict[str, Any], ...] = (
    {"kind": "http_error", "status": 502, "committed": True},
    {"kind": "http_error", "status": 503},
    {"kind": "serialization"},
)
_CALLS = 1000
_HOP = ("connection", "transfer-encoding", "content-length", "host", "keep-alive")


class Spoiler(Protocol):
    """Knows what has happened so far."""

    def spoiled(self) -> int: ...

    def calls(self) -> int: ...


@dataclass(frozen=True, slots=True)
class SandboxSpoiler:
    """A sandbox to which faults were ordered."""

    url: str
    ordered: int

    def spoiled(self) -> int:
        left = httpx.get(f"{self.url}/sandbox/faults").raise_for_status().json()
        return self.ordered - len(left)

    def calls(self) -> int:
        counts = httpx.get(f"{self.url}/sandbox/calls").raise_for_status().json()
        return sum(one["calls"] for one in counts if one["method"] == "load")


def spoil_sandbox(url: str, dice: random.Random, *, share: float) -> SandboxSpoiler:
    """Of this share of its calls that write, half get no whole reply (lost before, during or
    after Odoo's work), the others a 5xx or a conflict."""
    wishes = []
    for faults in (_DROPPED, _REFUSED):
        for number in sorted(dice.sample(range(1, _CALLS), round(_CALLS * share / 2))):
            wishes.append({**dice.choice(faults), "method": "load", "after": number})
    for wish in wishes:
        httpx.post(f"{url}/sandbox/faults", json=wish).raise_for_status()
    return SandboxSpoiler(url, len(wishes))


class Relay(ThreadingHTTPServer):
    """Hands requests on; of those that write it spoils what it was asked to."""

    daemon_threads = True

    def __init__(self, url: str, dice: random.Random) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        parts = urlsplit(url)
        self.odoo = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.is_armed = False
        self._dice, self._lock = dice, threading.Lock()
        self._spoiled = self._calls = 0

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed in mid-call, or an Odoo: part of the game."""

    def spoiled(self) -> int:
        return self._spoiled

    def calls(self) -> int:
        return self._calls

    def fate(self) -> str:
        """What happens to the next call that writes; empty: nothing."""
        with self._lock:
            self._calls += 1
            if not self.is_armed:
                return ""
            throw = self._dice.random()
            if throw >= 0.2:
                return ""
            self._spoiled += 1
            if throw < 0.1:
                return self._dice.choice(("before", "during", "after", "half"))
            return self._dice.choice(("502", "503"))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Relay

    def do_GET(self) -> None:
        self._relay(b"")

    def do_POST(self) -> None:
        self._relay(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _relay(self, body: bytes) -> None:
        writes = self.path.endswith("/load") or b'"load",' in body
        fate = self.server.fate() if writes else ""
        if fate == "before":
            self._leave()
            return
        if fate == "503":
            self._answer(503, [("Content-Type", "text/html")], b"<h1>Busy</h1>")
            return
        if fate == "during":
            self._leave()
        try:
            status, headers, answer = self._ask_odoo(body)
        except OSError:
            self._leave()
            return
        if fate == "502":
            self._answer(502, [("Content-Type", "text/html")], b"<h1>Bad gateway</h1>")
        elif fate == "half":
            self._answer(status, headers, answer, sent=len(answer) // 2)
        elif fate == "after":
            self._leave()
        elif fate != "during":
            self._answer(status, headers, answer)

    def _ask_odoo(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        host, port = self.server.odoo
        odoo = http.client.HTTPConnection(host, port, timeout=180)
        given = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
        try:
            odoo.request(self.command, self.path, body or None, given)
            reply = odoo.getresponse()
            answer = reply.read()
        except http.client.HTTPException as error:
            raise OSError("Odoo's answer broke off") from error
        finally:
            odoo.close()
        return reply.status, reply.getheaders(), answer

    def _answer(
        self, status: int, headers: list[tuple[str, str]], body: bytes, sent: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:sent])
        if sent is not None:
            self._leave()

    def _leave(self) -> None:
        """Cut the connection to the client."""
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(2)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def relay(url: str, dice: random.Random) -> Iterator[Relay]:
    """A relay to this Odoo, at ``server_port`` on loopback."""
    with Relay(url, dice) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
