"""Transforms as part of a mapping: cells, issues, references, lists, many rows of few values."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from importer.data.checking import check_mapping
from importer.data.gaps.finding import GapQuestion, find_gaps
from importer.data.keys import key_text
from importer.data.lookups import LookupRow
from importer.data.transforms.registry import TRANSFORMS
from importer.data.value_actions import with_skips
from importer.errors import Refused
from tests.mappings.tables import (
    cells_of,
    fact,
    facts,
    issues_of,
    lists,
    mapping,
    rows_of,
    run,
    write_sheet,
)

COLUMNS = ["id", "name", "tel", "land", "vat", "boss", "tags"]
ROWS: list[list[str | None]] = [
    ["1", "  ADA  lovelace ", "030 901820", "Deutschland", "be 0477.472.701", " 2 ", "a ; b"],
    ["2", None, "12", "Atlantis", "BE0477472700", None, "A;x"],
    ["3", "o", "+33 1 42 68 53 00", "france", None, "no", None],
]
PARTNER = facts(
    "res.partner",
    fact("name", required=True),
    fact("phone"),
    fact("vat"),
    fact("country_id", "many2one", relation="res.country"),
    fact("parent_id", "many2one", relation="res.partner"),
    fact("category_id", "many2many", relation="res.partner.category"),
)
DIGITS = {"name": "regex_extract", "pattern": r"\d+"}


def field(target: str, source: str, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    spec = {"column": source, "transforms": list(steps)}
    return {"target": target, "source": "column", "spec": spec, **more}


def pointing(target: str, spec: dict[str, Any], **more: Any) -> dict[str, Any]:
    source = "lookup" if "model" in spec else "reference"
    return {"target": target, "source": source, "spec": spec, **more}


FROZEN = mapping(
    "partner",
    "res.partner",
    ["id"],
    [
        field("name", "name", {"name": "title"}, {"name": "collapse_spaces"}, default="Nobody"),
        field("phone", "tel", {"name": "phone", "region_column": "land"}),
        field("vat", "vat", {"name": "vat", "unreadable": "empty"}),
        pointing(
            "country_id",
            {
                "model": "res.country",
                "by": ["code"],
                "inputs": [{"column": "land"}],
                "transforms": [{"name": "country"}],
            },
        ),
        pointing(
            "parent_id",
            {"entity": "partner", "inputs": [{"column": "boss", "transforms": [DIGITS]}]},
        ),
        pointing(
            "category_id",
            {
                "model": "res.partner.category",
                "by": ["name"],
                "separator": ";",
                "inputs": [{"column": "tags", "transforms": [{"name": "upper"}]}],
            },
        ),
    ],
)


def test_cells_are_transformed_and_what_cannot_be_read_is_an_issue(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path / "sheet.parquet", COLUMNS, ROWS)
    assert check_mapping(FROZEN, facts=PARTNER, columns=COLUMNS) == []
    found = {
        "res.country": [LookupRow(("DE",), 1, "base.de"), LookupRow(("FR",), 2, "base.fr")],
        "res.partner.category": [LookupRow(("A",), 1, "x.a"), LookupRow(("B",), 2, "x.b")],
    }
    prepared = run(tmp_path, FROZEN, PARTNER, sheet, found=found)
    by_row = {row["sheet_row"]: row for row in rows_of(prepared)}
    assert {n: row["cell:name"] for n, row in by_row.items()} == {
        2: "Ada Lovelace",
        3: "Nobody",
        4: "O",
    }
    good = by_row[2]
    assert good["cell:phone"] == "+4930901820"
    assert good["cell:vat"] == "BE0477472701"
    assert good["cell:country_id"] == "base.de"
    assert good["cell:parent_id"] == key_text(["2"])
    assert good["cell:category_id"] == "x.a,x.b"
    said = {(one["sheet_row"], one["code"], one["level"]): one for one in issues_of(prepared)}
    assert set(said) == {
        (3, "bad_phone", "error"),
        (3, "bad_vat", "warning"),
        (3, "bad_country", "error"),
        (3, "not_found", "error"),
        (4, "bad_regex_extract", "error"),
    }
    country = said[3, "bad_country", "error"]
    assert (country["column"], country["value"], country["field"]) == (
        "land",
        "Atlantis",
        "country_id",
    )
    assert country["message"] == (
        "Column “land”: “Atlantis” is no country's code or name. Correct the cell, or put a value "
        "map before."
    )
    assert country["group_key"] == "bad_country|country_id|Atlantis"
    assert said[3, "bad_vat", "warning"]["message"].endswith("The cell is emptied.")


def test_libraries_are_asked_once_for_each_distinct_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def counted(arguments: Any) -> Any:
        def work(text: str, beside: str | None) -> str:
            asked.append(text)
            return f"+{text}"

        return work

    monkeypatch.setitem(TRANSFORMS, "phone", replace(TRANSFORMS["phone"], work=counted))
    rows = [[str(n), f"{n % 3}"] for n in range(300)]
    sheet = write_sheet(tmp_path / "sheet.parquet", ["id", "tel"], rows)
    frozen = mapping("p", "res.partner", ["id"], [field("phone", "tel", {"name": "phone"})])
    prepared = run(tmp_path, frozen, facts("res.partner", fact("phone")), sheet)
    assert sorted(asked) == ["0", "1", "2"]
    assert set(cells_of(prepared, "phone")) == {"+0", "+1", "+2"}


def test_expressions_see_the_value_and_the_row_and_nothing_else(tmp_path: Path) -> None:
    sheet = write_sheet(
        tmp_path / "s.parquet", ["id", "value", "n"], [["1", "x", "5"], ["2", "y", "z"]]
    )
    step = {"name": "expression", "sql": "upper(value) || CAST(n AS INTEGER)"}
    fields = [
        field("name", "value", {"name": "concat", "after": "!"}, step),
        {"target": "ref", "source": "expression", "spec": {"sql": "n", "transforms": [step]}},
    ]
    frozen = mapping("p", "res.partner", ["id"], fields)
    model = facts("res.partner", fact("name"), fact("ref"))
    prepared = run(tmp_path, frozen, model, sheet)
    assert (cells_of(prepared, "name"), cells_of(prepared, "ref")) == (["X!5", None], ["55", None])
    assert {(one["sheet_row"], one["code"]) for one in issues_of(prepared)} == {(3, "expression")}


def test_another_sheet_is_looked_up_and_is_missed_when_it_is_not_there(tmp_path: Path) -> None:
    towns = write_sheet(tmp_path / "towns.parquet", ["Code", "Town"], [["HB", "Harbour"]])
    sheet = write_sheet(tmp_path / "s.parquet", ["id", "t"], [["1", "HB"], ["2", "Q"]])
    step = {"name": "lookup", "sheet": "towns", "key": "Code", "column": "Town"}
    frozen = mapping("p", "res.partner", ["id"], [field("city", "t", step)])
    model = facts("res.partner", fact("city"))
    prepared = run(tmp_path, frozen, model, sheet, nested_sheets={"towns": towns})
    assert cells_of(prepared, "city") == ["Harbour", None]
    assert [(one["sheet_row"], one["code"]) for one in issues_of(prepared)] == [(3, "bad_lookup")]
    with pytest.raises(Refused, match="no sheet “towns”"):
        run(tmp_path, frozen, model, sheet)


def test_a_check_names_what_is_wrong_with_transforms() -> None:
    frozen = mapping(
        "p",
        "res.partner",
        ["id"],
        [
            field("name", "id", {"name": "concat", "columns": ["nowhere"]}),
            field("ref", "id", {"name": "expression", "sql": "value * 2"}),
            field("vat", "id", {"name": "vat", "country": "US"}),
            field("image_1920", "id", {"name": "title"}),
            {
                "target": "city",
                "source": "constant",
                "spec": {"value": "x", "transforms": [DIGITS]},
            },
        ],
    )
    texts = [fact(one) for one in ("name", "ref", "vat", "city")]
    model = facts("res.partner", *texts, fact("image_1920", "binary"))
    problems = check_mapping(frozen, facts=model, columns=["id"])
    assert [one.code for one in problems] == [
        "unknown_column",
        "expression",
        "bad_spec",
        "file_transforms",
        "bad_spec",
    ]


def test_value_maps_and_gaps_are_of_transformed_values(tmp_path: Path) -> None:
    rows: list[list[str | None]] = [["1", "deutschland"], ["2", "  ATLANTIS "], ["3", "lemuria"]]
    sheet = write_sheet(tmp_path / "s.parquet", ["id", "land"], rows)
    named = {"name": "country", "to": "name", "unreadable": "keep"}
    skip = {"entries": {"Atlantis": {"action": "skip"}}, "ignore_case": False}
    spec = {
        "model": "res.country",
        "by": ["name"],
        "inputs": [{"column": "land", "transforms": [named, {"name": "trim"}, {"name": "title"}]}],
    }
    frozen = with_skips(
        mapping("p", "res.partner", ["id"], [pointing("country_id", spec, value_map=skip)])
    )
    model = facts("res.partner", fact("country_id", "many2one", relation="res.country"))
    found = {"res.country": [LookupRow(("Germany",), 1, "base.de")]}
    asked = GapQuestion(
        frozen=frozen,
        facts=model,
        sheet_path=sheet,
        empty_words=(),
        lookups={name: one.path for name, one in lists(tmp_path, frozen, found).items()},
        known={},
        said={},
        seconds=600,
    )
    (field_gaps,) = find_gaps(asked, tmp_path)
    assert [(gap["value"], gap["first_rows"]) for gap in field_gaps["gaps"]] == [("Lemuria", [4])]
    prepared = run(tmp_path, frozen, model, sheet, found=found)
    assert cells_of(prepared, "country_id")[0] == "base.de"
    assert {(one["sheet_row"], one["code"]) for one in issues_of(prepared)} == {
        (3, "value_skipped"),
        (4, "not_found"),
    }
