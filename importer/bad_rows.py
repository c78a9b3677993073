"""What is wrong with rows, whoever found it: a run, or a check of a dataset under a mapping. The
shapes that fixing stands on; writes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

from importer.choices import IssueLevel
from importer.models import Connection, Dataset

LEVELS = (str(IssueLevel.ERROR),)
"""What makes a row bad unless somebody asks for more: rows that are blocked by others are mended
with those."""

ALL_LEVELS = tuple(str(level) for level in IssueLevel.values)


@dataclass(frozen=True, slots=True)
class RowIssue:
    """One thing that is wrong with a row; ``column`` may name several, joined by a comma, or
    none."""

    sheet: str
    row: int
    column: str
    value: str
    level: str
    stage: str
    code: str
    message: str

    def columns(self, known: Sequence[str]) -> list[str]:
        """Those of the sheet's columns that it speaks of."""
        if self.column in known:
            return [self.column]
        parts = self.column.split(", ")
        return [column for column in known if column in parts]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bad rows: of one cause, all of them by default."""

    code: str = ""
    column: str = ""
    value: str | None = None
    levels: tuple[str, ...] = LEVELS

    @classmethod
    def asked(cls, query: Mapping[str, str]) -> Self:
        """As ``?code=&column=&value=`` names the cause; ``levels=all``: rows that are blocked by
        others, or only warned of, too."""
        return cls(
            code=query.get("code", ""),
            column=query.get("column", ""),
            value=query.get("value"),
            levels=ALL_LEVELS if query.get("levels") == "all" else LEVELS,
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """By what rows are checked again: frozen mappings by each sheet that they read; ``fed_by`` in
    them names the sheet of their own rows."""

    connection: Connection
    mappings: Mapping[str, Sequence[dict[str, Any]]] = field(default_factory=dict)


class BadRows(Protocol):
    """Rows of ``dataset`` that somebody found bad."""

    @property
    def dataset(self) -> Dataset: ...

    @property
    def rules(self) -> Rules: ...

    @property
    def wanted(self) -> Wanted: ...

    def counts(self) -> dict[str, int]:
        """Sheet -> bad rows, in the order of the sheets; those without any are left out."""
        ...

    def rows(self, sheet: str, offset: int, limit: int) -> list[int]:
        """A page of the numbers of the sheet's bad rows, ascending."""
        ...

    def issues(self, sheet: str, rows: Iterable[int]) -> list[RowIssue]:
        """Everything that is wrong with these rows, of the wanted levels."""
        ...

    def write(self, path: Path) -> None:
        """All issues of all bad rows as CSV without a header: sheet, row, column, value, level,
        stage, code, message; in bounded memory."""
        ...
