"""Cuts a plan's portions into batches. Pure.

A batch is a range of the plan; creates and updates never share one, and a batch never spans two
streams or two companies.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from importer.engine.plan_rules import Portion

MOST_ROWS = 500
MOST_ROWS_IN_ONE_STREAM = 1000
MOST_BYTES = 4_000_000
FEWEST_ROWS = 25
FEW_ROWS = 200
PROGRESS_STEPS = 4


@dataclass(frozen=True, slots=True)
class Cut:
    """One batch to be: ``first`` is a row number of the plan file."""

    stage: int
    verdict: str
    group: int
    stream: int
    first: int
    n_rows: int
    header: tuple[str, ...]
    company: int = 0


def cut(portions: Iterable[Portion], *, most_rows: int = MOST_ROWS) -> list[Cut]:
    """Batches in the order of the plan."""
    return [one for portion in portions for one in _cut_portion(portion, most_rows)]


def most_rows(streams: int) -> int:
    """Rows a batch may have. Several streams share the rows better in smaller batches; one stream
    has nobody to share with, and a bad row costs one call more in each batch that has one."""
    return MOST_ROWS if streams > 1 else MOST_ROWS_IN_ONE_STREAM


def rows_per_batch(portion: Portion, most_rows: int) -> int:
    """At most ``most_rows``; fewer where few rows would else show no
    progress. Levels that share a call stay whole: their rows refer to one another."""
    if portion.depths > 1:
        return portion.n_rows
    size = most_rows
    if portion.n_rows <= FEW_ROWS:
        size = min(size, max(FEWEST_ROWS, -(-portion.n_rows // PROGRESS_STEPS)))
    return size


def ends_by_bytes(weights: Iterable[int]) -> tuple[int, ...]:
    """After how many rows the next one would make more than MOST_BYTES, and again: rows with large
    files come to stand in small batches, one that is larger by itself in a batch of its own."""
    ends: list[int] = []
    held = rows = 0
    for weight in weights:
        if held and held + weight > MOST_BYTES:
            ends.append(rows)
            held = 0
        held, rows = held + weight, rows + 1
    return tuple(ends)


def _cut_portion(portion: Portion, most_rows: int) -> Iterator[Cut]:
    size = rows_per_batch(portion, most_rows)
    for begin, end in pairwise((0, *portion.heavy, portion.n_rows)):
        for start in range(begin, end, size):
            yield Cut(
                portion.stage,
                portion.verdict,
                portion.group,
                portion.stream,
                portion.first + start,
                min(size, end - start),
                portion.header,
                portion.company,
            )
