"""What ``load`` makes of cells: empties, words, numbers, dates, sizes, lists."""

import pytest

from tests.sandbox.serving import Sandbox, errors

PARTNER = "res.partner"


def test_an_empty_cell_overrides_the_default(sandbox: Sandbox) -> None:
    record = sandbox.loaded(PARTNER, ["name", "type", "lang", "active"], ["A", "", "", ""])[0]
    kept = sandbox.one(PARTNER, record, "type", "lang", "active")
    assert (kept["type"], kept["lang"], kept["active"]) == (False, False, False)


def test_a_column_left_out_takes_the_default(sandbox: Sandbox) -> None:
    record = sandbox.loaded(PARTNER, ["name"], ["A"])[0]
    kept = sandbox.one(PARTNER, record, "type", "lang", "active")
    assert (kept["type"], kept["lang"], kept["active"]) == ("contact", "en_US", True)


def test_an_empty_cell_clears_on_update(sandbox: Sandbox) -> None:
    record = sandbox.loaded(PARTNER, ["id", "name", "email"], ["m.a", "A", "a@x.example"])[0]
    sandbox.loaded(PARTNER, ["id", "email"], ["m.a", ""])
    assert sandbox.one(PARTNER, record, "name", "email") == {
        "id": record,
        "name": "A",
        "email": False,
    }


def test_an_empty_cell_of_a_mandatory_field_with_default_is_refused(sandbox: Sandbox) -> None:
    field = "uom_id" if sandbox.version == 19 else "categ_id"
    answer = sandbox.load("product.template", ["name", f"{field}/id"], ["P", ""])
    assert errors(answer) == [(0, field)]


@pytest.mark.parametrize(
    ("word", "is_company"),
    [("1", True), ("Yes", True), ("TRUE", True), ("0", False), ("no", False), ("", False)],
)
def test_words_of_booleans(sandbox: Sandbox, word: str, is_company: bool) -> None:
    record = sandbox.loaded(PARTNER, ["name", "is_company"], ["A", word])[0]
    assert sandbox.one(PARTNER, record, "is_company")["is_company"] is is_company


@pytest.mark.parametrize("word", ["t", "on", "x", "maybe"])
def test_other_words_are_no_boolean(sandbox: Sandbox, word: str) -> None:
    answer = sandbox.load(PARTNER, ["name", "is_company"], ["A", word])
    assert errors(answer) == [(0, "is_company")]


@pytest.mark.parametrize("cell", ["1,5", "1.234,5", "abc"])
def test_numbers_have_a_point_and_nothing_else(sandbox: Sandbox, cell: str) -> None:
    answer = sandbox.load("crm.lead", ["name", "expected_revenue"], ["L", cell])
    assert errors(answer) == [(0, "expected_revenue")]


def test_a_price_is_rounded_to_its_digits_before_19(sandbox: Sandbox) -> None:
    record = sandbox.loaded("product.template", ["name", "list_price"], ["P", "1234.56789"])[0]
    kept = sandbox.one("product.template", record, "list_price")["list_price"]
    assert kept == (1234.56789 if sandbox.version == 19 else 1234.57)


def test_a_quantity_is_rounded_to_its_digits(sandbox: Sandbox) -> None:
    sandbox.loaded("res.partner", ["id", "name"], ["m.c", "C"])
    sandbox.loaded("sale.order", ["id", "partner_id/id"], ["m.o", "m.c"])
    fields = ["order_id/id", "name", "product_uom_qty"]
    line = sandbox.loaded("sale.order.line", fields, ["m.o", "Text", "1.005"])[0]
    assert sandbox.one("sale.order.line", line, "product_uom_qty")["product_uom_qty"] == 1.01


def test_an_integer_out_of_range_is_a_database_error(sandbox: Sandbox) -> None:
    answer = sandbox.load(PARTNER, ["name", "color"], ["A", "99999999999"])
    assert errors(answer) == [(0, None)]


def test_nan_crashes_its_row_only(sandbox: Sandbox) -> None:
    answer = sandbox.load("product.template", ["name", "list_price"], ["A", "1"], ["B", "nan"])
    assert errors(answer) == [(1, None)]
    assert "ValueError" in answer["messages"][0]["message"]


