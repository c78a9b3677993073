"""Fetches one file by its address, from hosts that were allowed and from nowhere else.

The address is resolved once and the connection goes to what was resolved, so that a name cannot
lead elsewhere in between. Never follows to another host, never shows what was received.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from importer.data.binaries.judging import BadFile, NoAnswer, Wanted

SECONDS = 30.0
"""For one file, from the first step to the last byte."""

_ENTRY = re.compile(r"([\w.-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?", re.IGNORECASE)
_MOST_REDIRECTS = 3
_CHUNK = 256 * 1024
_PORTS = {"http": 80, "https": 443}
_PUBLIC_V6 = ipaddress.ip_network("2000::/3")
"""What is routed. Outside of it NAT64 and others carry an address of version 4 inside."""
_MOVED = (301, 302, 303, 307, 308)
_PAGES = ("text/html", "application/xhtml+xml")
_UNNAMED = ("", "application/octet-stream", "binary/octet-stream", "text/xml", "application/xml")


@dataclass(frozen=True, slots=True)
class Address:
    """A checked address. ``may_be_private``: the host was allowed by its number."""

    scheme: str
    host: str
    port: int
    path: str
    may_be_private: bool


@dataclass(frozen=True, slots=True)
class Fetching:
    """``hosts``: names or numbers, each perhaps with ``:port``; without one the usual ports."""

    hosts: Sequence[str]
    wanted: Wanted
    seconds: float = SECONDS

    def fetch(self, url: str) -> bytes:
        """The file's bytes, one more than wanted at most. BadFile says why not."""
        deadline = time.monotonic() + self.seconds
        first = at = checked_address(url, self.hosts)
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._get(at, deadline)
            if isinstance(answer, bytes):
                return answer
            at = self._next(at, answer)
            if (at.host, at.port) != (first.host, first.port):
                raise BadFile("url_redirect")
        raise BadFile("url_redirect")

    def _next(self, at: Address, location: str) -> Address:
        try:
            return checked_address(urljoin(_text(at), location), self.hosts)
        except BadFile as error:
            raise BadFile("url_redirect") from error

    def _get(self, at: Address, deadline: float) -> bytes | str:
        """The bytes, or where the server sends us on to."""
        connection = _Pinned(at, deadline)
        alarm = threading.Timer(max(0.0, deadline - time.monotonic()), connection.cut)
        alarm.daemon = True
        alarm.start()
        try:
            answer = _asked(connection, at)
            if answer.status in _MOVED:
                return answer.getheader("Location") or ""
            if answer.status != 200:
                raise BadFile("url_status")
            self._check_type(at, (answer.getheader("Content-Type") or "").lower())
            return self._read(answer)
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise BadFile("url_unreachable") from error
        finally:
            alarm.cancel()
            connection.close()

    def _check_type(self, at: Address, said: str) -> None:
        kind = said.partition(";")[0].strip()
        if self.wanted.must_be_image and not (kind.startswith("image/") or kind in _UNNAMED):
            raise BadFile("url_type")
        if kind in _PAGES and not at.path.partition("?")[0].lower().endswith((".htm", ".html")):
            raise BadFile("url_type")

    def _read(self, answer: http.client.HTTPResponse) -> bytes:
        parts: list[bytes] = []
        held = 0
        while held <= self.wanted.most_bytes:
            chunk = answer.read1(min(_CHUNK, self.wanted.most_bytes + 1 - held))
            if not chunk:
                break
            parts.append(chunk)
            held += len(chunk)
        said = answer.getheader("Content-Length") or ""
        if held <= self.wanted.most_bytes and said.isdigit() and held < int(said):
            raise BadFile("url_unreachable")  # cut off
        return b"".join(parts)


def _asked(connection: http.client.HTTPConnection, at: Address) -> http.client.HTTPResponse:
    """The beginning of the answer."""
    try:
        connection.request("GET", at.path, headers={"Host": _host(at), "User-Agent": "Stowage"})
        return connection.getresponse()
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise NoAnswer from error


def checked_address(url: str, hosts: Sequence[str]) -> Address:
    """BadFile where it is no address, or not on one of these hosts."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise BadFile("url_form") from error
    host = (parts.hostname or "").rstrip(".")
    if not host or parts.username is not None or parts.password is not None:
        raise BadFile("url_form")
    if not any(_allows(entry, host, port, parts.scheme) for entry in hosts):
        raise BadFile("url_host")
    return Address(parts.scheme, host, port, _path(parts), _number(host) is not None)


def host_problem(entry: str) -> str:
    """What is wrong with an entry of the list of allowed hosts; empty where nothing is."""
    found = _ENTRY.fullmatch(entry)
    if found is not None and int(found[2] or 1) in range(1, 65_536):
        return ""
    return f"“{entry}” is no host. Write it like images.example.com or 10.0.0.5:8080."


def _named(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _allows(entry: str, host: str, port: int, scheme: str) -> bool:
    parts = urlsplit(f"//{entry}")
    if (parts.hostname or "").rstrip(".") != host:
        return False
    return port == (parts.port or _PORTS[scheme])


def _path(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return path + (f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else "")


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _host(at: Address) -> str:
    host = _named(at.host)
    return host if at.port == _PORTS[at.scheme] else f"{host}:{at.port}"


def _text(at: Address) -> str:
    return f"{at.scheme}://{_host(at)}{at.path}"


def _resolved(at: Address) -> list[str]:
    """Every address of the host; BadFile where one of them is not of the public network."""
    found = socket.getaddrinfo(at.host, at.port, type=socket.SOCK_STREAM)
    numbers = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not at.may_be_private and not all(_is_public(number) for number in numbers):
        raise BadFile("url_private")
    return numbers


def _is_public(number: str) -> bool:
    known = ipaddress.ip_address(number.partition("%")[0])
    if isinstance(known, ipaddress.IPv4Address):
        return known.is_global and not known.is_multicast
    if known.ipv4_mapped is not None:
        return _is_public(str(known.ipv4_mapped))
    return known.is_global and known in _PUBLIC_V6 and known.sixtofour is None


class _Pinned(http.client.HTTPConnection):
    """A connection to the address that was looked at, by the name that was asked for."""

    def __init__(self, at: Address, deadline: float) -> None:
        super().__init__(at.host, at.port, timeout=max(0.1, deadline - time.monotonic()))
        self._at = at
        self._deadline = deadline

    def connect(self) -> None:
        last: OSError = OSError("no address")
        for number in _resolved(self._at):
            left = max(0.1, self._deadline - time.monotonic())
            try:
                self.sock = socket.create_connection((number, self._at.port), left)
            except OSError as error:
                last = error
                continue
            if self._at.scheme == "https":
                trust = ssl.create_default_context()
                self.sock = trust.wrap_socket(self.sock, server_hostname=self._at.host)
            return
        raise last

    def cut(self) -> None:
        """End the exchange from another thread, however slowly the server sends."""
        if self.sock is not None:
            with suppress(OSError):  # the other side was faster
                self.sock.shutdown(socket.SHUT_RDWR)
