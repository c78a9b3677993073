"""What a value map may do with a value besides naming another text: empty the field, leave the row
out, let a record be made."""

from pathlib import Path
from typing import Any

import pytest

from importer.data.checking import check_mapping
from importer.data.holding import only, sent_part
from importer.data.lookups import LookupRow
from importer.data.shapes import check_mapping_shape
from importer.data.stubs import only_created
from importer.data.value_actions import makes_stubs, with_skips
from importer.errors import Invalid, Refused
from importer.value_maps import checked_entries
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

PARTNER = facts(
    "res.partner",
    fact("name"),
    fact("color", "integer"),
    fact("country_id", "many2one", relation="res.country"),
    fact("category_id", "many2many", relation="res.partner.category"),
    fact("parent_id", "many2one", relation="res.partner"),
)
FOUND = {
    "res.country": [LookupRow(("Germany",), 1, "base.de")],
    "res.partner.category": [LookupRow(("Gold",), 3, "x.gold")],
}
COUNTRIES = {
    "name": "Countries",
    "entries": {
        "DE": "Germany",
        "Nowhere": {"action": "empty"},
        "Atlantis": {"action": "skip"},
        "Blank": "",
    },
    "ignore_case": True,
}


def lookup(target: str, model: str, column: str, **more: Any) -> dict[str, Any]:
    spec = {"model": model, "by": ["name"], "inputs": [{"column": column}]}
    return {"target": target, "source": "lookup", "spec": spec | more.pop("spec", {}), **more}


def test_rows_are_left_out_with_the_reason_and_nothing_else_is_said_of_them(tmp_path: Path) -> None:
    rows: list[list[str | None]] = [
        ["A", "1", "DE", "Gold"],
        ["B", "x", "atlantis", "Gold"],  # its bad number is nobody's problem
        ["B", "2", "Nowhere", "Gold; Lead"],
        ["C", "3", "Blank", "Gold; None"],
        ["D", "4", None, "None"],
    ]
    sheet = write_sheet(tmp_path / "s.parquet", ["id", "n", "land", "tags"], rows)
    tags = {"entries": {"Lead": {"action": "empty"}, "None": {"action": "skip"}}}
    total = {"name": "N", "sql": 'TRY_CAST("n" AS INTEGER)', "field": "color"}
    frozen = with_skips(
        mapping(
            "partner",
            "res.partner",
            ["id"],
            [
                column("color", "n"),
                lookup("country_id", "res.country", "land", value_map=COUNTRIES, default="Germany"),
                lookup(
                    *("category_id", "res.partner.category", "tags"),
                    value_map=tags,
                    spec={"separator": ";"},
                ),
            ],
            control_totals=[total],
        )
    )
    prepared = run(tmp_path, frozen, PARTNER, sheet, found=FOUND)
    assert (prepared.n_rows, prepared.n_failed, prepared.n_skipped) == (5, 0, 3)
    said = [(i["sheet_row"], i["level"], i["code"], i["value"]) for i in issues_of(prepared)]
    assert said == [
        (3, "warning", "value_skipped", "atlantis"),
        (5, "warning", "value_skipped", "None"),
        (6, "warning", "value_skipped", "None"),
    ]
    assert issues_of(prepared)[0]["message"] == (
        "Column “land”: “atlantis” is left out by the value map “Countries”, and the row with it."
    )
    left_out = [row["sheet_row"] for row in rows_of(prepared) if row["skipped"]]
    assert left_out == [3, 5, 6]
    assert all(row["failed"] for row in rows_of(prepared) if row["skipped"])
    # “empty” is empty for good; an empty text is filled by the default, as ever.
    assert cells_of(prepared, "country_id")[2] is None
    assert cells_of(prepared, "country_id")[3] == "base.de"
    assert cells_of(prepared, "category_id")[2] == "x.gold"
    assert prepared.totals["N"] == 3  # rows that are left out are not in it


def test_a_load_that_sends_one_field_leaves_out_the_same_rows(tmp_path: Path) -> None:
    sheet = write_sheet(
        tmp_path / "s.parquet", ["id", "land", "boss"], [["A", "Atlantis", None], ["B", None, "A"]]
    )
    boss = {
        "target": "parent_id",
        "source": "reference",
        "spec": {"entity": "partner", "inputs": [{"column": "boss"}]},
    }
    skip = {"action": "skip"}
    whole = with_skips(
        mapping(
            "partner",
            "res.partner",
            ["id"],
            [
                expression("name", 'upper("land")', value_map={"entries": {"ATLANTIS": skip}}),
                boss,
            ],
        )
    )
    prepared = run(tmp_path, sent_part(only(whole, ["parent_id"])), PARTNER, sheet)
    assert codes_of(prepared) == [(2, "value_skipped")]


def test_records_are_made_only_of_the_values_that_say_so() -> None:
    entries = {"Acme": {"action": "create"}, "ACME Ltd": "Acme"}
    field = {
        "target": "parent_id",
        "source": "reference",
        "spec": {"entity": "firm", "inputs": [{"column": "firm"}]},
        "value_map": {"entries": entries},
    }
    assert makes_stubs(field)
    assert only_created({"fields": [field]}, ["parent_id"]) == {"parent_id": ['["acme"]']}
    assert only_created({"fields": [field | {"on_missing": "stub"}]}, ["parent_id"]) == {}
    assert not makes_stubs(field | {"value_map": {"entries": {"ACME Ltd": "Acme"}}})


def test_what_cannot_be_done_is_named_before_anything_runs() -> None:
    make = {"entries": {"Atlantis": {"action": "create"}}}
    frozen = mapping(
        "partner",
        "res.partner",
        ["id"],
        [
            column("name", "id"),
            lookup("country_id", "res.country", "land", value_map=make),
        ],
        row_company={"column": "firm", "value_map": make},
        nested=[
            {
                "entity": {"name": "line", "odoo_model": "x.line", "key_columns": ["id"]},
                "fields": [column("name", "id", value_map=COUNTRIES)],
                "nested_field": "child_ids",
                "parent_inputs": [{"column": "id"}],
            }
        ],
    )
    codes = [one.code for one in check_mapping(frozen, facts=PARTNER)]
    assert [code for code in codes if code in ("create_here", "skip_in_lines")] == [
        *("create_here", "create_here", "skip_in_lines")
    ]
    with pytest.raises(Invalid, match="must be one of empty, skip, create"):
        check_mapping_shape({"entity": "x", "value_maps": {"C": {"a": {"action": "burn"}}}})
    with pytest.raises(Refused, match="“burn” cannot be done with “a”"):
        checked_entries({"a": {"action": "burn"}})
    assert checked_entries({"a": {"action": "skip"}, "b": 1}) == {"a": {"action": "skip"}, "b": "1"}
