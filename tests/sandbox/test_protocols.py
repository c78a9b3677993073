"""The wire: envelopes, statuses and names of JSON-RPC and JSON-2, and the pages around them."""

from typing import Any

import httpx
import pytest

from tests.sandbox.serving import Refused, Sandbox

PARTNER = "res.partner"


def rpc(sandbox: Sandbox, service: str, method: str, *args: Any) -> dict[str, Any]:
    params = {"service": service, "method": method, "args": list(args)}
    answer: dict[str, Any] = sandbox.post("/jsonrpc", {"id": "x", "params": params}).json()
    return answer


def test_the_envelope_echoes_the_id(sandbox: Sandbox) -> None:
    answer = rpc(sandbox, "common", "version")
    assert (answer["jsonrpc"], answer["id"]) == ("2.0", "x")
    assert answer["result"]["server_version_info"][0] == sandbox.version


def test_a_method_that_returns_nothing_has_no_result(sandbox: Sandbox) -> None:
    record = sandbox.loaded(PARTNER, ["name"], ["A"])[0]
    args = ["sandbox", 2, "admin", PARTNER, "action_archive", [[record]]]
    assert "result" not in rpc(sandbox, "object", "execute_kw", *args)


def test_the_error_envelope_carries_the_exceptions_name(sandbox: Sandbox) -> None:
    args = ["sandbox", 2, "admin", "no.model", "search", [[]]]
    error = rpc(sandbox, "object", "execute_kw", *args)["error"]
    assert error["code"] == (0 if sandbox.version == 19 else 200)
    assert error["data"]["name"] == "odoo.exceptions.UserError"
    assert set(error["data"]) == {"name", "debug", "message", "arguments", "context"}


def test_logging_in(sandbox: Sandbox) -> None:
    assert rpc(sandbox, "common", "authenticate", "sandbox", "admin", "admin", {})["result"] == 2
    assert rpc(sandbox, "common", "authenticate", "sandbox", "admin", "no", {})["result"] is False
    error = rpc(sandbox, "common", "authenticate", "nodb", "admin", "admin", {})["error"]
    assert error["data"]["name"] == "psycopg2.OperationalError"
    args = ["sandbox", 2, "wrong", PARTNER, "search_count", [[]]]
    denied = rpc(sandbox, "object", "execute_kw", *args)["error"]
    assert denied["data"]["name"] == "odoo.exceptions.AccessDenied"


@pytest.mark.parametrize(
    ("model", "method", "args", "name"),
    [
        (PARTNER, "no_such", [[]], "builtins.AttributeError"),
        (PARTNER, "_search", [[]], "odoo.exceptions.AccessError"),
        (PARTNER, "search", [[["nosuch", "=", 1]]], "builtins.ValueError"),
        (PARTNER, "search", [[["name", "~~", 1]]], "builtins.ValueError"),
        (PARTNER, "read", [[1], ["nosuch"]], "builtins.ValueError"),
        (PARTNER, "create", [{"name": "A", "nosuch": 1}], "builtins.ValueError"),
        (PARTNER, "create", [{"name": "A", "type": "nonsense"}], "builtins.ValueError"),
        (PARTNER, "create", [{"email": "a@x.example"}], "odoo.exceptions.ValidationError"),
        (
            PARTNER,
            "create",
            [{"name": "A", "country_id": 99999}],
            "odoo.exceptions.ValidationError",
        ),
        (PARTNER, "write", [[1, 99999], {"city": "X"}], "odoo.exceptions.MissingError"),
        (PARTNER, "load", [["name"]], "builtins.TypeError"),
    ],
)
def test_faults_have_their_names(
    sandbox: Sandbox, model: str, method: str, args: list[Any], name: str
) -> None:
    with pytest.raises(Refused) as refused:
        sandbox.call(model, method, *args)
    assert refused.value.name == name


def test_reading_answers_false_zero_and_lists_for_empties(sandbox: Sandbox) -> None:
    record = sandbox.call(PARTNER, "create", {"name": "A", "country_id": 20})
    fields = ["email", "country_id", "category_id", "color", "partner_latitude", "parent_id"]
    row = sandbox.call(PARTNER, "read", [record, 999999], fields)
    assert row == [
        {
            "id": record,
            "email": False,
            "country_id": [20, "Belgium"],
            "category_id": [],
            "color": 0,
            "partner_latitude": 0.0,
            "parent_id": False,
        }
    ]
    assert sandbox.one(PARTNER, record, "country_id")["country_id"] == 20


