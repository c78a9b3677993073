"""How many rows a node's next batches hold: fewer after errors and slow answers, more after clean
ones. Pure: no clock, no database.
"""

from dataclasses import dataclass, replace
from math import sqrt
from typing import Self

from importer.engine.measures import Measure

CALL_MS = 20.0
"""What one call more costs."""

SECOND_TRY_MS = 8.0
"""What each row of a refused call costs, because Odoo tries them again one by one."""

FEWEST_ROWS = 5
ROWS_FIRST = 1000
"""So many rows go as planned, bad ones among them or not: fewer say too little of those to come,
and a thousand rows with a few bad ones shall cost a few calls."""

_MOST_ROWS = 1000
_MOST_JOINED_ROWS = 2000
_MOST_JOINED_BYTES = 2_000_000
_QUICK_MS = 500.0
"""Batches are joined where all their rows together take no longer."""
_CLEAN_BEFORE_GROWING = 2
_MEMORY_ROWS = 1000.0
_NEWEST_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Pace(Measure):
    """``rows``: at most so many in a batch, 0: as planned. ``clean``: batches kept in a row since
    ``rows`` was last moved. ``seen``: rows sent for the first time, up to ROWS_FIRST. ``bad`` of
    ``tried``: rows that only the database refused, the older ones fading. ``row_ms``: time a row
    took in calls that were kept, ``row_bytes``: what it had in them; 0 where not known."""

    rows: int = 0
    clean: int = 0
    seen: int = 0
    bad: float = 0.0
    tried: float = 0.0
    row_ms: float = 0.0
    row_bytes: float = 0.0

    def most_rows(self, target_ms: float) -> int | None:
        """How many rows a batch may have now; None: as many as planned."""
        by_time = max(FEWEST_ROWS, int(target_ms / self.row_ms)) if self.row_ms else 0
        known = [limit for limit in (self.rows, by_time) if limit]
        return min(known) if known else None

    def joined_rows(self) -> int:
        """Up to how many rows batches may be joined now; 0 where the server is not that quick, or
        rows were refused lately."""
        if self.rows or self.bad or not (self.row_ms and self.row_bytes):
            return 0
        by_time, by_bytes = _QUICK_MS / self.row_ms, _MOST_JOINED_BYTES / self.row_bytes
        return int(min(_MOST_JOINED_ROWS, by_time, by_bytes))

    def kept(self, rows: int, milliseconds: float, *, is_first_try: bool, n_bytes: int = 0) -> Self:
        """After a call whose rows all were kept. Rows that were tried before, with bad ones among
        them, say how fast the server is and nothing about the rows to come."""
        now = milliseconds / max(1, rows)
        mean = now if not self.row_ms else self.row_ms + (now - self.row_ms) * _NEWEST_SHARE
        paced = replace(self, row_ms=round(mean, 4), row_bytes=round(n_bytes / max(1, rows), 1))
        return paced._clean(rows) if is_first_try else paced

    def _clean(self, rows: int) -> Self:
        paced = self._saw(rows, 0)._met(rows)
        if not paced.rows:
            return paced
        if paced.clean + 1 < _CLEAN_BEFORE_GROWING:
            return replace(paced, clean=paced.clean + 1)
        grown = paced.rows * 2
        return replace(paced, rows=grown if grown < _MOST_ROWS else 0, clean=0)

    def refused(self, rows: int, *, tried: int, bad: int, is_first_try: bool) -> Self:
        """After a call of ``rows``, of which Odoo tried so many and the database refused so many
        before it gave up."""
        paced = self._met(rows) if is_first_try else self
        if not bad:
            return paced
        paced = paced._saw(tried, bad)
        if paced.seen < ROWS_FIRST:
            return paced
        rate = paced.bad / paced.tried
        rows = max(FEWEST_ROWS, round(sqrt(CALL_MS / (rate * SECOND_TRY_MS))))
        return replace(paced, rows=rows, clean=0)

    def lost(self, rows: int) -> Self:
        """After a call of so many rows that took too long to be answered."""
        half = max(1, rows // 2)
        return replace(self, rows=min(self.rows, half) if self.rows else half, clean=0)

    def _met(self, rows: int) -> Self:
        return replace(self, seen=min(ROWS_FIRST, self.seen + rows))

    def _saw(self, rows: int, bad: int) -> Self:
        tried = self.tried + rows
        fading = min(1.0, _MEMORY_ROWS / tried) if tried else 1.0
        return replace(
            self, tried=round(tried * fading, 3), bad=round((self.bad + bad) * fading, 4)
        )

    def was_slow(self, rows: int, milliseconds: float) -> bool:
        """Whether a refused call took as long as one whose rows were tried twice."""
        return bool(self.row_ms) and milliseconds > 2 * rows * self.row_ms
