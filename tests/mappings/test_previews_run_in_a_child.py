"""A preview shows the first rows with their issues, and a wild expression stops only itself."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from importer.data.previewing import Asked, preview_in_child
from importer.errors import Refused
from tests.mappings.tables import column, expression, fact, facts, mapping, write_sheet

MODEL = facts("x.model", fact("name", required=True), fact("amount", "float"))


def ask(tmp_path: Path, *fields: dict[str, Any], rows: Any = None) -> Asked:
    rows = rows or [["A", "one", "1"], ["B", "two", "x"], ["C", None, "3"]]
    return Asked(
        frozen=mapping("e", "x.model", ["id"], fields),
        facts=MODEL,
        sheet_path=write_sheet(tmp_path / "s.parquet", ["id", "name", "v"], rows),
        sheet="Sheet 1",
        empty_words=["NULL"],
        lookups={},
        nested_facts={},
        nested_sheets={},
    )


def test_the_first_rows_come_with_their_cells_and_issues(tmp_path: Path) -> None:
    asked = ask(tmp_path, column("name", "name"), column("amount", "v"))
    shown = preview_in_child(asked, tmp_path, limit=2)
    first, second = shown["rows"]
    assert (first["cells"], first["issues"]) == ({"name": "one", "amount": "1"}, [])
    assert [issue["code"] for issue in second["issues"]] == ["number"]
    assert (shown["n_rows"], shown["n_failed"]) == (3, 2)
    assert {(group["code"], group["rows"]) for group in shown["groups"]} == {
        ("number", 1),
        ("required", 1),
    }


def test_a_mapping_that_does_not_fit_is_a_sentence(tmp_path: Path) -> None:
    asked = ask(tmp_path, column("name", "gone"))
    with pytest.raises(Refused, match="no column “gone”"):
        preview_in_child(asked, tmp_path, limit=2)


def test_an_expression_that_needs_too_much_memory_is_a_sentence(tmp_path: Path) -> None:
    grown = "name"
    for _ in range(9):
        grown = f"replace({grown}, 'o', 'oooooooooooo')"
    asked = ask(tmp_path, expression("name", grown))
    with pytest.raises(Refused, match="memory"):
        preview_in_child(asked, tmp_path, limit=2)


def test_a_child_that_dies_is_a_sentence(tmp_path: Path) -> None:
    asked = ask(tmp_path, column("name", "name"))
    with pytest.raises(Refused, match="The preview was stopped"):
        preview_in_child(asked, tmp_path, limit=2, address_space=60 * 1024**2)


def test_a_child_that_takes_too_long_is_a_sentence(tmp_path: Path) -> None:
    slow = "name"
    for _ in range(40):
        slow = f"md5({slow})"
    asked = ask(tmp_path, expression("name", slow))
    with duckdb.connect() as duck:
        duck.execute(
            "COPY (SELECT i + 2 AS _row, 'K' || i AS id, 'x' AS name, '1' AS v "
            f"FROM range(1000000) AS r(i)) TO '{asked.sheet_path}' (FORMAT parquet)"
        )
    with pytest.raises(Refused, match="longer than"):
        preview_in_child(asked, tmp_path, limit=2, seconds=0.3)


def test_each_language_of_a_text_is_a_column_of_the_preview(tmp_path: Path) -> None:
    rows = [["A", "one", None], ["B", "two", "deux"]]
    asked = ask(tmp_path, column("name", "name"), column("name", "v", lang="fr_FR"), rows=rows)
    shown = preview_in_child(asked, tmp_path, limit=2)
    assert [row["cells"] for row in shown["rows"]] == [
        {"name": "one", "name@fr_FR": None},
        {"name": "two", "name@fr_FR": "deux"},
    ]
    assert shown["n_failed"] == 0
