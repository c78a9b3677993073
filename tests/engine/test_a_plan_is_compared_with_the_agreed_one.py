"""What counts as another plan than the agreed one, and what does not."""

import duckdb
import pytest

from importer.engine.agreed import differing

Row = tuple[str, int | None, str, str, dict[str, str]]
"""Verdict, record, fields, hash of the cells, values that would be overwritten."""

NEW: Row = ("create", None, "", "h", {})
CHANGED: Row = ("update", 6, "x", "h", {"x": "1"})

CASES: list[tuple[Row | None, Row | None, bool, str]] = [
    (NEW, NEW, False, ""),
    (NEW, ("update", 5, "x", "h", {"x": "1"}), False, "verdict"),
    (NEW, ("create", None, "", "other", {}), False, "values"),
    (NEW, ("unchanged", 5, "", "h", {}), False, "verdict"),
    (NEW, ("unchanged", 5, "", "h", {}), True, ""),
    (NEW, ("update", 7, "x", "h", {"x": ""}), True, ""),  # 7 was made by this load
    (NEW, ("update", 8, "x", "h", {"x": ""}), True, "verdict"),
    (NEW, ("blocked", None, "", "h", {}), False, ""),
    (NEW, None, False, "gone"),
    (NEW, None, True, ""),
    (None, NEW, False, "new"),
    (CHANGED, CHANGED, False, ""),
    (CHANGED, ("update", 6, "x", "h", {"x": "2"}), False, "odoo"),
    (CHANGED, ("update", 7, "x", "h", {"x": "1"}), False, "record"),
    (CHANGED, ("update", 6, "x,y", "h", {"x": "1"}), False, "fields"),
    (("update", 6, "x", "h", {"x": ""}), CHANGED, False, "odoo"),
    (("update", None, "x", "h", {}), CHANGED, False, ""),  # a record of the run itself
    (("error", None, "", "h", {}), NEW, False, "verdict"),
    (("skip", None, "", "h", {}), ("unchanged", 5, "", "h", {}), False, ""),
]


@pytest.mark.parametrize(("was", "now", "is_again", "what"), CASES)
def test_rows_that_would_be_sent_otherwise_differ(
    was: Row | None, now: Row | None, is_again: bool, what: str
) -> None:
    with duckdb.connect() as duck:
        for table, row in (("was", was), ("now", now)):
            duck.execute(
                f"CREATE TABLE {table} (sheet_row BIGINT, key VARCHAR, verdict VARCHAR, "
                "odoo_id BIGINT, fields VARCHAR, hash VARCHAR, emptied VARCHAR, "
                "befores MAP(VARCHAR, VARCHAR))"
            )
            if row is not None:
                verdict, odoo_id, fields, cells, befores = row
                values = [verdict, odoo_id, fields, cells, list(befores), list(befores.values())]
                duck.execute(
                    f"INSERT INTO {table} SELECT 2, 'k', ?, ?, ?, ?, '', map(?, ?)", values
                )
        duck.execute("CREATE TABLE made AS SELECT 7 AS id")
        found = duck.execute(differing(is_again=is_again)).fetchall()
    assert [row[4] for row in found] == ([what] if what else [])


def test_what_a_secret_was_and_is_stays_hidden() -> None:
    sql = differing(is_again=False)
    with duckdb.connect() as duck:
        for table, key in (("was", "old"), ("now", "new")):
            duck.execute(
                f"CREATE TABLE {table} AS SELECT 2 AS sheet_row, 'k' AS key, 'update' AS verdict, "
                f"6 AS odoo_id, 'x' AS fields, 'h' AS hash, '' AS emptied, "
                f"map(['x_Api_Key', 'city'], ['{key}', '{key} town']) AS befores"
            )
        duck.execute("CREATE TABLE made AS SELECT 7 AS id")
        (found,) = duck.execute(sql).fetchall()
    assert found[5] == "x_Api_Key: •••; city: old town → new town"
