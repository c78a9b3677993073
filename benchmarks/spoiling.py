"""Loses, cuts and refuses a share of the calls that write, on their way to an Odoo and back.

A sandbox does so itself when asked; a real Odoo gets a relay in front of it, on loopback.
"""

import http.client
import json
import random
import threading
from collections.abc import Iterable, Iterator
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
_CALLS = {"load": 1000, "write": 200, "unlink": 100}
"""Methods that are spoiled, and among how many calls the faults are strewn (of ``unlink``: for each
model, so that no fence is among them)."""
_CONFLICT = "could not serialize access due to concurrent update"
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
        return sum(one["calls"] for one in counts if is_spoiled(one["model"], one["method"]))


def is_spoiled(model: str, method: str) -> bool:
    """Whether calls of this kind may be lost or refused: all that write the run's records."""
    return method in _CALLS and model != "ir.model.data"


def spoil_sandbox(
    url: str, dice: random.Random, models: Iterable[str], *, share: float
) -> SandboxSpoiler:
    """Of this share of its calls that write, half get no whole reply (lost before, during or
    after Odoo's work), the others a 5xx or a conflict. ``models``: those that an undo removes."""
    kinds = [("load", ""), ("write", ""), *(("unlink", model) for model in sorted(models))]
    wishes = [
        {**dice.choice(faults), "method": method, "model": model, "after": number}
        for method, model in kinds
        for faults in (_DROPPED, _REFUSED)
        for number in sorted(dice.sample(range(_CALLS[method]), round(_CALLS[method] * share / 2)))
    ]
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
        self.times = 1
        """How often each request is handed on; the last answer counts."""
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
            return self._dice.choice(("502", "503", "conflict"))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Relay

    def do_GET(self) -> None:
        self._relay(b"")

    def do_POST(self) -> None:
        self._relay(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _relay(self, body: bytes) -> None:
        method = self._method_that_writes(body)
        fate = self.server.fate() if method else ""
        if fate == "before":
            self._leave()
            return
        if fate == "503":
            self._answer(503, [("Content-Type", "text/html")], b"<h1>Busy</h1>")
            return
        if fate == "conflict":
            self._refuse(method, body)
            return
        if fate == "during":
            self._leave()
        try:
            for _ in range(self.server.times):
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

    def _method_that_writes(self, body: bytes) -> str:
        """Empty for all others."""
        if self.path.startswith("/json/2/"):
            model, _, method = self.path.removeprefix("/json/2/").partition("/")
            return method if is_spoiled(model, method) else ""
        if self.path != "/jsonrpc" or b'"execute_kw"' not in body:
            return ""
        model, method = json.loads(body)["params"]["args"][3:5]
        return method if is_spoiled(model, method) else ""

    def _refuse(self, method: str, body: bytes) -> None:
        """As an Odoo whose transaction met another's; nothing is done."""
        rows = {"from": 0, "to": 0}
        refused = {"rows": rows, "record": 0, "type": "error", "message": _CONFLICT}
        answer: dict[str, Any] = {"ids": False, "messages": [refused], "nextrow": 0}
        fault: dict[str, Any] = {"name": "psycopg2.errors.SerializationFailure"}
        fault |= {"message": _CONFLICT, "arguments": [_CONFLICT], "context": {}, "debug": ""}
        status = 200
        if self.path == "/jsonrpc":
            error = {"code": 200, "message": "Odoo Server Error", "data": fault}
            said = {"result": answer} if method == "load" else {"error": error}
            answer = {"jsonrpc": "2.0", "id": json.loads(body).get("id"), **said}
        elif method != "load":
            status, answer = 500, fault
        kind = [("Content-Type", "application/json")]
        self._answer(status, kind, json.dumps(answer).encode())

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
