"""Defaults that fail one by one, and lookup lists longer than a page."""

import json
import socket
from typing import Any

import pytest

from importer.odoo.schema import lookup_records, read_schema
from importer.odoo.versions import base_url, parse_version
from tests.odoo.clients import known_client
from tests.odoo.scripted import Request, http, refusal, serving

FIELDS = {
    "id": {"type": "integer", "readonly": True, "store": True},
    "name": {"type": "char", "string": "Name", "required": True, "store": True},
    "kind": {"type": "selection", "store": True, "selection": [["a", "A"], ["b", "B"]]},
    "broken": {"type": "char", "store": True},
    "shown": {"type": "char", "readonly": True, "store": False, "depends": ["name"]},
}


def model_with_a_broken_default(connection: socket.socket, request: Request) -> None:
    status, said = 200, answer(request)
    if said is None:
        status, said = 500, refusal("builtins.KeyError", "broken")
    connection.sendall(http(status, json.dumps(said).encode(), "application/json"))


def answer(request: Request) -> Any:
    if request.path.endswith("/fields_get"):
        return FIELDS
    asked = request.json["fields"]
    return None if "broken" in asked else {n: "a" for n in asked if n == "kind"}


def test_one_failing_default_does_not_hide_the_others() -> None:
    script = model_with_a_broken_default
    with serving(script) as server, known_client(server.url, "json2") as client:
        facts = read_schema(client, "any.model")
    assert facts.model == "any.model"
    assert facts.defaults == {"kind": "a"}
    assert facts.unread_defaults == ("broken",)
    assert facts.fields["kind"].selection == (("a", "A"), ("b", "B"))
    assert facts.fields["shown"].depends == ("name",)
    asked = {name for request in server.requests for name in request.json.get("fields", [])}
    assert asked == {"name", "kind", "broken"}


def many(connection: socket.socket, request: Request) -> None:
    """2 500 records, of which every tenth has an external id."""
    body = request.json
    if request.path.endswith("/get_external_id"):
        said: Any = {str(n): "" if n % 10 else f"x.r{n}" for n in body["ids"]}
    else:
        last = body["domain"][0][2]
        found = range(last + 1, min(2500, last + body["limit"]) + 1)
        said = [{"id": n, "name": f"R{n}"} for n in found]
    connection.sendall(http(200, json.dumps(said).encode(), "application/json"))


@pytest.mark.parametrize("limit", [None, 1, 1000, 1001, 2500, 9999])
def test_a_lookup_list_is_read_page_by_page(limit: int | None) -> None:
    with serving(many) as server, known_client(server.url, "json2") as client:
        found = lookup_records(client, "any.model", ["name"], [["a", "=", 1]], limit=limit)
    expected = min(limit or 2500, 2500)
    assert [record.id for record in found] == list(range(1, expected + 1))
    assert found[0] == (1, {"name": "R1"}, None)
    assert all((record.external_id is None) == bool(record.id % 10) for record in found)
    first = server.requests[0].json
    assert first["domain"] == [["id", ">", 0], ["a", "=", 1]]
    assert first["context"] == {"active_test": False, "lang": "en_US"}


@pytest.mark.parametrize(
    ("text", "major", "minor"),
    [("19.0", 19, 0), ("17.0-20260101", 17, 0), ("saas~18.2", 18, 2), ("15.0+e", 15, 0)],
)
def test_versions_are_read_as_odoo_writes_them(text: str, major: int, minor: int) -> None:
    version = parse_version(text)
    assert (version.major, version.minor, version.text) == (major, minor, text)


def test_a_url_is_cut_to_the_server() -> None:
    assert base_url("https://odoo.example.com:8443/web#action=1") == "https://odoo.example.com:8443"
