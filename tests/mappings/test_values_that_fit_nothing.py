"""Values of a sheet that no choice, record, key or value map knows: found, counted, suggested."""

from pathlib import Path
from typing import Any

from importer.data.gaps.candidates import Candidate, _with_names
from importer.data.gaps.finding import GapQuestion, KnownKeys, find_gaps
from importer.data.gaps.similar import suggestions
from importer.data.lookups import LookupRow
from importer.data.value_actions import with_skips
from tests.mappings.tables import column, fact, facts, lists, mapping, write_sheet

PARTNER = facts(
    "res.partner",
    fact("type", "selection", selection=(("contact", "Contact"), ("invoice", "Invoice"))),
    fact("is_company", "boolean"),
    fact("country_id", "many2one", relation="res.country"),
    fact("state_id", "many2one", relation="res.country.state"),
    fact("category_id", "many2many", relation="res.partner.category"),
    fact("parent_id", "many2one", relation="res.partner"),
)
FOUND = {
    "res.country": [
        LookupRow(("Germany",), 1, "base.de"),
        LookupRow(("United Kingdom",), 2, "base.uk"),
        LookupRow(("Twin",), 3, None),
        LookupRow(("Twin",), 4, None),
    ],
    "res.country.state": [
        LookupRow(("Germany", "Berlin"), 10, "base.be"),
        LookupRow(("United Kingdom", "Berlim"), 11, None),
    ],
    "res.partner.category": [LookupRow(("Gold",), 3, "x.gold"), LookupRow(("Silver",), 4, None)],
}
COLUMNS = ["id", "land", "region", "tags", "kind", "firm", "boss"]
ROWS: list[list[str | None]] = [
    ["1", "Germany", "Berlin", "Gold", "Contact", "yes", None],
    ["2", "Deutschlnd", None, "gold, Sliver", "Invoce", "ja", "1"],
    ["3", "DEUTSCHLND", None, None, None, "maybe", "77"],
    ["4", "Deutschlnd", None, "Bronze", None, None, "F1"],
    ["5", "Twin", None, None, None, None, None],
    ["6", "Germany", "Berlyn", None, None, None, None],
    ["7", "Atlantis", None, "Bronze", None, None, None],
    ["8", "UK", None, None, None, None, None],
]


def lookup(target: str, model: str, by: list[str], columns: list[str], **more: Any) -> Any:
    spec = {"model": model, "by": by, "inputs": [{"column": one} for one in columns]}
    return {"target": target, "source": "lookup", "spec": spec | more.pop("spec", {}), **more}


def gaps_of(tmp_path: Path) -> dict[str, dict[str, Any]]:
    sheet = write_sheet(tmp_path / "s.parquet", COLUMNS, ROWS)
    skip = {"name": "Lands", "entries": {"Atlantis": {"action": "skip"}}, "ignore_case": True}
    frozen = with_skips(
        mapping(
            "person",
            "res.partner",
            ["id"],
            [
                column("type", "kind"),
                column("is_company", "firm"),
                lookup("country_id", "res.country", ["name"], ["land"], value_map=skip),
                lookup(
                    "state_id", "res.country.state", ["country_id.name", "name"], ["land", "region"]
                ),
                lookup(
                    *("category_id", "res.partner.category", ["name"], ["tags"]),
                    spec={"separator": ","},
                    on_missing="empty",
                ),
                {
                    "target": "parent_id",
                    "source": "reference",
                    "spec": {"entity": "firm", "inputs": [{"column": "boss"}]},
                },
            ],
        )
    )
    keys = tmp_path / "keys.csv"
    keys.write_text('"[""F1""]"\n', encoding="utf-8")
    asked = GapQuestion(
        frozen=frozen,
        facts=PARTNER,
        sheet_path=sheet,
        empty_words=("-",),
        lookups={name: one.path for name, one in lists(tmp_path, frozen, FOUND).items()},
        known={"firm": KnownKeys((str(keys),), ((str(sheet), ("id",)),))},
        said={"sliver": [("Silver", "Tags")]},
        seconds=60,
    )
    return {one["field"]: one for one in find_gaps(asked, tmp_path)}


def test_each_value_that_fits_nothing_is_counted_and_compared(tmp_path: Path) -> None:
    found = gaps_of(tmp_path)
    said = {
        field: [(gap["value"], gap["code"], gap["rows"]) for gap in one["gaps"]]
        for field, one in found.items()
    }
    assert said == {
        "type": [("Invoce", "selection", 1)],
        "is_company": [("ja", "boolean", 1), ("maybe", "boolean", 1)],
        # Case does not count; a row that is left out counts no more.
        "country_id": [
            *(("Deutschlnd", "not_found", 3), ("Twin", "ambiguous", 1), ("UK", "not_found", 1)),
        ],
        "state_id": [("Berlyn", "not_found", 1)],
        "category_id": [("Bronze", "not_found", 1), ("Sliver", "not_found", 1)],
        "parent_id": [("77", "reference_missing", 1)],
    }
    country = found["country_id"]
    assert (country["values"], country["rows"], country["column"]) == (3, 5, "land")
    assert country["gaps"][0]["first_rows"] == [3, 4, 5]
    likely = {
        (field, gap["value"]): [(one["to"], one["confidence"]) for one in gap["suggestions"]]
        for field, one in found.items()
        for gap in one["gaps"]
    }
    ((to, sure),) = likely["country_id", "Deutschlnd"]
    assert to == "Germany" and 0.85 < sure < 0.95  # by its German name, one letter short
    assert likely["country_id", "UK"] == [("United Kingdom", 0.97)]
    assert likely["country_id", "Twin"] == []  # there are two of that name
    assert likely["type", "Invoce"][0][0] == "invoice"
    assert likely["is_company", "ja"][0][0] == "yes"
    assert likely["is_company", "maybe"] == []
    assert [to for to, _ in likely["state_id", "Berlyn"]] == ["Berlin"]  # not that of another land
    sliver = found["category_id"]["gaps"][1]["suggestions"][0]
    assert sliver == {
        "to": "Silver",
        "confidence": 0.98,
        "reason": "The value map “Tags” says so.",
    }
    assert {"to": "contact", "label": "Contact"} in found["type"]["choices"]


def test_nothing_is_as_sure_as_what_a_person_says() -> None:
    listed = _with_names([Candidate("Anchor chain"), Candidate("Chain anchor"), Candidate("Rope")])
    found = suggestions("anchor  CHAIN", (), listed, {})
    assert [(one.to, one.confidence) for one in found] == [
        ("Anchor chain", 0.97),
        ("Chain anchor", 0.95),
    ]
    assert suggestions("", (), listed, {}) == []
    assert suggestions("Quay wall", (), listed, {}) == []
