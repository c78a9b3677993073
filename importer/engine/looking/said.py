"""What a look has to say of rows, as the file that the planner reads. Pure.

``said``: ``adopted`` (a match rule found the record) and ``found`` (it is there under our external
id), each with ``odoo_id``; ``ambiguous`` with a message; ``gone`` (the record behind the key map
entry is not there any more) and ``edited`` (somebody else wrote to it since we did).
"""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

LOOKED_COLUMNS = {
    "key": "VARCHAR",
    "said": "VARCHAR",
    "odoo_id": "BIGINT",
    "ref": "VARCHAR",
    "field": "VARCHAR",
    "value": "VARCHAR",
    "message": "VARCHAR",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the file. ``ref``: the external id that an adopted record has; ``field``: the
    match rule as a line, ``value``: what was looked for."""

    key: str
    said: str
    odoo_id: int | None = None
    ref: str = ""
    field: str = ""
    value: str = ""
    message: str = ""


@dataclass
class Looked:
    """``path``: CSV of LOOKED_COLUMNS; ``counts``: said -> rows; ``gone``: keys whose records are
    not there any more; ``notes``: (level, sentence) for the run's log."""

    path: Path
    counts: dict[str, int] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


class Sayer:
    """Writes the lines and counts them."""

    def __init__(self, looked: Looked, rows: Any) -> None:
        self.looked = looked
        self._rows = rows

    def say(self, one: Said) -> None:
        counts = self.looked.counts
        counts[one.said] = counts.get(one.said, 0) + 1
        if one.said == "gone":
            self.looked.gone.append(one.key)
        self._rows.writerow(astuple(one))


@contextmanager
def saying(path: Path) -> Iterator[Sayer]:
    """An open file, complete when the block ends."""
    with path.open("w", encoding="utf-8", newline="") as file:
        yield Sayer(Looked(path), csv.writer(file, lineterminator="\n"))
