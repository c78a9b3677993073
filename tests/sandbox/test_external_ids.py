"""External ids: naming, upserting, insert-if-absent, and their end with the record."""

import pytest

from tests.sandbox.serving import Refused, Sandbox, errors

PARTNER = "res.partner"
IF_ABSENT = {"mode": "update", "noupdate": True}


def test_an_id_without_a_dot_gets_the_import_prefix(sandbox: Sandbox) -> None:
    record = sandbox.loaded(PARTNER, ["id", "name"], ["plain", "A"])[0]
    assert sandbox.call(PARTNER, "get_external_id", [record]) == {str(record): "__import__.plain"}


def test_the_context_may_choose_the_prefix(sandbox: Sandbox) -> None:
    record = sandbox.loaded(PARTNER, ["id", "name"], ["plain", "A"], module="ours")[0]
    found = sandbox.call("ir.model.data", "check_object_reference", "ours", "plain")
    assert found == [PARTNER, record]


def test_the_first_dot_splits(sandbox: Sandbox) -> None:
    sandbox.loaded(PARTNER, ["id", "name"], ["a.b.c", "A"])
    domain = [["module", "=", "a"], ["name", "=", "b.c"]]
    assert sandbox.call("ir.model.data", "search_count", domain) == 1


def test_a_known_id_is_updated_a_new_one_created(sandbox: Sandbox) -> None:
    first = sandbox.loaded(PARTNER, ["id", "name"], ["m.a", "A"])[0]
    ids = sandbox.loaded(PARTNER, ["id", "name"], ["m.a", "A2"], ["m.b", "B"])
    assert ids[0] == first and ids[1] > first
    assert sandbox.one(PARTNER, first, "name")["name"] == "A2"


def test_the_same_id_twice_updates_the_first(sandbox: Sandbox) -> None:
    ids = sandbox.loaded(PARTNER, ["id", "name"], ["m.a", "A"], ["m.b", "B"], ["m.a", "A2"])
    assert ids[0] == ids[2] != ids[1]
    assert sandbox.one(PARTNER, ids[0], "name")["name"] == "A2"


def test_an_id_of_another_model_is_refused(sandbox: Sandbox) -> None:
    answer = sandbox.load(PARTNER, ["id", "name"], ["base.be", "Oops"])
    assert errors(answer) == [(0, None)]
    assert "res.country" in answer["messages"][0]["message"]


def test_a_space_in_an_id_is_a_database_error(sandbox: Sandbox) -> None:
    assert errors(sandbox.load(PARTNER, ["id", "name"], ["my id", "A"])) == [(0, None)]


def test_a_modules_prefix_is_refused_only_for_files(sandbox: Sandbox) -> None:
    assert sandbox.load(PARTNER, ["id", "name"], ["base.my_p", "A"])["ids"]
    answer = sandbox.load(PARTNER, ["id", "name"], ["base.my_q", "B"], import_file=True)
    assert errors(answer) == [(0, None)]


def test_insert_if_absent_leaves_what_exists_and_answers_all_ids(sandbox: Sandbox) -> None:
    fields = ["id", "name"]
    first = sandbox.loaded(PARTNER, fields, ["m.a", "A"], **IF_ABSENT)[0]
    sandbox.call(PARTNER, "write", [first], {"name": "Edited"})
    ids = sandbox.loaded(PARTNER, fields, ["m.a", "A again"], ["m.b", "B"], **IF_ABSENT)
    assert ids[0] == first and len(set(ids)) == 2
    assert sandbox.one(PARTNER, first, "name")["name"] == "Edited"


def test_a_plain_load_still_updates_a_noupdate_record(sandbox: Sandbox) -> None:
    first = sandbox.loaded(PARTNER, ["id", "name"], ["m.a", "A"], **IF_ABSENT)[0]
    sandbox.loaded(PARTNER, ["id", "name"], ["m.a", "A2"])
    assert sandbox.one(PARTNER, first, "name")["name"] == "A2"


def test_mode_update_without_ids_is_an_error(sandbox: Sandbox) -> None:
    answer = sandbox.load(PARTNER, ["name"], ["A"], mode="update")
    assert errors(answer) == [(0, None)]
    assert "KeyError" in answer["messages"][0]["message"]


def test_a_product_names_its_template_too(sandbox: Sandbox) -> None:
    product = sandbox.loaded("product.product", ["id", "name"], ["m.p", "P"])[0]
    template = sandbox.one("product.product", product, "product_tmpl_id")["product_tmpl_id"]
    found = sandbox.call("ir.model.data", "check_object_reference", "m", "p_product_template")
    assert found == ["product.template", template]


def test_a_user_names_its_partner_too(sandbox: Sandbox) -> None:
    sandbox.loaded("res.users", ["id", "name", "login"], ["m.u", "U", "u@x.example"])
    found = sandbox.call("ir.model.data", "check_object_reference", "m", "u_res_partner")
    assert found[0] == PARTNER


def test_an_external_id_goes_with_its_record_and_may_come_again(sandbox: Sandbox) -> None:
    first = sandbox.loaded(PARTNER, ["id", "name"], ["m.a", "A"])[0]
    sandbox.call(PARTNER, "unlink", [first])
    with pytest.raises(Refused) as refused:
        sandbox.call("ir.model.data", "check_object_reference", "m", "a")
    assert refused.value.name == "builtins.ValueError"
    assert sandbox.loaded(PARTNER, ["id", "name"], ["m.a", "A"])[0] > first


def test_a_dangling_external_id_is_replaced(sandbox: Sandbox) -> None:
    row = {"module": "m", "name": "gone", "model": PARTNER, "res_id": 999999}
    sandbox.call("ir.model.data", "create", [row])
    record = sandbox.loaded(PARTNER, ["id", "name"], ["m.gone", "A"])[0]
    found = sandbox.call("ir.model.data", "check_object_reference", "m", "gone")
    assert found == [PARTNER, record]


def test_an_archived_record_is_updated_by_its_external_id(sandbox: Sandbox) -> None:
    record = sandbox.loaded(PARTNER, ["id", "name", "active"], ["m.a", "A", "0"])[0]
    assert sandbox.loaded(PARTNER, ["id", "name"], ["m.a", "A2"]) == [record]
    assert sandbox.call("ir.model.data", "check_object_reference", "m", "a") == [PARTNER, False]


def test_a_database_id_updates_alone_and_is_ignored_beside_an_external_id(
    sandbox: Sandbox,
) -> None:
    record = sandbox.loaded(PARTNER, ["name"], ["A"])[0]
    assert sandbox.loaded(PARTNER, [".id", "name"], [str(record), "A2"]) == [record]
    other = sandbox.loaded(PARTNER, ["id", ".id", "name"], ["m.new", str(record), "B"])[0]
    assert other != record


def test_an_archived_database_id_is_unknown_unless_looked_for(sandbox: Sandbox) -> None:
    record = sandbox.loaded(PARTNER, ["name", "active"], ["A", "0"])[0]
    answer = sandbox.load(PARTNER, [".id", "color"], [str(record), "1"])
    assert errors(answer) == [(0, ".id"), (0, None)]
    row = [str(record), "1"]
    assert sandbox.loaded(PARTNER, [".id", "color"], row, active_test=False) == [record]


def test_a_name_may_be_attached_to_a_record_once(sandbox: Sandbox) -> None:
    row = {"module": "m", "name": "admin", "model": PARTNER, "res_id": 3}
    sandbox.call("ir.model.data", "create", row)
    with pytest.raises(Refused) as refused:
        sandbox.call("ir.model.data", "create", row)
    assert refused.value.name == "odoo.exceptions.ValidationError"
