"""The errors a verb raises. Each carries a sentence for the user: what is wrong, where, what to
do. Anything else that escapes a verb is our bug.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class StowageError(Exception):
    """Root of everything a user may be shown as it is."""


class NotAllowed(StowageError):
    """The user has no role that may do this in this project."""


class Refused(StowageError):
    """The request makes no sense as it stands (bad input, wrong state)."""


class Busy(StowageError):
    """Somebody else holds the target; the sentence names who."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a graph or a mapping. ``node`` and ``edge`` are ids in the
    spec, empty where the problem is of the whole."""

    code: str
    message: str
    node: str = ""
    edge: str = ""
    is_error: bool = True

    def as_dict(self) -> dict[str, str]:
        return {
            "code": self.code,
            "node": self.node,
            "edge": self.edge,
            "message": self.message,
        }


class Invalid(StowageError):
    """Several problems at once; all of them are named."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problem.message for problem in self.problems))
