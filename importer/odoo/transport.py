"""One HTTP exchange with an Odoo server, and whether a failure came before or after it left.

Never repeats a call, never keeps a connection open, never logs or shows what was sent.
"""

import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from importer.odoo.errors import InDoubt, OdooError, Unreachable

DOUBT = "Whether Odoo carried out the call is not known."

# httpx raises these only while a connection is being made: no byte of the call has left.
_BEFORE_THE_FIRST_BYTE = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to get a connection, and from the start of a call to the end of its answer."""

    connect: float = 10.0
    answer: float = 130.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A call, complete before a connection is opened. Its ``repr`` hides headers and body,
    which hold the secret."""

    method: str
    path: str
    headers: Mapping[bytes, bytes] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete HTTP answer, whatever its status."""

    status: int
    content_type: str
    body: bytes = field(repr=False)
    location: str = ""
    retry_after: str = ""

    @property
    def is_json(self) -> bool:
        return "json" in self.content_type.lower()


class _Deadline:
    """Cuts the connection when the whole call took too long: httpx itself only limits the
    silence between two pieces of an answer."""

    def __init__(self, seconds: float) -> None:
        self.has_passed = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """httpx's trace hook: learns which socket the call goes through."""
        if event == "connection.connect_tcp.complete":
            self._socket = info["return_value"].get_extra_info("socket")
            if self.has_passed:
                self._cut()

    def _cut(self) -> None:
        self.has_passed = True
        if self._socket is None:
            return
        try:
            # The plain socket's shutdown also ends a TLS read that another thread is in.
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # The other side was faster.


class Transport:
    """Sends calls to one server. Each call has a connection of its own, as Odoo closes it."""

    def __init__(self, base_url: str, timeouts: Timeouts | None = None) -> None:
        self.base_url = base_url
        self.timeouts = timeouts or Timeouts()
        self._http = httpx.Client(
            verify=_trust(base_url),
            follow_redirects=False,
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={"User-Agent": "Stowage", "Connection": "close"},
        )

    def __repr__(self) -> str:
        return f"Transport({self.base_url!r})"

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc

    def close(self) -> None:
        self._http.close()

    def send(self, call: Outgoing, timeouts: Timeouts | None = None) -> HttpAnswer:
        """One exchange. Raises Unreachable when nothing left, InDoubt when the call left and
        no complete answer came."""
        limits = timeouts or self.timeouts
        deadline = _Deadline(limits.answer)
        try:
            with deadline:
                response = self._http.request(
                    call.method,
                    self.base_url + call.path,
                    headers=call.headers,
                    content=call.body,
                    timeout=httpx.Timeout(limits.answer, connect=limits.connect),
                    extensions={"trace": deadline.watch},
                )
        except _BEFORE_THE_FIRST_BYTE as error:
            failure: OdooError = Unreachable(_why_not_reached(error, self.host, limits))
        except httpx.RequestError as error:
            is_late = deadline.has_passed or isinstance(error, httpx.TimeoutException)
            failure = InDoubt(_why_no_answer(self.host, limits, is_late=is_late))
        else:
            if not deadline.has_passed:
                return _answer(response)
            # A body of no stated length looks complete when we cut it ourselves.
            failure = InDoubt(_why_no_answer(self.host, limits, is_late=True))
        # Raised outside the handler: httpx's error holds the request, and that the secret.
        raise failure


def _answer(response: httpx.Response) -> HttpAnswer:
    return HttpAnswer(
        status=response.status_code,
        content_type=response.headers.get("content-type", ""),
        body=response.content,
        location=response.headers.get("location", ""),
        retry_after=response.headers.get("retry-after", ""),
    )


def _trust(base_url: str) -> ssl.SSLContext | bool:
    # Reading the certificates takes longer than a small call; plain http has no use for them.
    return ssl.create_default_context() if base_url.startswith("https:") else False


def _causes(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    return chain


def _why_not_reached(error: Exception, host: str, limits: Timeouts) -> str:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"The certificate of {host} is not trusted ({cause.verify_message}). "
                "Use the name the certificate was made for, or make its issuer known here."
            )
        if isinstance(cause, ssl.SSLError):
            return (
                f"No secure connection to {host} could be made. "
                "If the server speaks plain http, write http:// in the url."
            )
        if isinstance(cause, socket.gaierror):
            return f"There is no server named {host}. Check the url."
        if isinstance(cause, ConnectionRefusedError):
            return f"Nothing listens at {host}: the connection was refused. Check url and port."
    if isinstance(error, httpx.ConnectTimeout):
        return f"{host} did not accept a connection within {limits.connect:g} seconds."
    return f"{host} cannot be reached ({type(error).__name__})."


def _why_no_answer(host: str, limits: Timeouts, *, is_late: bool) -> str:
    if is_late:
        return f"{host} gave no complete answer within {limits.answer:g} seconds. {DOUBT}"
    return f"The connection to {host} broke before its answer was complete. {DOUBT}"
