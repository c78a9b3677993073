"""The public Northwind company, found by STOWAGE_NORTHWIND, prepared by the documented example."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from importer.data.lookups import LookupRow
from importer.odoo.protocols import FieldFacts, ModelFacts
from tests.mappings.tables import cells_of, codes_of, fact, facts, issues_of, lists, run

_FOLDER = os.environ.get("STOWAGE_NORTHWIND", "")
pytestmark = pytest.mark.skipif(
    not _FOLDER, reason="STOWAGE_NORTHWIND names no folder with the Northwind CSV files"
)
_EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "northwind" / "graph.json"
_NAMES = (
    "Argentina Austria Belgium Brazil Canada Denmark Finland France Germany Ireland Italy Mexico "
    "Norway Poland Portugal Spain Sweden Switzerland Venezuela"
)
_COUNTRIES = [*_NAMES.split(), "United States", "United Kingdom"]
_STATES = [("United States", "WA", "Washington"), ("Brazil", "RJ", "Rio de Janeiro")]
FOUND = {
    "res.country": [LookupRow((name,), n, f"base.c{n}") for n, name in enumerate(_COUNTRIES)],
    "res.country.state": [
        LookupRow((country, text), n, f"base.s{n}", rank)
        for n, (country, code, name) in enumerate(_STATES)
        for rank, text in enumerate((code, name))
    ],
}


def frozen(name: str) -> dict[str, Any]:
    """A mapping of the example with its value maps put in."""
    example = json.loads(_EXAMPLE.read_text())
    (found,) = [one for one in example["mappings"] if one["name"] == name]
    text = json.dumps(found)
    for value_map, entries in example["value_maps"].items():
        whole = json.dumps({"entries": entries, "ignore_case": True})
        text = text.replace(f'"value_map": "{value_map}"', f'"value_map": {whole}')
    mapping: dict[str, Any] = json.loads(text)
    return mapping


def sheet(tmp_path: Path, name: str) -> Path:
    path = tmp_path / f"{name}.parquet"
    with duckdb.connect() as duck:
        duck.execute(
            f"COPY (SELECT row_number() OVER () + 1 AS _row, * FROM read_csv("
            f"'{_FOLDER}/{name}.csv', all_varchar = true, header = true, nullstr = '')) "
            f"TO '{path}' (FORMAT parquet)"
        )
    return path


def model(mapping: dict[str, Any]) -> ModelFacts:
    """Just the fields the mapping fills, by the types Odoo gives them."""
    types = {
        "is_company": "boolean",
        "product_uom_qty": "float",
        "price_unit": "float",
        "discount": "float",
        "date_order": "datetime",
        "commitment_date": "datetime",
    }
    relations = {"country_id": "res.country", "state_id": "res.country.state"}
    fields: list[FieldFacts] = []
    for raw in mapping["fields"]:
        target = raw["target"]
        if raw["source"] in ("lookup", "reference"):
            fields.append(fact(target, "many2one", relation=relations.get(target, "x")))
        else:
            fields.append(fact(target, types.get(target, "char")))
    return facts(mapping["entity"]["odoo_model"], *fields)


def prepared(tmp_path: Path, name: str) -> Any:
    mapping = frozen(name)
    path = sheet(tmp_path, mapping["sheet_name"])
    return run(tmp_path, mapping, model(mapping), path, found=FOUND)


def test_customers_find_their_country_and_list_the_states_that_are_not_there(
    tmp_path: Path,
) -> None:
    customers = prepared(tmp_path, "Northwind customers")
    assert (customers.n_rows, customers.n_failed) == (91, 0)
    assert None not in cells_of(customers, "country_id")
    missing = issues_of(customers)
    assert {(issue["code"], issue["level"]) for issue in missing} == {("not_found", "warning")}
    assert {"Germany, Berlin"}.isdisjoint(issue["value"] for issue in missing)
    found = [cell for cell in cells_of(customers, "state_id") if cell]
    assert sorted(set(found)) == ["base.s0", "base.s1"]
    with_region = 31
    assert len(found) + len(missing) == with_region


def test_order_lines_add_up_to_the_known_total(tmp_path: Path) -> None:
    lines = prepared(tmp_path, "Northwind order lines")
    assert (lines.n_rows, lines.n_failed) == (2155, 0)
    assert codes_of(lines) == []
    assert lines.totals == {"Lines before tax": Decimal("1265793.29")}
    assert {"0", "5", "25"} <= set(cells_of(lines, "discount"))


def test_orders_have_dates_in_odoos_form(tmp_path: Path) -> None:
    orders = prepared(tmp_path, "Northwind orders")
    assert (orders.n_rows, orders.n_failed) == (830, 0)
    assert cells_of(orders, "date_order")[0] == "1996-07-04 00:00:00"


def test_employees_come_boss_first(tmp_path: Path) -> None:
    employees = prepared(tmp_path, "Northwind employees")
    assert employees.n_rows == 9
    bosses = cells_of(employees, "parent_id")
    assert bosses[0] is None
    assert cells_of(employees, "name")[0] == "Andrew Fuller"


def test_the_lists_it_needs_are_named(tmp_path: Path) -> None:
    names = list(lists(tmp_path, frozen("Northwind customers"), FOUND))
    assert names == [
        "res.country by name",
        "res.country.state by country_id.name + code or country_id.name + name",
    ]
