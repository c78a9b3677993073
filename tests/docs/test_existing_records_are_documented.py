"""The page on existing records shows rules as they are typed and as they are kept."""

import json
import re
from pathlib import Path

from importer.data.match_rules import read_rule, rule_of_line

_PAGE = (Path(__file__).parents[2] / "docs" / "existing.md").read_text(encoding="utf-8")


def test_each_line_of_the_page_is_the_rule_beside_it() -> None:
    shown = re.findall(r"^\| `([^`]+)` \| `(\{[^`]+\})` \|", _PAGE, flags=re.MULTILINE)
    assert len(shown) == 4
    for line, kept in shown:
        assert rule_of_line(line) == read_rule(json.loads(kept))
