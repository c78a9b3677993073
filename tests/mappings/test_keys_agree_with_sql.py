"""A key is the same text whether Python or SQL made it."""

import unicodedata

import duckdb
import pytest
from hypothesis import given, settings, strategies as st

from importer.data.keys import display_key, key_hash, key_text, split_keys
from importer.data.macros import prelude

# DuckDB may know newer characters than this Python; unassigned ones have no NFC here.
_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cn"), codec="utf-8"), max_size=12)
_NASTY = st.sampled_from(["\x00a", "\u3000x\xa0", "e\u0301", '"\\/', "\x1f\x85\t", "\u2028é", ""])


@pytest.fixture(scope="module")
def duck() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(prelude())
    return connection


@settings(max_examples=300, deadline=None)
@given(parts=st.lists(_TEXT | _NASTY, min_size=1, max_size=3))
def test_python_and_sql_make_the_same_key(
    duck: duckdb.DuckDBPyConnection, parts: list[str]
) -> None:
    marks = ", ".join("key_part(?)" for _ in parts)
    row = duck.execute(f"SELECT key_of([{marks}])", parts).fetchone()
    assert row is not None
    assert row[0] == key_text(parts)


def test_a_key_is_text_trimmed_and_composed_but_never_typed() -> None:
    assert key_text([" 007 ", "e\u0301"]) == '["007","é"]'
    assert unicodedata.is_normalized("NFC", key_text(["e\u0301"]))
    assert key_text(["1.0"]) != key_text(["1"])
    assert key_text(["a b"]) != key_text(["a", "b"])


def test_a_key_hash_has_sixteen_bytes_and_differs_by_key() -> None:
    assert len(key_hash('["a"]')) == 16
    assert key_hash('["a"]') != key_hash('["b"]')


def test_a_list_of_keys_is_taken_apart() -> None:
    assert split_keys('[["A"],["é \\"x\\""]]') == [key_text(["A"]), key_text(['é "x"'])]
    assert display_key('["10248","11"]') == "10248, 11"