def test_a_time_is_read_in_the_contexts_zone_and_kept_in_utc(sandbox: Sandbox) -> None:
    sandbox.loaded(PARTNER, ["id", "name"], ["m.a", "A"])
    fields = ["partner_id/id", "date_order"]
    order = sandbox.loaded(
        "sale.order", fields, ["m.a", "2024-07-01 10:00:00"], tz="Europe/Brussels"
    )[0]
    assert sandbox.one("sale.order", order, "date_order")["date_order"] == "2024-07-01 08:00:00"


def test_an_iso_time_is_refused(sandbox: Sandbox) -> None:
    sandbox.loaded(PARTNER, ["id", "name"], ["m.a", "A"])
    row = ["m.a", "2024-07-01T10:00:00"]
    answer = sandbox.load("sale.order", ["partner_id/id", "date_order"], row)
    assert errors(answer) == [(0, "date_order")]


def test_a_long_code_is_cut_without_a_word(sandbox: Sandbox) -> None:
    record = sandbox.loaded("res.country", ["name", "code"], ["Longland", "QQQ"])[0]
    assert sandbox.one("res.country", record, "code")["code"] == "QQ"


def test_read_only_columns_are_ignored(sandbox: Sandbox) -> None:
    fields = ["name", "display_name", "create_date", "commercial_partner_id/id"]
    row = ["A", "Shown", "2001-01-01 00:00:00", "base.main_partner"]
    record = sandbox.loaded(PARTNER, fields, row)[0]
    kept = sandbox.one(PARTNER, record, "display_name", "create_date")
    assert kept["display_name"] == "A"
    assert kept["create_date"] > "2020"


def test_html_is_cleaned(sandbox: Sandbox) -> None:
    text = '<b onclick="x()">hi</b><script>alert(1)</script>'
    record = sandbox.loaded(PARTNER, ["name", "comment"], ["A", text])[0]
    kept = sandbox.one(PARTNER, record, "comment")["comment"]
    assert "hi" in kept and "script" not in kept and "onclick" not in kept


def test_blanks_around_a_text_are_kept(sandbox: Sandbox) -> None:
    record = sandbox.loaded(PARTNER, ["name"], ["  spaced  "])[0]
    assert sandbox.one(PARTNER, record, "name")["name"] == "  spaced  "


def test_a_nul_character_is_the_rows_error(sandbox: Sandbox) -> None:
    answer = sandbox.load(PARTNER, ["name", "ref"], ["nul\0char", "R"])
    assert errors(answer) == [(0, None)]


def test_many2many_names_are_split_on_commas_and_not_trimmed(sandbox: Sandbox) -> None:
    tags = sandbox.call("res.partner.category", "create", [{"name": "A"}, {"name": "B"}])
    record = sandbox.loaded(PARTNER, ["name", "category_id"], ["P", "A,B"])[0]
    assert sandbox.one(PARTNER, record, "category_id")["category_id"] == tags
    answer = sandbox.load(PARTNER, ["name", "category_id"], ["P", "A, B"])
    assert errors(answer) == [(0, "category_id")]


def test_many2many_replaces_the_set_unless_told_to_add(sandbox: Sandbox) -> None:
    tags = (["m.a", "A"], ["m.b", "B"])
    a, b = sandbox.loaded("res.partner.category", ["id", "name"], *tags)
    fields = ["id", "name", "category_id/id"]
    record = sandbox.loaded(PARTNER, fields, ["m.p", "P", "m.a"])[0]
    sandbox.loaded(PARTNER, fields, ["m.p", "P", "m.b"], update_many2many=True)
    assert sandbox.one(PARTNER, record, "category_id")["category_id"] == [a, b]
    sandbox.loaded(PARTNER, fields, ["m.p", "P", "m.b"])
    assert sandbox.one(PARTNER, record, "category_id")["category_id"] == [b]


def test_a_short_row_sets_less(sandbox: Sandbox) -> None:
    record = sandbox.loaded(PARTNER, ["name", "email", "ref"], ["A", "a@x.example"])[0]
    assert sandbox.one(PARTNER, record, "ref")["ref"] is False
