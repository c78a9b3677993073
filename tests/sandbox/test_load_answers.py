"""``load``: all or nothing, every message at once, and where the server stops looking."""

import pytest

from tests.sandbox.serving import Refused, Sandbox, errors

PARTNER = "res.partner"
CUT_OFF = "Found more than 10 errors"


def test_one_bad_row_keeps_nothing_of_the_call(sandbox: Sandbox) -> None:
    before = sandbox.count(PARTNER)
    answer = sandbox.load(PARTNER, ["id", "name"], ["m.a", "A"], ["m.b", ""], ["m.c", "C"])
    assert answer["ids"] is False
    assert errors(answer) == [(1, None)]
    assert sandbox.count(PARTNER) == before


def test_ids_come_in_row_order(sandbox: Sandbox) -> None:
    ids = sandbox.loaded(PARTNER, ["id", "name"], ["m.a", "A"], ["m.b", "B"])
    assert ids == sorted(ids)
    assert sandbox.one(PARTNER, ids[1], "name")["name"] == "B"


def test_conversion_errors_are_all_reported_with_row_field_and_hint(sandbox: Sandbox) -> None:
    rows = [[f"N{i}", "x", "31/12/2024"] for i in range(15)]
    answer = sandbox.load("crm.lead", ["name", "color", "date_deadline"], *rows)
    assert errors(answer) == [(i, f) for i in range(15) for f in ("color", "date_deadline")]
    dates = [m for m in answer["messages"] if m["field"] == "date_deadline"]
    assert all(isinstance(m["moreinfo"], str) for m in dates)
    assert dates[3]["rows"] == {"from": 3, "to": 3} and dates[3]["record"] == 3


def test_conversion_and_database_errors_come_in_one_answer(sandbox: Sandbox) -> None:
    answer = sandbox.load(PARTNER, ["name", "color"], ["A", "x"], ["", "1"], ["C", "1"])
    assert errors(answer) == [(0, "color"), (1, None)]


def test_a_missing_mandatory_field_is_named(sandbox: Sandbox) -> None:
    answer = sandbox.load("crm.lead", ["email_from"], ["a@b.example"])
    assert errors(answer) == [(0, "name")]


def test_the_server_stops_after_ten_errors_when_they_are_a_tenth_of_the_rows(
    sandbox: Sandbox,
) -> None:
    answer = sandbox.load(PARTNER, ["name", "ref"], *[["", f"R{i}"] for i in range(12)])
    assert errors(answer) == [(i, None) for i in range(10)]
    last = answer["messages"][-1]
    assert last["type"] == "warning" and "rows" not in last and "record" not in last
    assert last["message"].startswith(CUT_OFF)


def test_below_a_tenth_all_errors_are_named(sandbox: Sandbox) -> None:
    rows = [["" if i % 15 == 14 else f"N{i}", f"R{i}"] for i in range(200)]
    answer = sandbox.load(PARTNER, ["name", "ref"], *rows)
    assert errors(answer) == [(i, None) for i in range(14, 200, 15)]
    assert not any(m["message"].startswith(CUT_OFF) for m in answer["messages"])


def test_an_eleventh_error_at_exactly_a_tenth_stops_the_search(sandbox: Sandbox) -> None:
    """10 errors within 100 rows tried is a tenth; within 101 it is less."""
    at = [["" if i < 9 or i == 99 else "N", "R"] for i in range(120)]
    assert sandbox.load(PARTNER, ["name", "ref"], *at)["messages"][-1]["type"] == "warning"
    below = [["" if i < 9 or i == 100 else "N", "R"] for i in range(120)]
    assert sandbox.load(PARTNER, ["name", "ref"], *below)["messages"][-1]["type"] == "error"


