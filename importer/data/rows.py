"""The one shape between every reader and the writer of sheets. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from importer.data.notices import Notice, Tally

Row = tuple[int, Sequence[str]]
"""The row's number as the user sees it, and its cells; "" is an empty cell."""

Advance = Callable[[float], None]
"""Told what share (0 to 1) of the current file has been read."""


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A sheet as a reader finds it: rows one by one, in the order of the file."""

    name: str
    where: str  # "book.xlsx, sheet “Customers”", for sentences
    rows: Iterator[Row]
    headers: tuple[str, ...] | None = None  # given where rows have keys and no header row
    counts_short_rows: bool = False
    notices: tuple[Notice, ...] = ()
    tally: Tally = field(default_factory=Tally)  # filled while the rows are read
