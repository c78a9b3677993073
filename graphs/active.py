"""The state machine of a run: from the states of its nodes to what may start, what is blocked,
whether to stop, and how the run ends.

Pure: works on plain values, so every rule is tested without a database.
"""

from collections.abc import Sequence
from dataclasses import dataclass

ENDED = frozenset(
    ("completed", "completed_with_errors", "failed", "errored", "blocked", "skipped", "cancelled")
)
PASSED = frozenset(("completed", "completed_with_errors", "failed", "skipped"))
AT_WORK = frozenset(("preparing", "running"))


@dataclass(frozen=True, slots=True)
class NodeState:
    """One node as the rules see it. ``good``: rows created, updated, adopted or unchanged (undo:
    removed, restored, archived or unchanged); ``failed`` and ``blocked``: rows that were not."""

    id: str
    status: str
    parents: tuple[str, ...] = ()
    halts: bool = False
    max_errors: int | None = None
    good: int = 0
    failed: int = 0
    blocked: int = 0

    @property
    def is_ended(self) -> bool:
        return self.status in ENDED

    @property
    def is_over_threshold(self) -> bool:
        # A node that waits to be retried still has the rows of the attempt before.
        has_begun = self.status != "pending"
        return has_begun and self.max_errors is not None and self.failed > self.max_errors

    @property
    def is_halting(self) -> bool:
        """Its errors stop the whole run: the threshold at once, ``halt`` when it has ended."""
        if self.is_over_threshold:
            return True
        return self.halts and (
            self.status in ("failed", "errored") or (self.is_ended and self.failed > 0)
        )


@dataclass(frozen=True, slots=True)
class Next:
    """What to do now. ``stopping``: nodes at work must wind down, nothing new may start."""

    start: tuple[str, ...] = ()
    block: tuple[tuple[str, str], ...] = ()  # (node, reason)
    cancel: tuple[str, ...] = ()  # nodes that never began
    wind_down: tuple[str, ...] = ()  # nodes at work that must stop
    end: str = ""  # the run's end status once every node has ended

    def is_idle(self) -> bool:
        return not (self.start or self.block or self.cancel or self.end)


def halting_node(nodes: Sequence[NodeState]) -> NodeState | None:
    """The node whose errors stop the run, or None."""
    return next((node for node in nodes if node.is_halting), None)


def next_steps(nodes: Sequence[NodeState], *, is_cancelling: bool = False) -> Next:
    """Decide from the states alone. Called again after each change until it is idle."""
    if all(node.is_ended for node in nodes):
        return Next(end=end_status(nodes, is_cancelling=is_cancelling))
    at_work = tuple(node.id for node in nodes if node.status in AT_WORK)
    waiting = [node for node in nodes if node.status == "pending"]
    if is_cancelling:
        return Next(cancel=tuple(node.id for node in waiting), wind_down=at_work)
    halting = halting_node(nodes)
    if halting is not None:
        reason = f"Not started: node “{halting.id}” stopped the run."
        return Next(block=tuple((node.id, reason) for node in waiting), wind_down=at_work)
    return _free_and_blocked(nodes, waiting)


def _free_and_blocked(nodes: Sequence[NodeState], waiting: Sequence[NodeState]) -> Next:
    status = {node.id: node.status for node in nodes}
    start, block = [], []
    for node in waiting:
        ended = [parent for parent in node.parents if status[parent] in ENDED]
        hopeless = [parent for parent in ended if status[parent] not in PASSED]
        if hopeless:
            block.append((node.id, f"Not started: its parent node “{hopeless[0]}” did not end."))
        elif len(ended) == len(node.parents):
            start.append(node.id)
    return Next(start=tuple(start), block=tuple(block))


def node_end(node: NodeState) -> str:
    """The status of a node whose load is done, from its rows."""
    if node.is_over_threshold:
        return "failed"
    if not node.failed and not node.blocked:
        return "completed"
    return "completed_with_errors" if node.good else "failed"


def end_status(nodes: Sequence[NodeState], *, is_cancelling: bool = False) -> str:
    """How a run ends whose nodes all have. A run with nothing to do is completed."""
    statuses = {node.status for node in nodes}
    if "errored" in statuses:
        return "errored"
    if is_cancelling and "cancelled" in statuses:
        return "cancelled"
    if halting_node(nodes) is not None:
        return "failed"
    is_bad = statuses & {"failed", "blocked"} or any(n.failed or n.blocked for n in nodes)
    if not is_bad:
        return "completed"
    return "completed_with_errors" if any(node.good for node in nodes) else "failed"


def original_end(status: str) -> str:
    """What becomes of a run whose rollback run ended with ``status``."""
    return "rolled_back" if status == "completed" else "rollback_incomplete"
