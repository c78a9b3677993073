"""The faults of the dirty workbook: where each stands, what must be said of it, and when.

The table is ``faults.json``, a line each; ``docs/faults.md`` says the same.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Depth(StrEnum):
    READING = "reading"
    PROFILE = "profile"
    PLAN = "local plan"


@dataclass(frozen=True, slots=True)
class Fault:
    """``row`` as a spreadsheet shows it; ``value``: what stands there; ``code`` and ``words`` of
    what is said. ``told_column``: where the tool calls the column by another name, ``-`` where it
    names none."""

    kind: str
    sheet: str
    row: int
    column: str
    value: str | int | float | None
    depth: Depth
    code: str
    words: str
    told_column: str


def _read() -> tuple[Fault, ...]:
    rows = json.loads(Path(__file__).with_name("faults.json").read_text(encoding="utf-8"))
    return tuple(
        Fault(kind, sheet, row, column, value, Depth(depth), *said)
        for kind, sheet, row, column, value, depth, *said in rows
    )


FAULTS = _read()

FOLLOWING: tuple[tuple[str, int, str, str], ...] = (
    ("Partners", 40, "Name", "required"),
    ("Partners", 41, "Name", "required"),
    ("Contacts", 15, "Code", "duplicate"),
    ("Contacts", 18, "Company", "reference_missing"),
    ("Products", 33, "Product", "required"),
)
"""What the local plan says, rightly, of rows whose fault was named before: sheet, row, column and
code."""
