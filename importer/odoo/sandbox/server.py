"""The HTTP side: one request per connection, as Odoo's workers serve.

Routes: ``/jsonrpc``, ``/json/2``, the version pages, and ``/sandbox/...`` for tests.
"""

import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from importer.odoo.sandbox import control, json2
from importer.odoo.sandbox.answering import (
    DropConnection,
    HtmlError,
    Outcome,
    run_with_faults,
)
from importer.odoo.sandbox.calling import Call
from importer.odoo.sandbox.database import Database
from importer.odoo.sandbox.jsonrpc import JsonRpc, envelope, error_envelope, version_info
from importer.odoo.sandbox.refusals import PythonFault, Refusal, WebRefusal

MAX_JSON2_BODY = 128 * 1024 * 1024
PAGE = "<!doctype html>\n<html lang=en>\n<title>{0}</title>\n<h1>{0}</h1>\n"


class SandboxServer(ThreadingHTTPServer):
    """Serves one database; each connection has its own thread."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], database: Database) -> None:
        super().__init__(address, Handler)
        self.database = database
        self.rpc = JsonRpc(database.caller, database.name)

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is no news; everything else is."""
        import sys

        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: SandboxServer
    protocol_version = "HTTP/1.0"
    server_version = "Sandbox"
    timeout = 60

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are counted, not written to the terminal."""

    def do_GET(self) -> None:
        self._guarded(self._get)

    def do_POST(self) -> None:
        self._guarded(self._post)

    def do_DELETE(self) -> None:
        self._guarded(lambda: self._control(b""))

    def _guarded(self, answer: Any) -> None:
        try:
            answer()
        except DropConnection:
            self._leave()
        except HtmlError as error:
            self._html(error.status, error.retry_after)

    # -- routes -------------------------------------------------------------------------------

    def _get(self) -> None:
        path = self.path.partition("?")[0]
        version = self.server.database.version
        if path in ("/web/version", "/json/version") and version >= 19:
            info = version_info(version)
            self._json(
                200,
                {"version_info": info["server_version_info"], "version": info["server_version"]},
            )
        elif path.startswith("/json/2") and version >= 19:
            said = "Did you mean POST /json/2/<model>/<method>?"
            self._json(404, json2.error_body(WebRefusal(404, "NotFound", said)))
        elif path.startswith("/sandbox/"):
            self._control(b"")
        else:
            self._html(415 if path == "/web/webclient/version_info" else 404)

    def _post(self) -> None:
        path = self.path.partition("?")[0]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if path == "/jsonrpc":
            self._jsonrpc(body)
        elif path == "/web/webclient/version_info":
            self._json(200, envelope(None, version_info(self.server.database.version)))
        elif path.startswith("/json/2/") and self.server.database.version >= 19:
            self._json2(path, body)
        elif path.startswith("/sandbox/"):
            self._control(body)
        else:
            self._html(404)

    def _control(self, body: bytes) -> None:
        status, answer = control.answer(self.server.database, self.command, self.path, body)
        self._json(status, answer)

    # -- protocols ----------------------------------------------------------------------------

    def _is_json(self) -> bool:
        return self.headers.get_content_type() == "application/json"

    def _jsonrpc(self, body: bytes) -> None:
        if not self._is_json():
            return self._html(400)
        try:
            request = json.loads(body)
        except ValueError:
            return self._html(400)
        if not isinstance(request, dict):
            return self._html(500)
        request_id = request.get("id")
        try:
            wanted = self.server.rpc.parse(request.get("params") or {})
            outcome = self._run(wanted) if isinstance(wanted, Call) else Outcome(wanted())
        except Refusal as refusal:
            version = self.server.database.version
            return self._json(200, error_envelope(version, request_id, refusal))
        return self._json(200, envelope(request_id, outcome.answer), outcome.is_truncated)

    def _json2(self, path: str, body: bytes) -> None:
        if not self._is_json():
            return self._html(415)
        wanted = self.headers.get("X-Odoo-Database")
        if wanted not in (None, self.server.database.name):
            return self._html(404)
        try:
            if len(body) > MAX_JSON2_BODY:
                raise WebRefusal(413, "RequestEntityTooLarge", "The body is too large.")
            authorization = self.headers.get("Authorization") or ""
            call = json2.parse(self.server.database.caller, path, authorization, body)
            outcome = self._run(call)
        except Refusal as refusal:
            return self._json(refusal.status, json2.error_body(refusal))
        return self._json(200, outcome.answer, outcome.is_truncated)

    def _run(self, call: Call) -> Outcome:
        """Whatever Python error an odd argument causes is answered as such, like a server's."""
        try:
            return run_with_faults(self.server.database.caller, call, self._leave)
        except (Refusal, DropConnection, HtmlError):
            raise
        except Exception as error:
            said = str(error.args[0]) if error.args else ""
            raise PythonFault(type(error).__name__, said) from error

    # -- replies ------------------------------------------------------------------------------

    def _leave(self) -> None:
        """Cuts the connection; the thread goes on."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _json(self, status: int, answer: Any, is_truncated: bool = False) -> None:
        body = json.dumps(answer).encode()
        self._send(status, "application/json; charset=utf-8", body, is_truncated)

    def _html(self, status: int, retry_after: float = 0) -> None:
        page = PAGE.format(f"{status} {self.responses.get(status, ('Error', ''))[0]}")
        more = {"Retry-After": f"{retry_after:.0f}"} if retry_after else {}
        self._send(status, "text/html; charset=utf-8", page.encode(), headers=more)

    def _send(
        self,
        status: int,
        kind: str,
        body: bytes,
        is_truncated: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if is_truncated else body)
        if is_truncated:
            self.wfile.flush()
            self._leave()