def test_a_rule_broken_in_row_two_accuses_the_first_row_too_from_17_on(sandbox: Sandbox) -> None:
    sandbox.loaded(PARTNER, ["id", "name"], ["m.self", "Self"])
    rows = [["m.a", "A", ""], ["m.b", "B", ""], ["m.self", "Self", "m.self"]]
    answer = sandbox.load(PARTNER, ["id", "name", "parent_id/id"], *rows)
    expected = [(2, None)] if sandbox.version == 15 else [(0, None), (2, None)]
    assert errors(answer) == expected


def test_a_database_error_never_accuses_the_first_row(sandbox: Sandbox) -> None:
    answer = sandbox.load(PARTNER, ["name", "ref"], ["A", "1"], ["", "2"])
    assert errors(answer) == [(1, None)]


def test_19_reports_false_missing_references_after_an_error(sandbox: Sandbox) -> None:
    rows = [["c.1", "Co", ""], ["c.2", "", ""], ["c.3", "Kid", "c.1"]]
    answer = sandbox.load(PARTNER, ["id", "name", "parent_id/id"], *rows)
    expected = [(1, None), (2, "parent_id")] if sandbox.version == 19 else [(1, None)]
    assert errors(answer) == expected


def test_19_names_only_the_first_of_several_duplicates(sandbox: Sandbox) -> None:
    rows = [["p.0", "0", "B"], ["p.1", "1", "B"], ["p.2", "2", "B"]]
    answer = sandbox.load("product.product", ["id", "name", "barcode"], *rows)
    expected = {15: [1, 2], 17: [0, 1, 2], 19: [0, 1]}[sandbox.version]
    assert [row for row, _ in errors(answer)] == expected


def test_a_warning_alone_keeps_the_rows(sandbox: Sandbox) -> None:
    sandbox.call("res.partner.category", "create", [{"name": "Dup"}, {"name": "Dup"}])
    answer = sandbox.load(PARTNER, ["name", "category_id"], ["A", "Dup"])
    assert [m["type"] for m in answer["messages"]] == ["warning"]
    assert len(answer["ids"]) == 1


def test_no_rows_is_no_error(sandbox: Sandbox) -> None:
    assert sandbox.load(PARTNER, ["name"]) == {"ids": [], "messages": [], "nextrow": 0}


def test_an_unknown_column_is_a_fault_of_the_call(sandbox: Sandbox) -> None:
    with pytest.raises(Refused) as refused:
        sandbox.load(PARTNER, ["name", "nosuch"], ["A", "x"])
    kind = "builtins.ValueError" if sandbox.version == 19 else "builtins.KeyError"
    assert refused.value.name == kind


def test_a_boolean_that_is_no_text_is_a_fault(sandbox: Sandbox) -> None:
    with pytest.raises(Refused) as refused:
        sandbox.load(PARTNER, ["name", "is_company"], ["A", True])
    assert refused.value.name == "builtins.AttributeError"


@pytest.mark.parametrize(("limit", "following", "made"), [(2, 2, 2), (5, 5, 5), (9, 0, 5)])
def test_an_import_limit_says_where_to_go_on(
    sandbox: Sandbox, limit: int, following: int, made: int
) -> None:
    rows = [[f"N{i}"] for i in range(5)]
    answer = sandbox.load(PARTNER, ["name"], *rows, _import_limit=limit)
    assert (len(answer["ids"]), answer["nextrow"]) == (made, following)


def test_ids_of_a_refused_load_are_not_given_again(sandbox: Sandbox) -> None:
    first = sandbox.loaded(PARTNER, ["name"], ["A"])[0]
    sandbox.load(PARTNER, ["name", "color"], ["B", "1"], ["C", "x"])
    assert sandbox.loaded(PARTNER, ["name"], ["D"])[0] > first + 1


def test_the_column_given_twice_takes_the_last(sandbox: Sandbox) -> None:
    record = sandbox.loaded(PARTNER, ["name", "ref", "ref"], ["A", "first", "second"])[0]
    assert sandbox.one(PARTNER, record, "ref")["ref"] == "second"
