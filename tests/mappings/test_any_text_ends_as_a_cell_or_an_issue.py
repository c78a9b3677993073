"""Whatever a sheet holds, every row comes out once, and no filled cell is lost without a word."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tests.mappings.tables import (
    cells_of,
    column,
    expression,
    fact,
    facts,
    issues_of,
    lines_of,
    mapping,
    rows_of,
    run,
    write_sheet,
)

TYPES = ("char", "integer", "float", "boolean", "date", "datetime", "selection")
MODEL = facts(
    "x.model",
    *(fact(f"f_{type_}", type_, selection=(("a", "A b"), ("b", "é"))) for type_ in TYPES),
)
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
_LIKELY = st.sampled_from(
    [
        "1",
        "-1.50",
        "1e9",
        ".",
        "-",
        "1996-02-30",
        "1996-07-04 25:00",
        "NULL",
        " ",
        "A B",
        "É",
        "yes",
    ]
)
_CELLS = st.lists(st.none() | _TEXT | _LIKELY, min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(texts=_CELLS)
def test_a_filled_cell_becomes_a_cell_or_an_issue(texts: list[str | None]) -> None:
    fields = [column(f"f_{type_}", "v") for type_ in TYPES]
    with tempfile.TemporaryDirectory() as folder:
        rows = [[f"K{n}", text] for n, text in enumerate(texts)]
        sheet = write_sheet(Path(folder) / "s.parquet", ["id", "v"], rows)
        prepared = run(Path(folder), mapping("e", "x.model", ["id"], fields), MODEL, sheet)
        found, issues = rows_of(prepared), issues_of(prepared)
    assert [row["sheet_row"] for row in found] == list(range(2, len(texts) + 2))
    named = {(issue["sheet_row"], issue["field"]) for issue in issues}
    for row, text in zip(found, texts, strict=True):
        is_empty = text is None or text.strip() in ("", "NULL")
        for type_ in TYPES:
            has_cell = row[f"cell:f_{type_}"] is not None
            is_named = (row["sheet_row"], f"f_{type_}") in named
            assert (has_cell, is_named) == (
                (False, False) if is_empty else (not is_named, is_named)
            )


@pytest.mark.parametrize(
    "name", ["key", "c0", "c1", "source", "cell", "x_0", "level", 'a "b"', "é"]
)
def test_columns_may_have_any_name(tmp_path: Path, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    model = facts("x.model", fact("a"), fact("b"), fact("ls", "one2many", relation="x.line"))
    line: dict[str, Any] = mapping(
        "l", "x.line", ["no"], [column("t", name)], nested_field="ls", parent_inputs=[]
    )
    line["parent_inputs"] = [{"column": "id"}]
    frozen = mapping(
        "e",
        "x.model",
        ["id"],
        [column("a", name), expression("b", f"{quoted} || '!'")],
        row_filter=f"{quoted} <> 'no'",
        nested=[line],
    )
    sheet = tmp_path / "s.parquet"
    write_sheet(sheet, ["id", "no", name.replace('"', '""')], [["D", "1", "x"], ["D", "2", "y"]])
    facts_of_lines = {"x.line": facts("x.line", fact("t"))}
    prepared = run(tmp_path, frozen, model, sheet, nested_facts=facts_of_lines)
    assert cells_of(prepared, "b") == ["x!"]
    (row,) = rows_of(prepared)
    assert [one["cells"]["t"] for one in lines_of(row)["ls"]] == ["x", "y"]
