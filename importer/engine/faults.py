"""What a load remembers of calls that ended in an error which names no row, and when such an error
is nobody's fault in particular. Pure: no clock, no database.
"""

from dataclasses import dataclass, replace
from typing import Self

from importer.engine.measures import Measure

MOST_IN_A_ROW = 24
"""More than any halving of one batch down to one row takes, twice."""

MOST_IN_ALL = 400
ROWS_A_FAULT = 10
"""A load with many rows may have more, one for so many of them."""

SUSPECT = "suspect"
"""Key in ``Batch.refs`` of a row that failed alone: how many streaks of errors had ended then."""


@dataclass(frozen=True, slots=True)
class Faults(Measure):
    """``in_a_row``: since a call was last answered; ``in_all``: of the load; ``ended``: how often
    an answered call has shown that not every call fails."""

    in_a_row: int = 0
    in_all: int = 0
    ended: int = 0

    def faulted(self) -> Self:
        return replace(self, in_a_row=self.in_a_row + 1, in_all=self.in_all + 1)

    def answered(self) -> Self:
        return replace(self, in_a_row=0, ended=self.ended + 1) if self.in_a_row else self

    def is_over(self, rows: int) -> bool:
        """Whether halving has to end: no row can be at fault where every call fails, and a load
        of so many ``rows`` may not cost more."""
        most = max(MOST_IN_ALL, rows // ROWS_A_FAULT)
        return self.in_a_row >= MOST_IN_A_ROW or self.in_all >= most
