"""Keys are typed one a line, or given as JSON; what cannot be read is said with its line."""

import pytest

from graphs.chosen_keys import read_keys, typed_keys
from importer.data.keys import key_text
from importer.errors import Refused


def test_lines_name_an_entity_and_a_key() -> None:
    typed = typed_keys('customer: C-001\n\n  customer:C-002 \nline: ["10248", "11"]\n')
    assert typed == {"customer": ["C-001", "C-002"], "line": [["10248", "11"]]}
    assert read_keys(typed) == {
        "customer": [key_text(["C-001"]), key_text(["C-002"])],
        "line": [key_text(["10248", "11"])],
    }


def test_a_key_may_hold_a_colon() -> None:
    assert typed_keys("order: 2026: 7") == {"order": ["2026: 7"]}


def test_no_line_means_every_row() -> None:
    assert typed_keys(" \n\n") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("C-001", "Line 1 of the keys"),
        ("customer: C-001\n: C-002", "Line 2 of the keys"),
        ("customer:", "customer: C-001"),
        ('line: ["1"', "line 1 is no JSON list"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(text: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        typed_keys(text)
