"""What a profile says of a column, of a sheet and of a dataset. Pure, and the one shape that is
stored, sent and read by the suggestions; nothing here is computed.

Counts are exact unless their name says ``about``. ``row`` is always the number a spreadsheet
program shows beside the row. A cell is empty when it holds nothing, blanks, or one of the
dataset's words for an empty cell.
"""

from dataclasses import dataclass
from enum import StrEnum

from importer.data.profiling.as_facts import Facts

VERSION = 1
"""Of this shape; a stored profile of another version is made anew."""


class LikelyType(StrEnum):
    """What most of a column's filled cells are."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"


class Level(StrEnum):
    """How much an alarm weighs."""

    ERROR = "error"  # rows would be lost, merged or wrong
    WARNING = "warning"  # somebody should look
    NOTE = "note"  # good to know, costs no point


@dataclass(frozen=True, slots=True)
class Cell(Facts):
    """One cell as an example; long text is cut with ``...``."""

    row: int
    value: str


@dataclass(frozen=True, slots=True)
class ValueCount(Facts):
    """A value, how many cells have exactly this text, and the first row that does."""

    value: str
    count: int
    row: int


@dataclass(frozen=True, slots=True)
class FormatFacts(Facts):
    """One way in which a column's cells are written, such as ``d/m/y``, ``yyyy-mm-dd``,
    ``decimal comma`` or ``text``. ``decides`` is false for cells that fit several formats
    (``03/04/2024``) and prove none."""

    name: str
    count: int
    decides: bool
    examples: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Bin(Facts):
    """A bar of a histogram: cells from ``low`` to ``high``, both included in the last bar and
    ``high`` left out in the others."""

    low: str
    high: str
    count: int


@dataclass(frozen=True, slots=True)
class Alarm(Facts):
    """What is wrong, where, and what to do, as one text. ``rows`` are the first rows concerned,
    ``count`` is how many there are. ``column`` is empty when it is about the whole sheet."""

    code: str
    level: Level
    message: str
    sheet: str
    column: str
    rows: tuple[int, ...]
    count: int


@dataclass(frozen=True, slots=True)
class ColumnFacts(Facts):
    """``share``: of the filled cells, how many are of the likely type (0 to 1). ``distinct``:
    different texts. ``min`` and ``max``: numbers as ``1234.5`` and dates as ``2024-01-31`` by
    their size, other types in the order of text; None without a filled cell. ``shortest`` and
    ``longest``: characters. ``is_unique``: no filled cell twice, as keys are compared."""

    name: str
    header: str
    likely_type: LikelyType
    share: float
    filled: int
    nulls: int
    distinct: int
    is_unique: bool
    min: str | None
    max: str | None
    shortest: int
    longest: int
    top: tuple[ValueCount, ...]
    bins: tuple[Bin, ...]
    formats: tuple[FormatFacts, ...]
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class CandidateKey(Facts):
    """Columns that name each row of the sheet once and are never empty; best first. ``reason``
    says why it stands where it does."""

    columns: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class NearDuplicate(Facts):
    """Texts of one column that people read as the same. ``merged``: they are one and the same
    key to Stowage, which compares keys without surrounding blanks; the others stay apart and
    would be several records. ``differs_in``: case, spaces, punctuation, accents."""

    column: str
    variants: tuple[ValueCount, ...]
    merged: bool
    differs_in: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class SheetFacts(Facts):
    """``near_duplicate_groups``: how many there are; ``near_duplicates`` names the first of each
    column. ``score``: 0 to 100."""

    name: str
    n_rows: int
    columns: tuple[ColumnFacts, ...]
    candidate_keys: tuple[CandidateKey, ...]
    near_duplicates: tuple[NearDuplicate, ...]
    near_duplicate_groups: int
    alarms: tuple[Alarm, ...]
    score: int

    def column(self, name: str) -> ColumnFacts:
        """KeyError where the sheet has no such column."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Orphan(Facts):
    """A value that refers to nothing. ``nearly``: the target's value that is the same but for
    case, spaces, punctuation or accents; empty where there is none."""

    value: str
    count: int
    row: int
    nearly: str


@dataclass(frozen=True, slots=True)
class ForeignKey(Facts):
    """A column that likely refers to another: ``confidence`` from 0 to 1, and its ``reason``.
    Counts are of rows of the referring sheet: ``filled`` have a value, ``orphan_rows`` of them
    one that the target does not have, in ``orphan_values`` different texts. ``orphans`` are the
    first of them by row."""

    sheet: str
    column: str
    to_sheet: str
    to_column: str
    confidence: float
    reason: str
    filled: int
    distinct: int
    orphan_rows: int
    orphan_values: int
    orphans: tuple[Orphan, ...]

    @property
    def is_self_reference(self) -> bool:
        return self.sheet == self.to_sheet


@dataclass(frozen=True, slots=True)
class Cycle(Facts):
    """Rows that refer to each other in a circle, each to the next and the last to the first;
    ``length`` counts them all, ``rows`` and ``keys`` name the first."""

    sheet: str
    column: str
    length: int
    rows: tuple[int, ...]
    keys: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Reason(Facts):
    """Why a score is not 100: the points an alarm took away."""

    points: int
    code: str
    sheet: str
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class DatasetFacts(Facts):
    """The whole profile. ``n_cycles`` counts all circles; ``cycles`` names the first."""

    sheets: tuple[SheetFacts, ...]
    foreign_keys: tuple[ForeignKey, ...]
    cycles: tuple[Cycle, ...]
    n_cycles: int
    alarms: tuple[Alarm, ...]
    score: int
    reasons: tuple[Reason, ...]

    def sheet(self, name: str) -> SheetFacts:
        """KeyError where the dataset has no such sheet."""
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        raise KeyError(name)
