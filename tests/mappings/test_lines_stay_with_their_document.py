"""A nested mapping's rows travel inside their document, whole or not at all."""

from pathlib import Path
from typing import Any

import pytest

from importer.errors import Refused
from tests.mappings.tables import (
    codes_of,
    column,
    fact,
    facts,
    issues_of,
    lines_of,
    mapping,
    rows_of,
    run,
    write_sheet,
)

MOVE = facts(
    "account.move",
    fact("ref"),
    fact("line_ids", "one2many", relation="account.move.line"),
)
LINE = facts("account.move.line", fact("name", required=True), fact("debit", "float"))
LINES = mapping(
    "line",
    "account.move.line",
    ["move", "no"],
    [column("name", "label"), column("debit", "amount")],
    nested_field="line_ids",
    parent_inputs=[{"column": "move"}],
    sheet_name="lines",
)
MOVES = mapping("move", "account.move", ["move"], [column("ref", "text")], nested=[LINES])
COLUMNS = ["move", "no", "label", "amount"]


def two_sheets(tmp_path: Path, moves: list[Any], lines: list[Any]) -> Any:
    head = write_sheet(tmp_path / "moves.parquet", ["move", "text"], moves)
    body = write_sheet(tmp_path / "lines.parquet", COLUMNS, lines)
    return run(
        tmp_path,
        MOVES,
        MOVE,
        head,
        nested_facts={"account.move.line": LINE},
        nested_sheets={"lines": body},
    )


def test_lines_of_another_sheet_are_put_into_their_document(tmp_path: Path) -> None:
    prepared = two_sheets(
        tmp_path,
        [["M1", "one"], ["M2", "two"], ["M3", "none"]],
        [["M2", "1", "a", "5.0"], ["M1", "1", "b", None], ["M2", "2", "c", "7"]],
    )
    first, second, third = rows_of(prepared)
    assert lines_of(first) == {
        "line_ids": [{"key": '["M1","1"]', "cells": {"name": "b", "debit": None}}]
    }
    assert [line["cells"]["debit"] for line in lines_of(second)["line_ids"]] == ["5", "7"]
    assert lines_of(third) == {"line_ids": []}
    (lines,) = prepared.lines
    assert (lines.field, lines.model) == ("line_ids", "account.move.line")
    assert [field.target for field in lines.fields] == ["name", "debit"]
    assert len({row["hash"] for row in (first, second, third)}) == 3


def test_a_bad_line_fails_its_document_and_is_named_in_its_own_sheet(tmp_path: Path) -> None:
    prepared = two_sheets(
        tmp_path,
        [["M1", "one"], ["M2", "two"]],
        [["M1", "1", "a", "5"], ["M2", "1", "b", "5"], ["M2", "2", None, "x"]],
    )
    assert [row["failed"] for row in rows_of(prepared)] == [False, True]
    found = {(i["sheet"], i["sheet_row"], i["code"], i["position"]) for i in issues_of(prepared)}
    assert found == {
        ("Sheet 1", 3, "line", 1),
        ("lines", 4, "required", 1),
        ("lines", 4, "number", 1),
    }


def test_a_line_without_a_document_is_named(tmp_path: Path) -> None:
    lines = [["M9", "1", "a", "5"], [None, "1", "a", "5"]]
    prepared = two_sheets(tmp_path, [["M1", "one"]], lines)
    assert codes_of(prepared) == [(2, "no_document"), (3, "key"), (3, "no_document")]
    assert "no row has the key “M9”" in issues_of(prepared)[0]["message"]
    assert issues_of(prepared)[0]["value"] == "M9"
    assert [row["failed"] for row in rows_of(prepared)] == [False]


def test_document_and_lines_may_share_one_sheet(tmp_path: Path) -> None:
    sheet = write_sheet(
        tmp_path / "s.parquet",
        [*COLUMNS, "text"],
        [
            ["M1", "1", "a", "1", "one"],
            ["M1", "2", "b", "2", "one"],
            ["M2", "1", "c", "3", "two"],
        ],
    )
    frozen = MOVES | {"nested": [LINES | {"sheet_name": ""}]}
    prepared = run(tmp_path, frozen, MOVE, sheet, nested_facts={"account.move.line": LINE})
    rows = rows_of(prepared)
    assert [(row["key"], row["sheet_row"], row["failed"]) for row in rows] == [
        ('["M1"]', 2, False),
        ('["M2"]', 4, False),
    ]
    assert [len(lines_of(row)["line_ids"]) for row in rows] == [2, 1]


def test_a_sheet_of_lines_that_is_not_there_is_named(tmp_path: Path) -> None:
    head = write_sheet(tmp_path / "moves.parquet", ["move", "text"], [["M1", "one"]])
    with pytest.raises(Refused, match="no sheet “lines”"):
        run(tmp_path, MOVES, MOVE, head, nested_facts={"account.move.line": LINE})


def test_a_line_key_is_unique_over_all_documents(tmp_path: Path) -> None:
    prepared = two_sheets(tmp_path, [["M1", "one"]], [["M1", "1", "a", "5"], ["M1", "1", "b", "6"]])
    assert ("lines", 3, "duplicate") in {
        (i["sheet"], i["sheet_row"], i["code"]) for i in issues_of(prepared)
    }
    assert rows_of(prepared)[0]["failed"]