@pytest.mark.parametrize(
    ("domain", "names"),
    [
        ([["ref", "=", "S1"]], ["A"]),
        (["|", ["ref", "=", "S1"], ["name", "=", "C"]], ["A", "C"]),
        (["&", "!", ["ref", "=", "S1"], ["ref", "!=", False]], ["C"]),
        ([["ref", "in", ["S1", "S2"]]], ["A"]),
        ([["name", "=ilike", "a"], ["ref", "!=", False]], ["A"]),
        ([["ref", "=ilike", "s_"]], ["A", "C"]),
        ([["ref", "=ilike", "s\\_"]], []),
        ([["ref", "=ilike", "\\s1"]], ["A"]),
        ([["country_id.code", "=", "BE"], ["ref", "like", "S"]], ["A"]),
        ([["ref", "=", "S2"], ["active", "=", False]], ["B"]),
        ([["ref", "not in", ["S1", False]]], ["C"]),
        ([["country_id", "ilike", "belg"], ["ref", ">", "S0"]], ["A"]),
    ],
)
def test_searching(sandbox: Sandbox, domain: list[Any], names: list[str]) -> None:
    rows = [["A", "S1", "base.be", "1"], ["B", "S2", "", "0"], ["C", "S3", "", "1"]]
    sandbox.loaded(PARTNER, ["name", "ref", "country_id/id", "active"], *rows)
    found = sandbox.call(PARTNER, "search_read", domain, ["name"], order="id")
    assert [row["name"] for row in found] == names


def test_order_limit_and_offset(sandbox: Sandbox) -> None:
    rows = [[name, "X"] for name in ("B", "A", "C")]
    sandbox.loaded(PARTNER, ["name", "ref"], *rows)
    found = sandbox.call(
        PARTNER, "search_read", [["ref", "=", "X"]], ["name"], order="name desc", limit=1, offset=1
    )
    assert [row["name"] for row in found] == ["B"]


def test_names_can_be_searched(sandbox: Sandbox) -> None:
    found = sandbox.call("res.country", "name_search", "Belgium", operator="=")
    assert found == [[20, "Belgium"]]


def test_broken_bodies_and_wrong_types_are_pages(sandbox: Sandbox) -> None:
    for content, status in (("{", 400), ("[]", 500)):
        headers = {"Content-Type": "application/json"}
        answer = httpx.post(f"{sandbox.url}/jsonrpc", headers=headers, content=content)
        assert (answer.status_code, answer.text[:15].lower()) == (status, "<!doctype html>")
    plain = httpx.post(
        f"{sandbox.url}/jsonrpc", content="x", headers={"Content-Type": "text/plain"}
    )
    assert plain.status_code == 400
    assert sandbox.get("/nowhere").status_code == 404


def test_the_connection_is_closed_after_each_answer(sandbox: Sandbox) -> None:
    answer = sandbox.post("/web/webclient/version_info", {})
    assert answer.http_version == "HTTP/1.0"
    assert answer.json()["result"]["server_version_info"][0] == sandbox.version


def test_only_19_has_a_version_page_and_json2(sandbox: Sandbox) -> None:
    page = sandbox.get("/web/version")
    if sandbox.version == 19:
        assert page.json()["version_info"][:2] == [19, 0]
        return
    assert page.status_code == 404
    answer = sandbox.post(f"/json/2/{PARTNER}/search_count", {"domain": []})
    assert (answer.status_code, "html" in answer.headers["content-type"]) == (404, True)


def test_json2_answers_bare_values(sandbox19: Sandbox) -> None:
    who = sandbox19.json2("res.users", "context_get")
    assert who == {"lang": "en_US", "tz": False, "uid": 2}
    assert isinstance(sandbox19.json2(PARTNER, "create", vals_list={"name": "A"}), list)
    record = sandbox19.json2(PARTNER, "create", vals_list=[{"name": "B"}])[0]
    assert sandbox19.json2(PARTNER, "write", ids=record, vals={"city": "Ghent"}) is True
    row = sandbox19.json2(PARTNER, "search_read", domain=[["id", "=", record]], fields=["city"])
    assert row == [{"id": record, "city": "Ghent"}]
    assert sandbox19.json2(PARTNER, "write", vals={"city": "Nowhere"}) is True
    answer = sandbox19.json2(PARTNER, "load", fields=["name"], data=[[""]])
    assert answer["ids"] is False


