"""Models whose methods call an argument otherwise, or lack one, are reached all the same."""

import json
import socket
from collections.abc import Iterator

import pytest

from importer.odoo.errors import ServerBug
from tests.odoo.clients import known_client
from tests.odoo.scripted import Request, Script, answering_json, http, refusal, result, serving

TYPE_ERROR = "builtins.TypeError"


def in_turn(*answers: object) -> Script:
    """These JSON-2 answers, one a request; a tuple is a refusal's name and message."""
    left: Iterator[object] = iter(answers)

    def script(connection: socket.socket, request: Request) -> None:
        said = next(left)
        status, body = (500, refusal(*said)) if isinstance(said, tuple) else (200, said)
        connection.sendall(http(status, json.dumps(body).encode(), "application/json"))

    return script


def test_json_rpc_writes_by_place() -> None:
    with serving(answering_json(result(True))) as server, known_client(server.url) as client:
        client.write("sale.order", [4], {"note": "x"})
    assert server.requests[0].json["params"]["args"][4:] == ["write", [[4], {"note": "x"}], {}]


def test_json_2_tries_the_other_name_where_a_model_has_one() -> None:
    refused = (TYPE_ERROR, "Tag.write() got an unexpected keyword argument 'vals'")
    with (
        serving(in_turn(refused, True)) as server,
        known_client(server.url, "json2") as client,
    ):
        client.write("project.tags", [4], {"name": "x"})
    assert server.requests[1].json == {"ids": [4], "values": {"name": "x"}}


def test_a_search_read_without_load_becomes_a_search_and_a_read() -> None:
    refused = (TYPE_ERROR, "Line.search_read() got an unexpected keyword argument 'load'")
    read = [{"id": 2, "name": "two"}, {"id": 7, "name": "seven"}]
    with (
        serving(in_turn(refused, [7, 2], read)) as server,
        known_client(server.url, "json2") as client,
    ):
        found = client.search_read("account.move.line", [], ["name"], order="name")
    assert [one["id"] for one in found] == [7, 2]
    assert [one.path.rpartition("/")[2] for one in server.requests] == [
        "search_read",
        "search",
        "read",
    ]


def test_other_type_errors_are_not_answered_by_a_second_try() -> None:
    refused = (TYPE_ERROR, "unsupported operand type(s)")
    with (
        serving(in_turn(refused, True)) as server,
        known_client(server.url, "json2") as client,
        pytest.raises(ServerBug),
    ):
        client.write("project.tags", [4], {"name": "x"})
    assert len(server.requests) == 1
