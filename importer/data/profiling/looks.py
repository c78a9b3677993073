"""What is known of one column while it is looked at, and the alarms that are raised about it."""

from dataclasses import dataclass, field

import duckdb

from importer.data.profiling.cells import Found, SheetFile, find
from importer.data.profiling.dates import DateForm
from importer.data.profiling.facts import Alarm, Level, LikelyType, ValueCount
from importer.data.profiling.wording import place


@dataclass(slots=True)
class Look:
    """One column under the glass. ``counts``: cells by kind; ``most``: cells of the most frequent
    text; ``marks``: texts with a mark that few have (see ``columns``)."""

    duck: duckdb.DuckDBPyConnection
    sheet: SheetFile
    position: int
    counts: dict[str, int] = field(default_factory=dict)
    filled: int = 0
    distinct: int = 0
    most: int = 0
    shortest: int = 0
    longest: int = 0
    least: str | None = None
    greatest: str | None = None
    padded: int = 0
    broken: int = 0
    controls: int = 0
    html: int = 0
    top: tuple[ValueCount, ...] = ()
    kind: LikelyType = LikelyType.TEXT
    fitting: int = 0
    forms: list[DateForm] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.sheet.columns[self.position][0]

    @property
    def header(self) -> str:
        return self.sheet.columns[self.position][1]

    @property
    def place(self) -> str:
        return place(self.sheet.name, self.name)

    def total(self, *kinds: str) -> int:
        return sum(self.counts.get(kind, 0) for kind in kinds)

    def find(self, condition: str) -> Found:
        return find(self.duck, self.sheet, self.position, condition)

    def find_kinds(self, *kinds: str) -> Found:
        listed = ", ".join(f"'{kind}'" for kind in kinds)
        return self.find(f"kind IN ({listed})")

    def find_days(self, condition: str) -> Found:
        """Of a column of dates, by a condition on the table ``days``."""
        return self.find(f"v IN (SELECT v FROM days WHERE col = {self.position} AND ({condition}))")

    def alarm(self, code: str, level: Level, message: str, found: Found) -> None:
        """``message`` goes on after the place: ``holds 3 cells ...``."""
        text = f"{self.place} {message}"
        self.alarms.append(
            Alarm(code, level, text, self.sheet.name, self.name, found.rows, found.count)
        )