@pytest.mark.parametrize(
    ("path", "body", "status", "name"),
    [
        (f"{PARTNER}/search_count", {}, 422, "werkzeug.exceptions.UnprocessableEntity"),
        (f"{PARTNER}/load", {"ids": [1], "fields": [], "data": []}, 422,
         "werkzeug.exceptions.UnprocessableEntity"),
        (f"{PARTNER}/name_search", {"args": []}, 422, "werkzeug.exceptions.UnprocessableEntity"),
        (f"{PARTNER}/search_read", {"nope": 1}, 500, "builtins.TypeError"),
        (f"{PARTNER}/create", {"vals_list": [{"nofield": 1}]}, 500, "builtins.ValueError"),
        (f"{PARTNER}/write", {"ids": [1], "vals": {"nofield": 1}}, 500, "builtins.KeyError"),
        (f"{PARTNER}/create", {"vals_list": [{}]}, 422, "odoo.exceptions.ValidationError"),
        (f"{PARTNER}/write", {"ids": ["8"], "vals": {}}, 404, "odoo.exceptions.MissingError"),
        (f"{PARTNER}/unlink", {"ids": [3]}, 500, "odoo.exceptions.RedirectWarning"),
        (f"{PARTNER}/unlink", {"ids": [1]}, 422, "odoo.exceptions.ValidationError"),
        (f"{PARTNER}/_compute", {}, 403, "odoo.exceptions.AccessError"),
        (f"{PARTNER}/nosuch", {}, 404, "werkzeug.exceptions.NotFound"),
        ("no.model/search", {}, 404, "werkzeug.exceptions.NotFound"),
        (f"{PARTNER}/search_count", {"domain": [], "context": {"lang": "fr_FR"}}, 422,
         "odoo.exceptions.UserError"),
        (f"{PARTNER}/search_count", {"domain": [], "context": {"allowed_company_ids": [9]}}, 403,
         "odoo.exceptions.AccessError"),
    ],
)  # fmt: skip
def test_json2_errors(
    sandbox19: Sandbox, path: str, body: dict[str, Any], status: int, name: str
) -> None:
    headers = {"Authorization": "Bearer admin", "X-Odoo-Database": "sandbox"}
    answer = sandbox19.post(f"/json/2/{path}", body, headers=headers)
    assert (answer.status_code, answer.json()["name"]) == (status, name)
    assert set(answer.json()) == {"name", "message", "arguments", "context", "debug"}


def test_json2_keys_and_databases(sandbox19: Sandbox) -> None:
    path = f"/json/2/{PARTNER}/search_count"
    body: dict[str, Any] = {"domain": []}
    assert sandbox19.post(path, body).status_code == 401
    wrong = sandbox19.post(path, body, headers={"Authorization": "bearer wrong"})
    assert (wrong.status_code, wrong.json()["message"]) == (401, "Invalid apikey")
    headers = {"Authorization": "bearer admin", "X-Odoo-Database": "other"}
    other = sandbox19.post(path, body, headers=headers)
    assert (other.status_code, "html" in other.headers["content-type"]) == (404, True)


def test_json2_bodies(sandbox19: Sandbox) -> None:
    headers = {"Authorization": "bearer admin", "Content-Type": "application/json"}
    url = f"{sandbox19.url}/json/2/{PARTNER}/search_count"
    assert httpx.post(url, content='{"domain": [}', headers=headers).status_code == 400
    plain = httpx.post(url, content="{}", headers={**headers, "Content-Type": "text/plain"})
    assert plain.status_code == 415
    page = httpx.get(url, headers=headers)
    assert (page.status_code, page.json()["name"]) == (404, "werkzeug.exceptions.NotFound")


def test_a_language_that_is_not_installed(sandbox: Sandbox) -> None:
    def asked() -> Any:
        return sandbox.load("product.template", ["name"], ["Chair"], lang="fr_FR")

    if sandbox.version == 19:
        with pytest.raises(Refused) as refused:
            asked()
        assert refused.value.name == "odoo.exceptions.UserError"
    else:
        assert bool(asked()["ids"]) is (sandbox.version == 17)
