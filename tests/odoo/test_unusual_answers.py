"""Answers that only a server in trouble gives."""

import json
import socket

import pytest

from importer.odoo.errors import InDoubt, OdooError, ServerBug
from importer.odoo.fingerprints import read_fingerprint
from importer.odoo.judging import odoo_error
from tests.odoo.clients import SECRET, known_client
from tests.odoo.scripted import Request, answering_json, http, refusal, result, serving

GOOD = {"ids": [5], "messages": [], "nextrow": 0}


@pytest.mark.parametrize("name", ["AdminShutdown", "CrashShutdown", "InterfaceError"])
def test_a_database_lost_in_mid_call_leaves_doubt(name: str) -> None:
    assert type(odoo_error(f"psycopg2.errors.{name}", "terminating connection")) is InDoubt


@pytest.mark.parametrize("status", [500, 502])
def test_a_result_under_an_error_status_leaves_doubt(status: int) -> None:
    def odd(connection: socket.socket, request: Request) -> None:
        connection.sendall(http(status, json.dumps(result(GOOD)).encode(), "application/json"))

    with (
        serving(odd) as server,
        known_client(server.url, "jsonrpc") as client,
        pytest.raises(OdooError) as caught,
    ):
        client.insert_if_absent("res.partner", ["id", "name"], [["x.a", "Ann"]])
    assert type(caught.value) is InDoubt


def test_a_login_that_sees_neither_uuid_nor_dates_gives_no_fingerprint() -> None:
    class Blind:
        def search_read(self, *args: object, **more: object) -> list[object]:
            return []

        def read(self, *args: object, **more: object) -> list[object]:
            return []

    assert read_fingerprint(Blind()) == ""  # type: ignore[arg-type]


def test_an_error_of_json2_that_quotes_the_secret_is_shown_without_it() -> None:
    said = answering_json(refusal("builtins.KeyError", f"no key {SECRET}"), 500)
    with (
        serving(said) as server,
        known_client(server.url, "json2") as client,
        pytest.raises(ServerBug) as caught,
    ):
        client.search("res.partner", [])
    assert str(caught.value) == "Odoo failed with KeyError: no key ***"
