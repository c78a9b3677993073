"""One call from its request to its reply, with the faults of the wire a test asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from importer.odoo.sandbox.calling import Call, Caller, Delay
from importer.odoo.sandbox.faults import Fault
from importer.odoo.sandbox.refusals import PythonFault
from importer.odoo.sandbox.store import Emptied

WIRE = frozenset(
    {
        "latency",
        "drop_before_commit",
        "drop_after_commit",
        "commit_after_leave",
        "truncated_body",
        "http_error",
        "hang",
    }
)


class DropConnection(Exception):
    """Close without a word."""


class HtmlError(Exception):
    """Answer with a proxy's page instead."""

    def __init__(self, status: int, retry_after: float = 0) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.retry_after = retry_after


@dataclass
class Outcome:
    """The answer, and whether only half of it may reach the client."""

    answer: Any
    is_truncated: bool = False


def run_with_faults(caller: Caller, call: Call, leave: Callable[[], None]) -> Outcome:
    """Runs a call under the open faults; ``leave`` cuts the connection while the call goes on.
    A call that is under way while the database is reset keeps nothing and gets no answer."""
    since = caller.store.times_emptied
    with caller.counted():
        return _run(caller, call, leave, since)


def _run(caller: Caller, call: Call, leave: Callable[[], None], since: int) -> Outcome:
    faults = {f.kind: f for f in caller.faults.take_any(call.model, call.name, WIRE)}
    error = caller.faults.take_error(call.model, call.name, call.arguments)
    _before(caller, faults, leave)
    if error is not None and not error.committed:
        raise PythonFault(error.error, error.message)
    try:
        answer = caller.run(call, _inside(caller, faults), since)
    except Emptied as emptied:
        raise DropConnection from emptied
    if error is not None:
        raise PythonFault(error.error, error.message)
    _after(caller, faults)
    return Outcome(answer, "truncated_body" in faults)


def _before(caller: Caller, faults: dict[str, Fault], leave: Callable[[], None]) -> None:
    latency = faults.get("latency")
    if latency is not None and latency.stage == "before":
        caller.faults.wait(latency.seconds)
    if "hang" in faults:
        caller.faults.wait(faults["hang"].seconds)
        raise DropConnection
    if "drop_before_commit" in faults:
        caller.faults.wait(faults["drop_before_commit"].seconds)
        raise DropConnection
    error = faults.get("http_error")
    if error is not None and not error.committed:
        raise HtmlError(error.status, error.seconds)
    if "commit_after_leave" in faults:
        leave()


def _inside(caller: Caller, faults: dict[str, Fault]) -> Delay | None:
    """The wait between the work and its commit, while others see nothing of it."""
    fault = faults.get("commit_after_leave") or faults.get("latency")
    if fault is None or (fault.kind == "latency" and fault.stage != "inside"):
        return None
    seconds = fault.seconds
    return lambda: caller.faults.wait(seconds)


def _after(caller: Caller, faults: dict[str, Fault]) -> None:
    latency = faults.get("latency")
    if latency is not None and latency.stage == "after":
        caller.faults.wait(latency.seconds)
    if "drop_after_commit" in faults or "commit_after_leave" in faults:
        raise DropConnection
    if "http_error" in faults:
        raise HtmlError(faults["http_error"].status, faults["http_error"].seconds)
