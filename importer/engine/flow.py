"""How many batches of a load are under way at once: more while that makes it faster, fewer when the
server slows down or asks for it. Pure: the clock is handed in.
"""

from dataclasses import dataclass, replace
from typing import Self

from importer.engine.measures import Measure

FIRST_STREAMS = 2
WINDOW_SECONDS = 5.0
_BATCHES_A_STREAM = 2
_GAIN = 1.1
_LOSS = 0.7
_WINDOWS_OF_REST = 4


@dataclass(frozen=True, slots=True)
class Flow(Measure):
    """``streams``: how many at once, 0: not known yet. ``since``, ``rows``, ``batches``: the window
    that is being measured (seconds since 1970). ``rate``: rows a second in the one before, 0: none;
    ``best``: in the best one since the last step down, as a server may slow down little by little.
    ``rest``: windows for which no more streams are tried. ``not_before``: nothing is sent until
    then."""

    streams: int = 0
    since: float = 0.0
    rows: int = 0
    batches: int = 0
    rate: float = 0.0
    best: float = 0.0
    rest: int = 0
    not_before: float = 0.0

    def allowed(self, most: int, now: float) -> int:
        """Batches that may be under way; ``most``: what the connection allows."""
        if now < self.not_before:
            return 0
        return max(1, min(most, self.streams or FIRST_STREAMS))

    def kept(self, rows: int, most: int, now: float) -> Self:
        """After a batch of so many rows."""
        if not self.since:
            return replace(self, since=now)
        flow = replace(self, rows=self.rows + rows, batches=self.batches + 1)
        streams = flow.allowed(most, now)
        seconds = now - flow.since
        if seconds < WINDOW_SECONDS or flow.batches < _BATCHES_A_STREAM * streams:
            return flow
        return flow._measured(flow.rows / seconds, streams, most, now)

    def _measured(self, rate: float, streams: int, most: int, now: float) -> Self:
        wanted, best = streams, max(self.best, rate)
        if rate < best * _LOSS:
            wanted, best = streams - 1, rate
        elif not self.rest and (not self.rate or rate > self.rate * _GAIN):
            wanted = streams + 1
        return replace(
            self,
            streams=max(1, min(wanted, most)),
            since=now,
            rows=0,
            batches=0,
            rate=rate,
            best=best,
            rest=max(0, self.rest - 1),
        )

    def busy(self, wait: float, most: int, now: float) -> Self:
        """After the server has said that it is asked too often."""
        streams = max(1, self.allowed(most, max(now, self.not_before)) // 2)
        until = max(self.not_before, now + wait)
        return type(self)(streams=streams, since=until, rest=_WINDOWS_OF_REST, not_before=until)
