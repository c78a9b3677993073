"""When a batch may be sent again, and when a person has to look. Pure: no clock, no network."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryRules:
    """Seconds between tries double from ``first`` up to ``longest``; after ``limit`` tries in a
    row without an end the batch is given to a person. Together the tries outlast the time a
    server may spend on one call, because until then an older call may still be running. No wait is
    longer than what a server that is back may be kept waiting."""

    first: float = 0.5
    longest: float = 10.0
    limit: int = 12

    def delay(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row (from 1)."""
        return min(self.longest, self.first * 2.0 ** min(failures - 1, 30))

    def is_over(self, failures: int) -> bool:
        return failures >= self.limit

    @classmethod
    def outlasting(cls, answer_limit_seconds: float) -> "RetryRules":
        """Rules whose waits together are longer than the server's time limit and 10 s more."""
        rules, total = cls(), 0.0
        tries = 0
        while total < answer_limit_seconds + 10 or tries < cls().limit:
            tries += 1
            total += rules.delay(tries)
        return cls(limit=tries)
