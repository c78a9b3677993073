"""What a kind of batch must know to be worked: how its call is made, sent, judged and recorded.

Create and update are in ``creating`` and ``updating``; undo adds its own with ``register``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from importer.choices import BatchKind
from importer.engine.desk import Desk
from importer.engine.isolation import Judgement
from importer.engine.issues import RowProblem
from importer.engine.plan_rules import PlanField, PlanRow
from importer.models import Batch, Change


class Sendable(Protocol):
    """A call that is ready: its body is hashed for the journal before the first byte leaves."""

    @property
    def body(self) -> bytes: ...

    @property
    def sha256(self) -> str: ...


@dataclass
class Ready:
    """A batch made ready for its call. ``call`` None: no row is left to send.

    Put aside, and recorded together with the journal: ``blocked`` rows with their problem,
    ``equal`` rows (Odoo holds the wanted values already), ``again`` (record found or gone: the
    next pass decides). ``journal``: Change rows with their before-images. ``whole``: the call as an
    earlier attempt sent it, where rows of it are left out now. ``wanted_ids``: the records that a
    relational cell leads to, None where that is not known. ``notes``: plan row -> what is told of
    it once it has come to its end."""

    call: Sendable | None
    rows: list[PlanRow]
    refs: dict[str, str] = field(default_factory=dict)
    blocked: list[tuple[PlanRow, RowProblem]] = field(default_factory=list)
    equal: list[PlanRow] = field(default_factory=list)
    gone: list[PlanRow] = field(default_factory=list)
    journal: list[Change] = field(default_factory=list)
    images: dict[int, dict[str, Any]] = field(default_factory=dict)
    spilled: dict[int, dict[str, Any]] = field(default_factory=dict)
    witness: str = ""
    whole: Sendable | None = None
    notes: dict[int, list[RowProblem]] = field(default_factory=dict)
    wanted_ids: Callable[[PlanField, str | None], list[int] | None] = lambda one, cell: None


@dataclass(frozen=True, slots=True)
class Answered:
    """``judgement`` None: everything was kept, ``ids`` in the order of the rows. ``seen``: their
    images now; ``spilled``: those of other records that a create rewrote."""

    ids: tuple[int, ...] = ()
    judgement: Judgement | None = None
    seen: Mapping[int, dict[str, Any]] = field(default_factory=dict)
    spilled: Mapping[int, dict[str, Any]] = field(default_factory=dict)


class Work(Protocol):
    """One kind of batch. ``make``, ``send`` and ``look`` run outside any transaction,
    ``put_aside`` and ``keep`` inside the one that commits; both give the counters to move."""

    def make(self, desk: Desk, batch: Batch) -> Ready: ...

    def send(self, desk: Desk, batch: Batch, ready: Ready) -> Answered: ...

    def look(self, desk: Desk, batch: Batch, ready: Ready) -> Answered | None:
        """After an error that names no row: what the call has kept in Odoo after all, None where
        that is nothing, or is settled by sending it again."""
        ...

    def put_aside(self, desk: Desk, batch: Batch, ready: Ready) -> dict[str, int]: ...

    def keep(
        self, desk: Desk, batch: Batch, ready: Ready, answered: Answered
    ) -> dict[str, int]: ...


_works: dict[str, Work] = {}


def register(kind: BatchKind, work: Work) -> None:
    _works[str(kind)] = work


def work_of(batch: Batch) -> Work:
    return _works[batch.kind]
