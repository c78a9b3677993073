"""docs/faults.md lists every fault of the dirty workbook with what is said of it."""

from tests.dirty.faults import FAULTS, Fault
from tests.own_services import PROJECT

HEAD = "| fault | where | what stands there | found by | what is said |"


def lines() -> list[str]:
    """The table of the docs."""
    return [HEAD, "|---|---|---|---|---|", *(_line(one) for one in FAULTS)]


def _line(one: Fault) -> str:
    column = f"“{one.column}”" if one.column else "J"
    cells = [
        one.kind,
        f"{one.sheet}, row {one.row}, {column}",
        f"`{_shown(one.value)}`" if one.value is not None else "(empty)",
        str(one.depth),
        f"`{one.code}`: … {one.words} …",
    ]
    return "| " + " | ".join(cells) + " |"


def _shown(value: object) -> str:
    """With what cannot be seen made visible."""
    text = str(value).replace("\n", "↵").replace("\N{NO-BREAK SPACE}", "⍽")
    return text.replace("\N{ZERO WIDTH SPACE}", "⟦ZWSP⟧").strip()


def test_the_table_of_the_docs_is_what_the_tool_says() -> None:
    text = (PROJECT / "docs" / "faults.md").read_text(encoding="utf-8").splitlines()
    start = text.index(HEAD)
    wanted = lines()
    assert text[start : start + len(wanted) + 1] == [*wanted, ""]
    assert len({one.kind for one in FAULTS}) >= 50
