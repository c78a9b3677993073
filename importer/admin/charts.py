"""Small charts as numbers for a template to draw as SVG: no script, nothing from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from importer.data.profiling.facts import ColumnFacts

WIDTH, HEIGHT = 160, 36
_LEAST = 1.5  # a bar that is there can be seen


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle in a chart of WIDTH x HEIGHT, and what it says when pointed at."""

    x: float
    y: float
    width: float
    height: float
    title: str


def histogram(column: ColumnFacts) -> list[Bar]:
    """A bar for each range of a column of numbers or dates."""
    titles = [f"{one.low} – {one.high}: {one.count:,}" for one in column.bins]
    return _bars([one.count for one in column.bins], titles)


def top_values(column: ColumnFacts) -> list[Bar]:
    """A bar for each of the most frequent values, none where all are different."""
    if not column.top or column.top[0].count < 2:
        return []
    titles = [f"{one.value}: {one.count:,}" for one in column.top]
    return _bars([one.count for one in column.top], titles)


def _bars(counts: Sequence[int], titles: Sequence[str]) -> list[Bar]:
    most = max(counts, default=0)
    if not most:
        return []
    step = WIDTH / max(len(counts), 6)
    return [
        Bar(round(index * step, 1), round(HEIGHT - height, 1), round(step - 1.5, 1), height, title)
        for index, (count, title) in enumerate(zip(counts, titles, strict=True))
        if (height := _height(count, most))
    ]


def _height(count: int, most: int) -> float:
    return round(max(_LEAST, HEIGHT * count / most), 1) if count else 0.0


def share(part: int, whole: int) -> float:
    """A part of WIDTH."""
    return round(WIDTH * part / whole, 1) if whole else 0.0
