"""Faults on demand, for tests: what shall go wrong, where, and how often."""

import itertools
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from importer.odoo.sandbox.env import Refused

KINDS = frozenset(
    {
        "latency",
        "drop_before_commit",
        "drop_after_commit",
        "commit_after_leave",
        "truncated_body",
        "http_error",
        "server_error",
        "refuse_row",
        "serialization",
        "key_refused",
        "hang",
    }
)


@dataclass
class Fault:
    """One wish. ``times`` counts down (0: for ever); ``after`` lets that many calls pass first.
    ``stage`` of latency: ``before`` the work, ``inside`` it (before the commit), or ``after``.
    A ``server_error`` is an error of the whole call, ``committed`` or not; with a ``field`` only
    calls of ``load`` that hold ``value`` in that column have it."""

    id: int
    kind: str
    model: str = ""
    method: str = ""
    times: int = 1
    after: int = 0
    seconds: float = 0.0
    stage: str = "before"
    status: int = 502
    committed: bool = False
    field: str = ""
    value: Any = None
    message: str = "Refused by the test"
    by_database: bool = True
    error: str = "builtins.ValueError"

    def fits(self, model: str, method: str) -> bool:
        return self.model in ("", model) and self.method in ("", method)


class Faults:
    """The wishes still open. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._open: list[Fault] = []
        self._cleared = threading.Event()
        self.held = 0

    def add(self, wish: Mapping[str, Any]) -> Fault:
        """Raises ValueError with a sentence when the wish is not understood."""
        kind = wish.get("kind")
        if kind not in KINDS:
            raise ValueError(f"There is no fault {kind!r}; choose one of {sorted(KINDS)}.")
        unknown = set(wish) - set(Fault.__dataclass_fields__) | ({"id"} & set(wish))
        if unknown:
            raise ValueError(f"A fault has no {sorted(unknown)}.")
        is_of_rows = kind == "refuse_row" or "field" in wish
        if is_of_rows and "times" not in wish:
            wish = {**wish, "times": 0}
        with self._lock:
            fault = Fault(next(self._numbers), **wish)
            self._open.append(fault)
        return fault

    def take(self, kind: str, model: str, method: str) -> Fault | None:
        """The first open fault of this kind that fits the call, used up by one."""
        with self._lock:
            for fault in self._open:
                is_of_rows = kind == "server_error" and fault.field
                if fault.kind != kind or is_of_rows or not fault.fits(model, method):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if fault.times == 1:
                    self._open.remove(fault)
                elif fault.times > 1:
                    fault.times -= 1
                return fault
        return None

    def take_error(self, model: str, method: str, arguments: Mapping[str, Any]) -> Fault | None:
        """A ``server_error`` for this call. One with a field stays and counts nothing down."""
        for fault in self._of_rows("server_error"):
            if fault.fits(model, method) and _holds(arguments, fault.field, fault.value):
                return fault
        return self.take("server_error", model, method)

    def _of_rows(self, kind: str) -> list[Fault]:
        with self._lock:
            return [fault for fault in self._open if fault.kind == kind and fault.field]

    def take_any(self, model: str, method: str, kinds: frozenset[str]) -> list[Fault]:
        taken = [self.take(kind, model, method) for kind in sorted(kinds)]
        return [fault for fault in taken if fault is not None]

    def refused_rows(self) -> tuple[Refused, ...]:
        return tuple(
            Refused(f.model, f.field, f.value, f.message, f.by_database)
            for f in self._open
            if f.kind == "refuse_row"
        )

    def wait(self, seconds: float) -> None:
        """Until the time is over, or the faults are cleared. ``held`` counts who waits."""
        with self._lock:
            cleared = self._cleared
            self.held += 1
        cleared.wait(seconds)
        with self._lock:
            self.held -= 1

    def clear(self) -> None:
        """None is left, and calls that wait for one of them go on at once."""
        with self._lock:
            self._open.clear()
            cleared, self._cleared = self._cleared, threading.Event()
        cleared.set()

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._open]


def _holds(arguments: Mapping[str, Any], field: str, value: Any) -> bool:
    """Whether a row of a ``load`` has this cell."""
    fields = arguments.get("fields") or []
    if field not in fields:
        return False
    place = list(fields).index(field)
    return any(row[place] == value for row in arguments.get("data") or ())
