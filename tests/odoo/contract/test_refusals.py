"""Which kind of error each refusal is, the same over every protocol and version."""

import pytest

from importer.odoo.client import Client
from importer.odoo.errors import AccessRefused, DataRefused, ServerBug, Unsupported
from tests.odoo.contract.conftest import Namespace

PARTNER = "res.partner"
GONE = 2_000_000


def test_an_unknown_model_is_not_supported(odoo: Client) -> None:
    with pytest.raises(Unsupported):
        odoo.fields_get("no.such.model")
    with pytest.raises(Unsupported):
        odoo.search("no.such.model", [])


def test_an_unknown_method_is_not_supported(odoo: Client) -> None:
    with pytest.raises(Unsupported):
        odoo.call(PARTNER, "no_such_method")


def test_a_private_method_is_forbidden(odoo: Client) -> None:
    with pytest.raises(AccessRefused):
        odoo.call(PARTNER, "_compute_display_name", [1])


def test_an_unknown_field_is_a_bug(odoo: Client, ours: Namespace) -> None:
    ids = ours.insert(PARTNER, ["name"], [["a", "Ann"]])
    with pytest.raises(ServerBug):
        odoo.write(PARTNER, ids, {"no_such_field": 1})
    with pytest.raises(ServerBug):
        odoo.search(PARTNER, [["no_such_field", "=", 1]])


def test_a_wrong_choice_is_a_bug_in_a_write(odoo: Client, ours: Namespace) -> None:
    ids = ours.insert(PARTNER, ["name"], [["a", "Ann"]])
    with pytest.raises(ServerBug):
        odoo.write(PARTNER, ids, {"type": "nonsense"})


def test_a_record_that_is_gone_refuses_the_whole_list(odoo: Client, ours: Namespace) -> None:
    ids = ours.insert(PARTNER, ["name"], [["a", "Ann"]])
    with pytest.raises(DataRefused):
        odoo.write(PARTNER, [*ids, GONE], {"name": "Anna"})
    with pytest.raises(DataRefused):
        odoo.unlink(PARTNER, [*ids, GONE])
    assert odoo.read(PARTNER, ids, ["name"])[0]["name"] == "Ann"


def test_a_constraint_refuses_a_write(odoo: Client, ours: Namespace) -> None:
    ids = ours.insert(PARTNER, ["name"], [["a", "Ann"]])
    with pytest.raises(DataRefused):
        odoo.write(PARTNER, ids, {"name": False})


def test_a_used_record_refuses_the_whole_unlink(odoo: Client, ours: Namespace) -> None:
    ids = ours.insert(PARTNER, ["name"], [["a", "Ann"]])
    (user,) = odoo.read("res.users", [odoo.uid], ["partner_id"])
    with pytest.raises(DataRefused) as caught:
        odoo.unlink(PARTNER, [*ids, user["partner_id"]])
    assert "ir.actions" not in str(caught.value)
    assert odoo.read(PARTNER, ids, ["name"]) != []


def test_unlink_takes_the_external_id_along(odoo: Client, ours: Namespace) -> None:
    ids = ours.insert(PARTNER, ["name"], [["a", "Ann"]])
    odoo.unlink(PARTNER, ids)
    assert odoo.find_reference(ours("a")) is None
    assert odoo.read(PARTNER, ids, ["name"]) == []
    assert ours.insert(PARTNER, ["name"], [["a", "Ann"]]) != ids


def test_a_method_without_an_answer_is_fine(odoo: Client, ours: Namespace) -> None:
    ids = ours.insert(PARTNER, ["name"], [["a", "Ann"]])
    odoo.call(PARTNER, "action_archive", ids)
    assert odoo.read(PARTNER, ids, ["active"])[0]["active"] is False


def test_a_dry_run_of_the_import_keeps_nothing(odoo: Client, ours: Namespace) -> None:
    text = f"id,name,color\n{ours('a')},Ann,1\n{ours('b')},Bob,x\n"
    wizard = odoo.create_record(
        "base_import.import",
        {"res_model": PARTNER, "file": text, "file_name": "a.csv", "file_type": "text/csv"},
    )
    options = {"has_headers": True, "quoting": '"', "separator": ",", "encoding": "utf-8"}
    fields = ["id", "name", "color"]
    arguments = {"fields": fields, "columns": fields, "options": options, "dryrun": True}
    said = odoo.call("base_import.import", "execute_import", [wizard], arguments=arguments)
    assert [message["type"] for message in said["messages"]] == ["error"]
    assert said["messages"][0]["rows"] == {"from": 1, "to": 1}
    found = odoo.find_reference(ours("a"))
    assert found is None or found.id is None
