"""One JSON object a line becomes one row."""

from pathlib import Path

import pytest

from importer.errors import Refused
from tests.datasets.reading import read_text


def test_keys_are_columns_in_the_order_they_appear(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, '{"id":1,"name":"Ann"}\n\n{"city":"Köln","id":2}\n', "c.jsonl")
    assert sheet.columns == ["id", "name", "city"]
    assert sheet.rows == [(1, "1", "Ann", None), (3, "2", None, "Köln")]


def test_values_are_text_as_the_file_has_them(tmp_path: Path) -> None:
    line = (
        '{"n":12345678901234567,"f":1.50,"t":true,"z":null,"e":"","s":"007",'
        '"o":{"a":[1.0,"x",null]}}\n'
    )
    sheet = read_text(tmp_path, line, "c.ndjson")
    assert sheet.rows == [
        (1, "12345678901234567", "1.50", "TRUE", None, None, "007", '{"a":[1.0,"x",null]}')
    ]


def test_a_key_named_twice_is_reported(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, '{"a":1}\n{"a":1,"b":2,"a":3}\n', "c.jsonl")
    assert sheet.rows[1] == (2, "3", "2")
    assert (sheet.notices["repeated_key"]["row"], sheet.notices["repeated_key"]["column"]) == (
        2,
        "a",
    )


@pytest.mark.parametrize("line", ["[1, 2]", "12", '{"a": }', "{'a': 1}", '[{"a": 1}]'])
def test_a_line_that_is_no_object_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(Refused, match=r"“c.jsonl”, line 2: "):
        read_text(tmp_path, '{"a": 1}\n' + line + "\n", "c.jsonl")


def test_deep_nesting_is_refused_and_breaks_nothing(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"line 1: "):
        read_text(tmp_path, '{"a":' + "[" * 200_000 + "]" * 200_000 + "}\n", "c.jsonl")
