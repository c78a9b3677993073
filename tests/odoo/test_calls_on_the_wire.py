"""What the client sends: one request per call, closed after it, arguments as each version takes
them, and nothing at all where there is nothing to do."""

import pytest

from importer.odoo.errors import KeyRefused, ServerBug, Transient, WrongAddress
from importer.odoo.protocols import LoadAnswer, ReferenceFound
from tests.odoo.clients import SECRET, known_client
from tests.odoo.scripted import Script, answering, answering_json, fault, refusal, result, serving

LOADED = {"ids": [5, 6], "messages": [], "nextrow": 0}


def test_json2_sends_named_arguments_and_a_bearer_key() -> None:
    with serving(answering_json([3])) as server, known_client(server.url, "json2") as client:
        client.write("res.partner", [3], {"name": "Ann"}, context={"lang": "en_US"})
    (request,) = server.requests
    assert request.path == "/json/2/res.partner/write"
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert request.headers["x-odoo-database"] == "shop"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["connection"] == "close"
    assert request.json == {"vals": {"name": "Ann"}, "ids": [3], "context": {"lang": "en_US"}}


def test_json2_cannot_be_led_to_another_path() -> None:
    with serving(answering_json([])) as server, known_client(server.url, "json2") as client:
        client.call("../web?a", "b/c#d")
    assert server.requests[0].path == "/json/2/..%2Fweb%3Fa/b%2Fc%23d"


def test_json2_gives_no_ids_to_methods_of_the_model() -> None:
    with serving(answering_json(0)) as server, known_client(server.url, "json2") as client:
        client.search_count("res.partner", [])
    assert server.requests[0].json == {"domain": []}


def test_json_rpc_puts_by_place_what_changed_its_name() -> None:
    with serving(answering_json(result(4))) as server, known_client(server.url) as client:
        assert client.search_count("res.partner", [["id", ">", 1]], context={"x": 1}) == 4
    params = server.requests[0].json["params"]
    assert params["args"][:3] == ["shop", 7, SECRET]
    assert params["args"][3:] == [
        "res.partner",
        "search_count",
        [[["id", ">", 1]]],
        {"context": {"x": 1}},
    ]


def test_json_rpc_without_a_result_is_none() -> None:
    with (
        serving(answering_json({"jsonrpc": "2.0", "id": 1})) as server,
        known_client(server.url) as client,
    ):
        assert client.call("res.partner", "action_archive", [3]) is None


@pytest.mark.parametrize("protocol", ["jsonrpc", "json2"])
def test_insert_if_absent_creates_only(protocol: str) -> None:
    said = result(LOADED) if protocol == "jsonrpc" else LOADED
    with serving(answering_json(said)) as server, known_client(server.url, protocol) as client:
        answer = client.insert_if_absent(
            "res.partner", ["id", "name"], [["x.a", "A"], ["x.b", "B"]], context={"lang": "de_DE"}
        )
    assert answer == LoadAnswer(ids=(5, 6), messages=())
    sent = server.requests[0].json
    named = sent["params"]["args"][6] if protocol == "jsonrpc" else sent
    assert named["context"] == {"lang": "de_DE", "mode": "update", "noupdate": True}
    assert named["data"] == [["x.a", "A"], ["x.b", "B"]]


@pytest.mark.parametrize("protocol", ["jsonrpc", "json2"])
def test_a_conflict_inside_load_is_raised_and_not_sent_again(protocol: str) -> None:
    conflict = {"type": "error", "message": "could not serialize access\n", "record": 0}
    said: object = {"ids": False, "messages": [conflict], "nextrow": 0}
    script = answering_json(result(said) if protocol == "jsonrpc" else said)
    with serving(script) as server, known_client(server.url, protocol) as client:
        with pytest.raises(Transient):
            client.insert_if_absent("res.partner", ["id"], [["x.a"]])
        with pytest.raises(Transient):
            client.update("res.partner", ["id"], [["x.a"]])
    assert len(server.requests) == 2


def test_json_rpc_creates_by_place() -> None:
    with serving(answering_json(result([9]))) as server, known_client(server.url) as client:
        assert client.create_record("ir.model.data", {"name": "fence"}) == 9
    args = server.requests[0].json["params"]["args"]
    assert args[4:] == ["create", [[{"name": "fence"}]], {}]


def test_update_is_a_plain_load() -> None:
    with serving(answering_json(LOADED)) as server, known_client(server.url, "json2") as client:
        client.update("res.partner", [".id", "name"], [["5", "A"], ["6", "B"]])
    assert "context" not in server.requests[0].json


@pytest.mark.parametrize("protocol", ["jsonrpc", "json2"])
def test_empty_lists_send_nothing(protocol: str) -> None:
    with serving(answering_json(True)) as server, known_client(server.url, protocol) as client:
        client.write("res.partner", [], {"name": "all of them?"})
        client.unlink("res.partner", [])
        assert client.read("res.partner", [], ["name"]) == []
        assert client.external_ids("res.partner", []) == {}
        assert client.update("res.partner", ["id"], []).ids == ()
    assert server.requests == []


def test_rows_without_an_identity_are_refused_by_the_client() -> None:
    with serving(answering_json(True)) as server, known_client(server.url) as client:
        with pytest.raises(ValueError, match="'id'"):
            client.insert_if_absent("res.partner", ["name"], [["A"]])
        with pytest.raises(ValueError, match="'id'"):
            client.update("res.partner", ["name"], [["A"]])
    assert server.requests == []


def test_external_ids_leave_out_records_without_one() -> None:
    said = answering_json({"1": "base.a", "2": ""})
    with serving(said) as server, known_client(server.url, "json2") as client:
        assert client.external_ids("res.partner", [1, 2]) == {1: "base.a"}


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (answering_json(["res.partner", 4]), ReferenceFound("res.partner", 4)),
        (answering_json(["res.partner", False]), ReferenceFound("res.partner", None)),
        (answering_json(refusal("builtins.ValueError", "not found: x.a"), 500), None),
    ],
)
def test_a_reference_is_found_hidden_or_absent(
    script: Script, expected: ReferenceFound | None
) -> None:
    with serving(script) as server, known_client(server.url, "json2") as client:
        assert client.find_reference("x.a.b") == expected
    sent = {"module": "x", "xml_id": "a.b", "context": {"active_test": False}}
    assert server.requests[0].json == sent


def test_nothing_that_may_be_shown_holds_the_secret() -> None:
    said = answering_json(fault("builtins.KeyError", f"no key {SECRET}"))
    with serving(said) as server, known_client(server.url) as client:
        assert SECRET not in repr(client)
        assert SECRET not in repr(vars(client))
        with pytest.raises(ServerBug) as caught:
            client.search("res.partner", [])
    assert str(caught.value) == "Odoo failed with KeyError: no key ***"
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_a_wrong_password_says_so_without_a_traceback() -> None:
    said = answering_json(fault("odoo.exceptions.AccessDenied", "Access Denied"))
    with (
        serving(said) as server,
        known_client(server.url) as client,
        pytest.raises(KeyRefused, match="wrong, expired or revoked") as caught,
    ):
        client.search("res.partner", [])
    assert "Traceback" not in str(caught.value)


def test_a_redirect_names_the_address_to_use() -> None:

    script = answering(301, b"", "text/html", Location="https://shop.example.com/jsonrpc?x=1")
    with (
        serving(script) as server,
        known_client(server.url) as client,
        pytest.raises(WrongAddress, match=r"\(https://shop.example.com\)"),
    ):
        client.search("res.partner", [])
