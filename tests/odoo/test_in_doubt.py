"""After the first byte left, only a complete answer of Odoo's ends the doubt; before it, nothing
is in doubt. Real sockets on the loopback."""

import json
import socket
import struct
import time

import pytest

from importer.odoo.client import connect_known
from importer.odoo.errors import (
    DataRefused,
    InDoubt,
    OdooError,
    TooLarge,
    Unreachable,
    WrongAddress,
)
from importer.odoo.versions import parse_version
from tests.odoo.clients import QUICK, known_client
from tests.odoo.scripted import (
    Request,
    Script,
    answering,
    answering_html,
    http,
    refusal,
    result,
    serving,
)

PROTOCOLS = ("jsonrpc", "json2")
GOOD = {"ids": [5], "messages": [], "nextrow": 0}


def body(protocol: str) -> bytes:
    return json.dumps(result(GOOD) if protocol == "jsonrpc" else GOOD).encode()


def send_one(url: str, protocol: str) -> object:
    with known_client(url, protocol) as client:
        return client.insert_if_absent("res.partner", ["id", "name"], [["x.a", "Ann"]])


def drop(connection: socket.socket, request: Request) -> None:
    """Closes without a word, as a killed Odoo worker does."""


def reset(connection: socket.socket, request: Request) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silence(connection: socket.socket, request: Request) -> None:
    time.sleep(1.5)


def cut_body(connection: socket.socket, request: Request) -> None:
    protocol = "jsonrpc" if request.path == "/jsonrpc" else "json2"
    connection.sendall(http(200, body(protocol), "application/json")[:-3])


def cut_body_of_unknown_length(connection: socket.socket, request: Request) -> None:
    protocol = "jsonrpc" if request.path == "/jsonrpc" else "json2"
    head = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"
    connection.sendall(head + body(protocol)[:-3])


def cut_headers(connection: socket.socket, request: Request) -> None:
    connection.sendall(b"HTTP/1.0 200 OK\r\nContent-")


def drip(connection: socket.socket, request: Request) -> None:
    """A piece now and then, so that no single silence is long."""
    connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n")
    for _ in range(40):
        connection.sendall(b" ")
        time.sleep(0.2)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "script",
    [
        drop,
        reset,
        silence,
        cut_body,
        cut_body_of_unknown_length,
        cut_headers,
        answering_html(500),
        answering_html(502),
        answering_html(503),
        answering_html(504),
        answering_html(200, "<p>We are moving</p>"),
        answering(200, b'{"ids": "many", "messages": []}', "application/json"),
        answering(502, b"", "application/json"),
    ],
)
def test_a_write_without_a_complete_answer_is_in_doubt(protocol: str, script: Script) -> None:
    with serving(script) as server, pytest.raises(InDoubt) as caught:
        send_one(server.url, protocol)
    assert len(server.requests) == 1, "a call is never repeated by the client"
    assert "not known" in str(caught.value)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_whole_answer_has_one_deadline(protocol: str) -> None:
    with serving(drip) as server:
        start = time.monotonic()
        with pytest.raises(InDoubt, match="within 1 seconds"):
            send_one(server.url, protocol)
        assert time.monotonic() - start < 2


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (answering_html(404), WrongAddress),
        (answering_html(413), TooLarge),
        (answering_html(308, "moved"), WrongAddress),
    ],
)
def test_a_definite_page_is_no_doubt(protocol: str, script: Script, kind: type[OdooError]) -> None:
    with serving(script) as server, pytest.raises(kind):
        send_one(server.url, protocol)


def test_a_complaint_of_odoo_under_status_500_is_no_doubt() -> None:
    said = json.dumps(refusal("odoo.exceptions.RedirectWarning", "('x', {})", "Archive it"))
    script = answering(500, said.encode(), "application/json; charset=utf-8")
    with serving(script) as server, pytest.raises(DataRefused, match="^Archive it$"):
        send_one(server.url, "json2")


@pytest.mark.parametrize("script", [drop, silence, cut_body, answering_html(502)])
def test_a_read_without_an_answer_is_never_in_doubt(script: Script) -> None:
    with (
        serving(script) as server,
        known_client(server.url) as client,
        pytest.raises(Unreachable, match="Nothing was changed"),
    ):
        client.search("res.partner", [])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_refused_connection_is_unreachable(protocol: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unreachable, match="refused"):
        send_one(f"http://127.0.0.1:{port}", protocol)


def test_an_unknown_host_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="no server named"):
        send_one("http://nowhere.invalid:8069", "jsonrpc")


def test_a_failed_tls_handshake_is_unreachable() -> None:
    with serving(answering_html(400)) as server, pytest.raises(Unreachable, match="secure"):
        send_one(server.url.replace("http:", "https:"), "jsonrpc")


def test_a_server_that_never_accepts_is_unreachable() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        with pytest.raises(Unreachable, match="within 1 seconds"):
            send_one(f"http://127.0.0.1:{port}", "jsonrpc")
        for one in waiting:
            one.close()


def test_a_lone_surrogate_is_refused_before_anything_is_sent() -> None:
    with serving(drop) as server:
        client = connect_known(
            server.url,
            "shop",
            "ann",
            "k",
            version=parse_version("17.0"),
            protocol="jsonrpc",
            uid=7,
            timeout=QUICK,
        )
        with pytest.raises(DataRefused, match="half of a character"):
            client.update("res.partner", ["id", "name"], [["x.a", "\ud800"]])
        client.close()
    assert server.requests == []
