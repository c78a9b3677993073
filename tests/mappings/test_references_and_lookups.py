"""Cells that name other records: by the key of an entity, or by a list read from Odoo."""

from pathlib import Path
from typing import Any

import pytest

from importer.data.lookups import LookupRow
from tests.mappings.tables import (
    cells_of,
    codes_of,
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
    fact("country_id", "many2one", relation="res.country"),
    fact("state_id", "many2one", relation="res.country.state"),
    fact("category_id", "many2many", relation="res.partner.category"),
    fact("parent_id", "many2one", relation="res.partner"),
    fact("owner_id", "many2one", relation="res.users", required=True),
)
FOUND = {
    "res.country": [LookupRow(("Germany",), 1, "base.de"), LookupRow(("Narnia",), 7, None)],
    "res.country.state": [
        LookupRow(("Germany", "BE"), 10, "base.be", 0),
        LookupRow(("Germany", "Berlin"), 10, "base.be", 1),
        LookupRow(("Germany", "BY"), 11, "base.by", 0),
        LookupRow(("Germany", "BE"), 12, "base.named_be", 1),
    ],
    "res.partner.category": [
        LookupRow(("Gold",), 3, "x.gold"),
        LookupRow(("Fair",), 4, None),
        LookupRow(("Twice",), 5, "x.t1"),
        LookupRow(("Twice",), 6, "x.t2"),
    ],
    "res.users": [LookupRow(("anna",), 2, "base.user_admin")],
}


def lookup(target: str, model: str, by: Any, columns: str, **more: Any) -> dict[str, Any]:
    spec = {"model": model, "by": by, "inputs": [{"column": column} for column in columns]}
    spec |= {key: more.pop(key) for key in ("separator", "ignore_case") if key in more}
    return {"target": target, "source": "lookup", "spec": spec, **more}


def prepare_rows(tmp_path: Path, field: dict[str, Any], *rows: list[str | None]) -> Any:
    names = ["id", "a", "b"]
    padded = [[f"K{n}", *row, *[None] * (2 - len(row))] for n, row in enumerate(rows)]
    sheet = write_sheet(tmp_path / "s.parquet", names, padded)
    frozen = mapping("partner", "res.partner", ["id"], [field])
    return run(tmp_path, frozen, PARTNER, sheet, found=FOUND)


def test_a_lookup_gives_an_external_id_or_the_database_id(tmp_path: Path) -> None:
    field = lookup("country_id", "res.country", ["name"], "a")
    prepared = prepare_rows(tmp_path, field, [" germany "], ["Narnia"], [None])
    assert cells_of(prepared, "country_id") == ["base.de", ".id:7", None]
    assert issues_of(prepared) == []


def test_case_can_be_made_to_count(tmp_path: Path) -> None:
    field = lookup("country_id", "res.country", ["name"], "a", ignore_case=False)
    assert codes_of(prepare_rows(tmp_path, field, ["germany"])) == [(2, "not_found")]


def test_a_missing_record_is_an_error_or_a_warning_by_choice(tmp_path: Path) -> None:
    field = lookup("country_id", "res.country", ["name"], "a")
    strict = prepare_rows(tmp_path, field, ["Atlantis"])
    assert (strict.n_failed, strict.n_warnings) == (1, 0)
    lenient = prepare_rows(tmp_path, field | {"on_missing": "empty"}, ["Atlantis"], ["Germany"])
    assert (lenient.n_failed, lenient.n_warnings) == (0, 1)
    (issue,) = issues_of(lenient)
    assert (issue["level"], issue["value"]) == ("warning", "Atlantis")
    assert issue["group_key"] == "not_found|country_id|Atlantis"
    assert issue["message"].endswith("The field is left empty.")


def test_a_required_field_is_not_left_empty_by_a_missing_record(tmp_path: Path) -> None:
    field = lookup("owner_id", "res.users", ["login"], "a", on_missing="empty")
    assert prepare_rows(tmp_path, field, ["nobody"]).n_failed == 1


def test_several_fields_and_alternatives_find_a_state(tmp_path: Path) -> None:
    by = [["country_id.name", "code"], ["country_id.name", "name"]]
    field = lookup("state_id", "res.country.state", by, "ab")
    prepared = prepare_rows(
        tmp_path, field, ["Germany", "by"], ["Germany", "Berlin"], ["Germany", None], [None, "BY"]
    )
    assert cells_of(prepared, "state_id") == ["base.by", "base.be", None, None]
    assert codes_of(prepared) == [(5, "incomplete")]


def test_the_first_alternative_that_finds_something_counts(tmp_path: Path) -> None:
    by = [["country_id.name", "code"], ["country_id.name", "name"]]
    field = lookup("state_id", "res.country.state", by, "ab")
    assert cells_of(prepare_rows(tmp_path, field, ["Germany", "BE"]), "state_id") == ["base.be"]


def test_two_records_with_the_same_name_are_ambiguous(tmp_path: Path) -> None:
    field = lookup("category_id", "res.partner.category", ["name"], "a")
    assert codes_of(prepare_rows(tmp_path, field, ["Twice"])) == [(2, "ambiguous")]


def test_a_list_in_one_cell_is_looked_up_one_by_one(tmp_path: Path) -> None:
    field = lookup("category_id", "res.partner.category", ["name"], "a", separator=",")
    words = {"entries": {"best": "Gold"}, "ignore_case": True}
    field["spec"]["inputs"][0]["value_map"] = words
    prepared = prepare_rows(tmp_path, field, ["Fair, best,"], ["Gold, Nix"], [None])
    assert cells_of(prepared, "category_id") == [".id:4,x.gold", "x.gold", None]
    (issue,) = issues_of(prepared)
    assert (issue["sheet_row"], issue["code"], issue["value"]) == (3, "not_found", "Nix")


@pytest.mark.parametrize(("text", "code"), [("base.de", None), ("no id", "external_id")])
def test_an_external_id_in_the_sheet_is_only_held_to_its_form(
    tmp_path: Path, text: str, code: str | None
) -> None:
    field = lookup("country_id", "res.country", ["external_id"], "a")
    prepared = prepare_rows(tmp_path, field, [text])
    assert codes_of(prepared) == ([(2, code)] if code else [])
    assert cells_of(prepared, "country_id") == [None if code else text]


def test_a_reference_gives_the_key_of_its_target(tmp_path: Path) -> None:
    inputs = [{"column": "a"}, {"sql": "upper(b)"}]
    spec = {"entity": "company", "inputs": inputs, "via": "commercial_partner_id"}
    field = {"target": "parent_id", "source": "reference", "spec": spec}
    prepared = prepare_rows(tmp_path, field, [" 7 ", "x"], [None, None], ["7", None])
    assert cells_of(prepared, "parent_id") == ['["7","X"]', None, None]
    assert codes_of(prepared) == [(4, "incomplete")]
    (own,) = prepared.fields
    assert (own.kind, own.entity, own.via) == ("reference", "company", "commercial_partner_id")


def test_no_row_is_doubled_or_lost_by_a_lookup(tmp_path: Path) -> None:
    field = lookup("category_id", "res.partner.category", ["name"], "a", on_missing="empty")
    rows: list[list[str | None]] = [["Twice"], ["Gold"], ["Nix"], [None]] * 25
    prepared = prepare_rows(tmp_path, field, *rows)
    assert prepared.n_rows == 100
    assert [row["sheet_row"] for row in rows_of(prepared)] == list(range(2, 102))
