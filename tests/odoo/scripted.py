"""A tiny HTTP server over bare sockets that answers, or fails to answer, exactly as a test says."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Request:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Script = Callable[[socket.socket, Request], None]


@dataclass
class ScriptedServer:
    """Where it listens, and what it was sent so far."""

    url: str
    requests: list[Request] = field(default_factory=list)


@contextmanager
def serving(script: Script) -> Iterator[ScriptedServer]:
    """Runs ``script(connection, request)`` for each request, then closes the connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = ScriptedServer(f"http://127.0.0.1:{listener.getsockname()[1]}")
    thread = threading.Thread(target=_accept, args=(listener, script, server), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _accept(listener: socket.socket, script: Script, server: ScriptedServer) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            request = _read(connection)
            if request:
                server.requests.append(request)
                _run(script, connection, request)


def _run(script: Script, connection: socket.socket, request: Request) -> None:
    try:
        script(connection, request)
    except (BrokenPipeError, ConnectionResetError):
        return  # The client hung up first, as some tests want it to.


def _read(connection: socket.socket) -> Request | None:
    # A TLS greeting need not hold a line's end, so a reader of lines would wait for ever. A server
    # of plain http answers it in plain text.
    if connection.recv(1, socket.MSG_PEEK) == b"\x16":
        connection.recv(65536)
        connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        return None
    stream = connection.makefile("rb")
    with stream:
        first = stream.readline().decode("latin-1").split(" ")
        if len(first) != 3:
            return None  # Nothing, or no HTTP.
        method, path, _ = first
        headers = dict(_header(line) for line in iter(stream.readline, b"\r\n"))
        body = stream.read(int(headers.get("content-length", 0)))
        return Request(method, path, headers, body)


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.lower(), value.strip()


def http(status: int, body: bytes, content_type: str, **headers: str) -> bytes:
    """The bytes of an answer in the manner of Odoo's own server: complete, then closed."""
    lines = [f"HTTP/1.0 {status} Said", f"Content-Type: {content_type}"]
    lines += [f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answering(status: int, body: bytes, content_type: str, **headers: str) -> Script:
    def script(connection: socket.socket, request: Request) -> None:
        connection.sendall(http(status, body, content_type, **headers))

    return script


def answering_json(value: Any, status: int = 200) -> Script:
    return answering(status, json.dumps(value).encode(), "application/json; charset=utf-8")


def answering_html(status: int, text: str = "<!doctype html><title>Page</title>") -> Script:
    return answering(status, text.encode(), "text/html; charset=utf-8")


def result(value: Any) -> dict[str, Any]:
    """A JSON-RPC answer that holds a result."""
    return {"jsonrpc": "2.0", "id": 1, "result": value}


def fault(name: str, message: str, *arguments: Any) -> dict[str, Any]:
    """A JSON-RPC answer that holds an exception of Odoo's."""
    data = {"name": name, "message": message, "arguments": list(arguments) or [message]}
    data["debug"] = "Traceback (most recent call last):\n  File secret/path.py"
    return {"jsonrpc": "2.0", "id": 1, "error": {"code": 200, "message": "Odoo", "data": data}}


def refusal(name: str, message: str, *arguments: Any) -> dict[str, Any]:
    """The body of a JSON-2 error."""
    said = {"name": name, "message": message, "arguments": list(arguments) or [message]}
    return {**said, "context": {}, "debug": "Traceback (most recent call last):\n  File x.py"}
