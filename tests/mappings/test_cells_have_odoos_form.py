"""Texts of a sheet become the texts Odoo wants, or an issue that names value and remedy."""

from pathlib import Path
from typing import Any

import pytest

from tests.mappings.tables import (
    cells_of,
    codes_of,
    column,
    expression,
    fact,
    facts,
    issues_of,
    mapping,
    rows_of,
    run,
    write_sheet,
)

TYPES = facts(
    "x.model",
    fact("text"),
    fact("short", size=5),
    fact("whole", "integer"),
    fact("amount", "float"),
    fact("flag", "boolean"),
    fact("day", "date"),
    fact("moment", "datetime"),
    fact("kind", "selection", selection=(("contact", "Contact"), ("invoice", "Invoice address"))),
    fact("needed", required=True),
    fact("given", required=True),
    defaults={"given": "x"},
)


def one_cell(tmp_path: Path, target: str, text: str | None, **more: Any) -> tuple[Any, list[Any]]:
    sheet = write_sheet(tmp_path / "s.parquet", ["id", "v"], [["K", text]])
    frozen = mapping("e", "x.model", ["id"], [column(target, "v", **more)])
    prepared = run(tmp_path, frozen, TYPES, sheet)
    return cells_of(prepared, target)[0], issues_of(prepared)


@pytest.mark.parametrize(
    ("target", "text", "cell"),
    [
        ("text", " kept as it is ", " kept as it is "),
        ("text", "   ", None),
        ("text", "NULL", None),
        ("text", "null", "null"),
        ("short", "12345", "12345"),
        ("whole", "3.0", "3"),
        ("whole", " +007 ", "7"),
        ("amount", "14.00", "14"),
        ("amount", "-0.50", "-0.5"),
        ("amount", ".5", "0.5"),
        ("amount", "1e3", "1000.0"),
        ("flag", "Yes", "1"),
        ("flag", "f", "0"),
        ("day", "1996-07-04 00:00:00.000", "1996-07-04"),
        ("day", "1996-7-4", "1996-07-04"),
        ("moment", "1996-07-04 00:00:00.000", "1996-07-04 00:00:00"),
        ("moment", "1996-07-04T15:30", "1996-07-04 15:30:00"),
        ("moment", "1996-07-04", "1996-07-04 00:00:00"),
        ("kind", "contact", "contact"),
        ("kind", "INVOICE ADDRESS", "invoice"),
    ],
)
def test_a_good_text_becomes_the_cell(
    tmp_path: Path, target: str, text: str, cell: str | None
) -> None:
    assert one_cell(tmp_path, target, text) == (cell, [])


@pytest.mark.parametrize(
    ("target", "text", "code", "said"),
    [
        ("short", "123456", "length", "longer than the 5 characters"),
        ("whole", "3.5", "integer", "“3.5” is no whole number"),
        ("whole", "99999999999", "integer", "no whole number that Odoo can keep"),
        ("amount", "1,5", "comma", """replace("v", ',', '.')"""),
        ("amount", "12 EUR", "number", "“12 EUR” is no number"),
        ("amount", "nan", "number", "is no number"),
        ("flag", "maybe", "boolean", "neither yes nor no"),
        ("day", "04/07/1996", "date", """strptime("v", '%d/%m/%Y')"""),
        ("day", "1996-02-30", "date", "no date"),
        ("moment", "1996-07-04T10:00:00Z", "datetime", "without a time zone"),
        ("kind", "shop", "selection", "none of the choices (contact, invoice)"),
    ],
)
def test_a_bad_text_is_an_issue_in_the_users_words(
    tmp_path: Path, target: str, text: str, code: str, said: str
) -> None:
    _, (issue,) = one_cell(tmp_path, target, text)
    assert (issue["code"], issue["column"], issue["value"]) == (code, "v", text)
    assert (issue["sheet"], issue["sheet_row"], issue["level"]) == ("Sheet 1", 2, "error")
    assert said in issue["message"]


def test_a_default_fills_only_empty_cells(tmp_path: Path) -> None:
    assert one_cell(tmp_path, "whole", "NULL", default="5") == ("5", [])
    assert one_cell(tmp_path, "whole", "4", default="5") == ("4", [])


def test_a_value_map_comes_before_the_cast_and_leaves_the_rest_alone(tmp_path: Path) -> None:
    words = {"entries": {"Oui": "1", "rien": ""}, "ignore_case": True}
    assert one_cell(tmp_path, "flag", " oui ", value_map=words) == ("1", [])
    assert one_cell(tmp_path, "flag", "RIEN", value_map=words) == (None, [])
    assert one_cell(tmp_path, "flag", "no", value_map=words) == ("0", [])
    strict = words | {"ignore_case": False}
    assert one_cell(tmp_path, "flag", "oui", value_map=strict)[1][0]["code"] == "boolean"


def test_a_required_field_without_a_default_must_be_filled(tmp_path: Path) -> None:
    assert one_cell(tmp_path, "needed", None)[1][0]["code"] == "required"
    assert one_cell(tmp_path, "given", None) == (None, [])


def test_an_expression_that_fails_for_one_row_spoils_only_that_row(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path / "s.parquet", ["id", "v"], [["A", "2"], ["B", "x"], ["C", None]])
    sql = "CAST(v AS DECIMAL(9,2)) * 2"
    frozen = mapping("e", "x.model", ["id"], [expression("amount", sql), expression("text", sql)])
    prepared = run(tmp_path, frozen, TYPES, sheet)
    assert cells_of(prepared, "amount") == ["4", None, None]
    assert codes_of(prepared) == [(3, "expression"), (3, "expression")]
    assert "with “x”" in issues_of(prepared)[0]["message"]
    assert [row["failed"] for row in rows_of(prepared)] == [False, True, False]


def test_a_row_filter_keeps_what_it_holds_for_and_names_what_it_cannot_judge(
    tmp_path: Path,
) -> None:
    rows: list[list[str | None]] = [["A", "1"], ["B", "5"], ["C", None], ["D", "x"]]
    sheet = write_sheet(tmp_path / "s.parquet", ["id", "v"], rows)
    frozen = mapping(
        "e", "x.model", ["id"], [column("text", "id")], row_filter="CAST(v AS INT) > 2"
    )
    prepared = run(tmp_path, frozen, TYPES, sheet)
    assert cells_of(prepared, "text") == ["B", "D"]
    assert codes_of(prepared) == [(5, "filter")]


def test_hashes_change_with_the_cell_and_only_with_it(tmp_path: Path) -> None:
    def hashes(rows: list[list[str | None]]) -> list[tuple[str, str]]:
        sheet = write_sheet(tmp_path / "s.parquet", ["id", "a", "b"], rows)
        fields = [column("text", "a"), column("short", "b")]
        prepared = run(tmp_path, mapping("e", "x.model", ["id"], fields), TYPES, sheet)
        return [(row["hash"], row["field_hashes"]) for row in rows_of(prepared)]

    (first, first_fields), (second, second_fields) = hashes([["A", "x", "y"], ["B", "x", None]])
    assert first != second
    assert first_fields[:16] == second_fields[:16]
    assert first_fields[16:] != second_fields[16:]
    assert hashes([["Z", "x", "y"]]) == [(first, first_fields)]
