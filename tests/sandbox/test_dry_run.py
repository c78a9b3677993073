"""``base_import.import``: a file tried without being kept, or kept."""

from typing import Any

from tests.sandbox.serving import Sandbox, errors

PARTNER = "res.partner"
OPTIONS = {"has_headers": True, "quoting": '"', "separator": ","}
FIELDS = ["id", "name", "country_id"]


def tried(sandbox: Sandbox, text: str, fields: list[Any], dry: bool = True, **more: Any) -> Any:
    wizard = sandbox.call(
        "base_import.import",
        "create",
        {"res_model": PARTNER, "file": text, "file_name": "a.csv", "file_type": "text/csv"},
    )
    return sandbox.call(
        "base_import.import",
        "execute_import",
        [wizard],
        fields,
        [],
        {**OPTIONS, **more},
        dryrun=dry,
    )


def test_a_good_dry_run_keeps_nothing(sandbox: Sandbox) -> None:
    before = sandbox.count(PARTNER)
    answer = tried(sandbox, "id,name,country_id\nx1,A,Belgium\nx2,B,France\n", FIELDS)
    assert len(answer["ids"]) == 2 and answer["messages"] == []
    assert answer["name"] == ["A", "B"]
    assert sandbox.count(PARTNER) == before


def test_a_real_run_keeps_the_rows(sandbox: Sandbox) -> None:
    answer = tried(sandbox, "id,name,country_id\nx1,A,Belgium\n", FIELDS, dry=False)
    assert sandbox.one(PARTNER, answer["ids"][0], "name")["name"] == "A"


def test_errors_carry_the_cell_and_count_rows_without_blank_lines(sandbox: Sandbox) -> None:
    text = "id,name,country_id\nx1,A,Belgium\n,,\nx2,B,Nowhere\n"
    answer = tried(sandbox, text, FIELDS)
    assert errors(answer) == [(1, "country_id")]
    message = answer["messages"][0]
    assert (message["value"], message["field_type"]) == ("Nowhere", "name")
    assert message["field_path"] == ["country_id"]


def test_a_wrong_number_ends_the_run_before_any_row(sandbox: Sandbox) -> None:
    answer = tried(sandbox, "name,partner_latitude\nA,abc\n", ["name", "partner_latitude"])
    assert set(answer) == {"messages"}
    assert answer["messages"][0]["not_matching_error"] is True


def test_columns_can_be_left_out_and_none_is_too_few(sandbox: Sandbox) -> None:
    answer = tried(sandbox, "x,name\n1,A\n", [False, "name"])
    assert len(answer["ids"]) == 1
    assert set(tried(sandbox, "x,name\n1,A\n", [False, False])) == {"messages"}


def test_a_modules_prefix_is_refused(sandbox: Sandbox) -> None:
    assert errors(tried(sandbox, "id,name\nbase.mine,A\n", ["id", "name"])) == [(0, None)]


def test_skip_and_limit_say_where_to_go_on(sandbox: Sandbox) -> None:
    answer = tried(sandbox, "id,name\nx1,A\nx2,B\nx3,C\n", ["id", "name"], skip=1, limit=1)
    assert (len(answer["ids"]), answer["nextrow"]) == (1, 2)
