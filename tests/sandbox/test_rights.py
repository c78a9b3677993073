"""Three logins: the administrator, ``low`` (a worker), ``reader`` (looks at contacts only)."""

import pytest

from tests.sandbox.serving import Refused, Sandbox, errors

PARTNER = "res.partner"


def test_external_ids_are_closed_to_low_but_references_can_be_checked(sandbox: Sandbox) -> None:
    for model in ("ir.model.data", "ir.model", "ir.model.fields"):
        with pytest.raises(Refused) as refused:
            sandbox.call(model, "search_read", [], ["name"], login="low", limit=1)
        assert refused.value.name == "odoo.exceptions.AccessError"
    found = sandbox.call("ir.model.data", "check_object_reference", "base", "be", login="low")
    assert found[0] == "res.country"


def test_low_loads_with_external_ids_and_learns_them(sandbox: Sandbox) -> None:
    answer = sandbox.call(PARTNER, "load", ["id", "name"], [["m.a", "A"]], login="low")
    record = answer["ids"][0]
    named = sandbox.call(PARTNER, "get_external_id", [record], login="low")
    assert named == {str(record): "m.a"}


def test_without_rights_load_refuses_each_row(sandbox: Sandbox) -> None:
    rows = [["A"], ["B"]]
    answer = sandbox.call(PARTNER, "load", ["name"], rows, login="reader")
    assert answer["ids"] is False
    assert errors(answer) == [(0, None), (1, None)]


def test_without_rights_other_calls_are_refused(sandbox: Sandbox) -> None:
    for method, args in (("create", [{"name": "A"}]), ("write", [[1], {"name": "A"}])):
        with pytest.raises(Refused) as refused:
            sandbox.call(PARTNER, method, *args, login="reader")
        assert refused.value.name == "odoo.exceptions.AccessError"
    may = sandbox.call(
        PARTNER, "check_access_rights", "create", raise_exception=False, login="reader"
    )
    assert may is False
    if sandbox.version == 19:
        assert sandbox.call(PARTNER, "has_access", [], "read", login="reader") is True


def test_fields_can_be_asked_for_of_closed_models(sandbox: Sandbox) -> None:
    described = sandbox.call("sale.order", "fields_get", ["name"], ["type"], login="reader")
    assert described == {"name": {"type": "char"}}


def test_a_new_user_can_log_in(sandbox: Sandbox) -> None:
    fields = ["id", "name", "login", "password"]
    user = sandbox.loaded("res.users", fields, ["m.u", "Ann", "ann", "ann"])[0]
    assert sandbox.uid("ann") == user
    assert sandbox.one("res.users", user, "password")["password"] == ""
