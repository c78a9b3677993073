"""docs/rights.md says what importer/rights.py does."""

from importer.choices import Role
from importer.rights import VERBS
from tests.own_services import PROJECT


def test_the_table_of_the_docs_is_the_table_of_the_code() -> None:
    text = (PROJECT / "docs" / "rights.md").read_text(encoding="utf-8")
    written = [line for line in text.splitlines() if line.startswith("| ") and "verb" not in line]
    wanted = [
        f"| {verb} | " + " | ".join("yes" if role in roles else "" for role in Role) + " |"
        for verb, roles in VERBS.items()
    ]
    assert written == wanted
