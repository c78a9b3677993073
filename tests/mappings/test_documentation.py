"""The mapping page says what the code does."""

from pathlib import Path

from importer.data.expressions import FUNCTIONS, MAX_LENGTH, MAX_PADDED

_PAGE = (Path(__file__).parents[2] / "docs" / "mappings.md").read_text(encoding="utf-8")


def test_every_allowed_function_is_listed() -> None:
    named = {function for function in FUNCTIONS if function[0].isalpha()}
    assert {function for function in named if f"`{function}`" not in _PAGE} == set()


def test_the_limits_are_those_of_the_code() -> None:
    assert f"up to {MAX_PADDED} as width" in _PAGE
    assert f"at most {MAX_LENGTH} characters" in _PAGE
