"""Cells that refer to other records, and the fence that a loader builds of one."""

import pytest

from tests.sandbox.serving import Sandbox, errors

PARTNER = "res.partner"


def test_a_name_a_code_an_external_and_a_database_id(sandbox: Sandbox) -> None:
    be = sandbox.call("res.country", "search", [["code", "=", "BE"]])[0]
    for column, cell in (
        ("country_id", "Belgium"),
        ("country_id", "BE"),
        ("country_id/id", "base.be"),
        ("country_id/.id", str(be)),
        ("country_id.id", str(be)),
        ("country_id:id", "base.be"),
    ):
        record = sandbox.loaded(PARTNER, ["name", column], ["A", cell])[0]
        assert sandbox.one(PARTNER, record, "country_id")["country_id"] == be, column


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("country_id", "Atlantis"),
        ("country_id/id", "base.nope"),
        ("country_id/id", "base.main_company"),
        ("country_id/.id", "999999"),
        ("country_id/.id", "abc"),
    ],
)
def test_what_is_not_there_is_the_cells_error(sandbox: Sandbox, column: str, cell: str) -> None:
    answer = sandbox.load(PARTNER, ["name", column], ["A", "" + cell], ["B", ""])
    assert errors(answer) == [(0, "country_id")]
    if cell != "base.main_company":
        assert answer["messages"][0]["moreinfo"]["type"] == "ir.actions.act_window"


@pytest.mark.parametrize("word", ["no", "0", "False", "false"])
def test_false_words_in_id_columns_mean_empty(sandbox: Sandbox, word: str) -> None:
    record = sandbox.loaded(PARTNER, ["name", "country_id/id"], ["A", word])[0]
    assert sandbox.one(PARTNER, record, "country_id")["country_id"] is False


def test_two_kinds_of_reference_are_ambiguous_even_when_one_is_empty(sandbox: Sandbox) -> None:
    fields = ["name", "country_id/id", "country_id/.id"]
    answer = sandbox.load(PARTNER, fields, ["A", "base.be", ""])
    assert errors(answer) == [(0, "country_id")]
    assert "Ambiguous" in answer["messages"][0]["message"]


def test_an_ambiguous_name_takes_the_first_with_a_warning(sandbox: Sandbox) -> None:
    first, _ = sandbox.call("res.partner.category", "create", [{"name": "D"}, {"name": "D"}])
    answer = sandbox.load(PARTNER, ["name", "category_id"], ["A", "D"])
    assert [m["type"] for m in answer["messages"]] == ["warning"]
    kept = sandbox.one(PARTNER, answer["ids"][0], "category_id")["category_id"]
    assert kept == [first]


def test_a_parent_may_stand_before_its_child_in_one_call(sandbox: Sandbox) -> None:
    rows = [["m.co", "Co", ""], ["m.kid", "Kid", "m.co"]]
    company, kid = sandbox.loaded(PARTNER, ["id", "name", "parent_id/id"], *rows)
    assert sandbox.one(PARTNER, kid, "parent_id")["parent_id"] == company
    by_name = sandbox.loaded(PARTNER, ["name", "parent_id"], ["Big", ""], ["Kid", "Big"])
    assert sandbox.one(PARTNER, by_name[1], "parent_id")["parent_id"] == by_name[0]


def test_a_child_before_its_parent_is_refused(sandbox: Sandbox) -> None:
    rows = [["m.kid", "Kid", "m.co"], ["m.co", "Co", ""]]
    answer = sandbox.load(PARTNER, ["id", "name", "parent_id/id"], *rows)
    assert errors(answer) == [(0, "parent_id")]


def test_an_archived_record_is_found_by_external_id_only(sandbox: Sandbox) -> None:
    record = sandbox.loaded(PARTNER, ["id", "name", "active"], ["m.old", "Old", "0"])[0]
    kid = sandbox.loaded(PARTNER, ["name", "parent_id/id"], ["Kid", "m.old"])[0]
    assert sandbox.one(PARTNER, kid, "parent_id")["parent_id"] == record
    for column, cell in (("parent_id", "Old"), ("parent_id/.id", str(record))):
        answer = sandbox.load(PARTNER, ["name", column], ["Kid", cell])
        assert errors(answer) == [(0, "parent_id")], column


def test_a_product_is_found_by_code_and_by_shown_name(sandbox: Sandbox) -> None:
    product = sandbox.loaded("product.product", ["name", "default_code"], ["Desk", "SKU1"])[0]
    sandbox.loaded(PARTNER, ["id", "name"], ["m.c", "Customer"])
    fields = ["partner_id/id", "order_line/product_id", "order_line/product_uom_qty"]
    for name in ("SKU1", "[SKU1] Desk", "Desk"):
        order = sandbox.loaded("sale.order", fields, ["m.c", name, "1"])[0]
        lines = sandbox.call(
            "sale.order.line", "search_read", [["order_id", "=", order]], ["product_id"], load=""
        )
        assert [line["product_id"] for line in lines] == [product], name


def test_a_state_is_found_by_name_code_and_shown_name(sandbox: Sandbox) -> None:
    for name in ("California (US)", "California"):
        record = sandbox.loaded(PARTNER, ["name", "state_id"], ["A", name])[0]
        state = sandbox.one(PARTNER, record, "state_id")["state_id"]
        assert sandbox.one("res.country.state", state, "code")["code"] == "CA"
    assert sandbox.load(PARTNER, ["name", "state_id"], ["A", "CA"])["messages"]


def test_a_fence_is_resolved_then_ignored(sandbox: Sandbox) -> None:
    fence = {"module": "m", "name": "fence_1", "model": "res.users", "res_id": 1}
    row = sandbox.call("ir.model.data", "create", fence)
    fields = ["id", "name", "write_uid/id"]
    ids = sandbox.loaded(PARTNER, fields, ["m.a", "A", "m.fence_1"], ["m.b", "B", ""])
    assert sandbox.one(PARTNER, ids[0], "write_uid")["write_uid"] == 2
    sandbox.call("ir.model.data", "unlink", [row])
    answer = sandbox.load(PARTNER, fields, ["m.c", "C", "m.fence_1"], ["m.d", "D", ""])
    assert answer["ids"] is False
    assert errors(answer) == [(0, "write_uid")]
    assert "m.fence_1" in answer["messages"][0]["message"]


def test_unknown_references_can_be_left_empty_skipped_or_created(sandbox: Sandbox) -> None:
    fields = ["name", "country_id"]
    kept = sandbox.loaded(
        PARTNER, fields, ["A", "Atlantis"], import_file=True, import_set_empty_fields=["country_id"]
    )
    assert sandbox.one(PARTNER, kept[0], "country_id")["country_id"] is False
    rows = [["A", "Atlantis"], ["B", "Belgium"]]
    skipped = sandbox.loaded(
        PARTNER, fields, *rows, import_file=True, import_skip_records=["country_id"]
    )
    assert len(skipped) == 1
    made = sandbox.loaded(
        PARTNER,
        ["name", "category_id"],
        ["A", "New"],
        name_create_enabled_fields={"category_id": 1},
    )
    assert sandbox.one(PARTNER, made[0], "category_id")["category_id"]
