"""Holds the rows that came back against what was written for them and against what is there now,
cell by cell. Pure: an unedited cell is never a correction, whatever a program did to its form.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from importer.data.correcting.layout import LONGEST_CELL, written
from importer.data.neutralising import restored

WHOLE_ROW = ""
"""In place of a column: the row is left out as a whole."""

_SUSPICIOUS = 4

Cells = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell of the dataset's sheet that was edited. ``given``: what it said when it went out;
    ``now``: what it says meanwhile; ``new``: what it shall say, None for an empty cell."""

    sheet: str
    row: int
    column: str
    given: str | None
    now: str | None
    new: str | None

    @property
    def is_conflict(self) -> bool:
        """Whether somebody else has corrected the same cell otherwise since it went out."""
        return self.now != self.given


def is_same(came: str, given: str | None) -> bool:
    """Whether a cell says what was written for ``given``, or just that."""
    text = came.replace("\r\n", "\n").replace("\r", "\n")
    return text in (written(given), written(restored(given or ""))) or text == (given or "")


def with_tabs(came: str, given: str | None) -> str:
    """What came of a format that is read without tabs; with those that had gone out."""
    text = written(given)
    return text if "\t" in text and came == text.replace("\t", "") else came


def changes_of(
    sheet: str, row: int, came: Mapping[str, str], given: Cells, now: Cells
) -> Iterator[CellChange]:
    """The edited cells of one row, of those columns that came back."""
    for column, text in came.items():
        if is_same(text, given.get(column)):
            continue
        new = restored(text.replace("\r\n", "\n").replace("\r", "\n")) or None
        if new != now.get(column):
            yield CellChange(sheet, row, column, given.get(column), now.get(column), new)


def is_cut(change: CellChange) -> bool:
    """Whether the cell had gone out shortened, so that what came back is not the whole of it."""
    return len(change.given or "") > LONGEST_CELL


def is_another_row(came: Mapping[str, str], given: Cells) -> bool:
    """Whether nothing of a row is as it went out: its id stands beside another row by now."""
    filled = [column for column in came if given.get(column)]
    return len(filled) >= _SUSPICIOUS and not any(
        is_same(came[column], given[column]) for column in filled
    )


def content(columns: Sequence[str], cells: Mapping[str, str | None]) -> tuple[str, ...]:
    """What a row says, to know it again under another id."""
    return tuple(written(restored(cells.get(column) or "")) for column in columns)
