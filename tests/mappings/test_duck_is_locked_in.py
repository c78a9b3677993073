"""The DuckDB of a preparation reaches its own folder and nothing else, and stops in time."""

import time
from pathlib import Path

import duckdb
import pytest

from importer.data.duck import open_duck, quote
from importer.errors import Refused


def test_it_reads_what_it_was_given_and_nothing_beside_it(tmp_path: Path) -> None:
    given, beside = tmp_path / "given.csv", tmp_path / "beside.csv"
    for file in (given, beside):
        file.write_text("a\n1\n")
    with open_duck(tmp_path / "work", readable=[given]) as duck:
        assert duck.execute(f"SELECT a FROM read_csv({quote(str(given))})").fetchall() == [(1,)]
        with pytest.raises(duckdb.PermissionException):
            duck.execute(f"SELECT * FROM read_csv({quote(str(beside))})")
        with pytest.raises(duckdb.PermissionException):
            duck.execute(f"COPY (SELECT 1) TO {quote(str(beside))}")


@pytest.mark.parametrize(
    "sql", ["SET threads = 8", "SET enable_external_access = true", "INSTALL excel", "LOAD excel"]
)
def test_its_settings_cannot_be_changed(tmp_path: Path, sql: str) -> None:
    with open_duck(tmp_path) as duck, pytest.raises(duckdb.Error):
        duck.execute(sql)


def test_it_stops_at_the_time_limit_with_a_sentence(tmp_path: Path) -> None:
    started = time.monotonic()
    with (
        pytest.raises(Refused, match="longer than"),
        open_duck(tmp_path, seconds=0.3) as duck,
    ):
        duck.execute("SELECT sum(a.i * b.i) FROM range(1000000) a(i), range(1000000) b(i)")
    assert time.monotonic() - started < 5


def test_it_stops_at_the_memory_limit_with_a_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(Refused, match="memory"),
        open_duck(tmp_path, memory="20MB") as duck,
    ):
        duck.execute("SELECT len(list(i)) FROM range(20000000) AS r(i)")


def test_one_bad_cell_does_not_stop_a_statement_that_uses_it_twice(tmp_path: Path) -> None:
    # DuckDB's common subexpressions would take the cast out of TRY.
    with open_duck(tmp_path) as duck:
        duck.execute("CREATE TABLE t AS SELECT * FROM (VALUES ('1'), ('x')) v(a)")
        rows = duck.execute("SELECT TRY(CAST(a AS INT)), TRY(CAST(a AS INT) + 1) FROM t").fetchall()
    assert rows == [(1, 2), (None, None)]
