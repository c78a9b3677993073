"""Keys are there and unique; rows that refer to rows of their own sheet come boss first."""

from pathlib import Path
from typing import Any

from tests.mappings.tables import (
    cells_of,
    codes_of,
    column,
    fact,
    facts,
    issues_of,
    mapping,
    rows_of,
    run,
    write_sheet,
)

STAFF = facts(
    "hr.employee",
    fact("name", required=True),
    fact("parent_id", "many2one", relation="hr.employee"),
    fact("friend_ids", "many2many", relation="hr.employee"),
)
BOSS = {
    "target": "parent_id",
    "source": "reference",
    "spec": {"entity": "employee", "inputs": [{"column": "boss"}]},
}
FRIENDS = {
    "target": "friend_ids",
    "source": "reference",
    "spec": {"entity": "employee", "inputs": [{"column": "boss"}], "separator": ";"},
}


def staff(tmp_path: Path, *rows: list[str | None], field: dict[str, Any] = BOSS) -> Any:
    sheet = write_sheet(tmp_path / "s.parquet", ["id", "boss"], rows)
    frozen = mapping("employee", "hr.employee", ["id"], [column("name", "id"), field])
    return run(tmp_path, frozen, STAFF, sheet)


def test_an_empty_key_is_an_error_of_its_row(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path / "s.parquet", ["a", "b"], [["1", "x"], ["2", "NULL"]])
    frozen = mapping("employee", "hr.employee", ["a", "b"], [column("name", "a")])
    prepared = run(tmp_path, frozen, STAFF, sheet)
    assert codes_of(prepared) == [(3, "key")]
    assert "Columns “a”, “b” make the key together" in issues_of(prepared)[0]["message"]
    assert prepared.n_failed == 1


def test_of_rows_with_the_same_key_only_the_first_is_kept(tmp_path: Path) -> None:
    prepared = staff(tmp_path, ["A", None], [" A ", None], ["B", None], ["A", None])
    assert codes_of(prepared) == [(3, "duplicate"), (5, "duplicate")]
    assert "“A” is already in row 2" in issues_of(prepared)[0]["message"]
    assert prepared.n_failed == 2


def test_bosses_stand_before_their_people_whatever_the_sheet_says(tmp_path: Path) -> None:
    prepared = staff(tmp_path, ["C", "B"], ["B", "A"], ["A", None], ["D", "elsewhere"])
    rows = [(row["position"], row["key"], row["level"]) for row in rows_of(prepared)]
    assert rows == [(0, '["A"]', 0), (1, '["D"]', 0), (2, '["B"]', 1), (3, '["C"]', 2)]
    assert issues_of(prepared) == []


def test_each_row_of_a_cycle_is_named_and_what_hangs_below_is_not(tmp_path: Path) -> None:
    prepared = staff(tmp_path, ["A", "B"], ["B", "A"], ["C", "A"], ["D", "C"], ["E", None])
    assert codes_of(prepared) == [(2, "cycle"), (3, "cycle")]
    message = issues_of(prepared)[0]["message"]
    assert "“A” (row 2) -> “B” (row 3) -> back to the first" in message
    levels = {row["key"]: row["level"] for row in rows_of(prepared)}
    assert levels == {'["A"]': 0, '["B"]': 0, '["C"]': 1, '["D"]': 2, '["E"]': 0}


def test_a_cycle_is_cut_at_the_reference_that_points_further_down(tmp_path: Path) -> None:
    rows: list[list[str | None]] = [["A", "B;C"], ["B", "A"], ["C", None], ["D", "B;C"]]
    prepared = staff(tmp_path, *rows, field=FRIENDS)
    assert issues_of(prepared) == []
    found = {row["key"]: (row["level"], row["cut"]) for row in rows_of(prepared)}
    assert found == {
        '["A"]': (0, "friend_ids"),
        '["B"]': (1, ""),
        '["C"]': (0, ""),
        '["D"]': (2, ""),
    }


def test_a_record_may_refer_to_itself_where_that_makes_no_tree(tmp_path: Path) -> None:
    prepared = staff(tmp_path, ["A", "A"], ["B", "C"], ["C", "B"], field=FRIENDS)
    assert issues_of(prepared) == []
    assert [row["cut"] for row in rows_of(prepared)] == ["friend_ids", "friend_ids", ""]


def test_a_row_that_refers_to_itself_says_so(tmp_path: Path) -> None:
    prepared = staff(tmp_path, ["A", "A"])
    assert "“A” (row 2) refers to itself" in issues_of(prepared)[0]["message"]


def test_lists_of_keys_give_levels_and_a_cell_of_keys(tmp_path: Path) -> None:
    prepared = staff(tmp_path, ["C", "B; A ;A"], ["B", "A"], ["A", None], field=FRIENDS)
    assert [row["level"] for row in rows_of(prepared)] == [0, 1, 2]
    assert cells_of(prepared, "friend_ids") == [None, '[["A"]]', '[["A"],["B"]]']
    assert prepared.fields[1].is_list


def test_a_deep_chain_gets_its_levels(tmp_path: Path) -> None:
    rows: list[list[str | None]] = [["K0", None]] + [[f"K{n}", f"K{n - 1}"] for n in range(1, 300)]
    prepared = staff(tmp_path, *reversed(rows))
    assert [row["level"] for row in rows_of(prepared)] == list(range(300))


def test_values_that_odoo_keeps_once_are_told_unless_their_rows_share_a_key(tmp_path: Path) -> None:
    badges = facts("hr.employee", fact("name", required=True), fact("barcode"))
    rows: list[list[str | None]] = [
        ["1", "B1"],
        ["2", None],
        ["3", "B1"],
        ["1", "B1"],
        ["4", None],
        ["5", "b1"],
    ]
    sheet = write_sheet(tmp_path / "s.parquet", ["id", "badge"], rows)
    fields = [column("name", "id"), column("barcode", "badge")]
    prepared = run(tmp_path, mapping("employee", "hr.employee", ["id"], fields), badges, sheet)
    assert codes_of(prepared) == [(4, "not_unique"), (5, "duplicate")]
    told = issues_of(prepared)[0]
    assert (told["column"], told["value"]) == ("badge", "B1")
    assert told["message"].startswith("Column “badge”: “B1” is already in row 2")
