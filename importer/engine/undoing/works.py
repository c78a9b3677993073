"""What the three kinds of undo batches share: their call, its journal hash, and what to record."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from importer.choices import IssueLevel, IssueStage, KeyMapState
from importer.engine.desk import Desk
from importer.engine.load_calls import is_settling
from importer.engine.undoing import keeping
from importer.engine.undoing.ground import original_of
from importer.engine.undoing.judging import Reason
from importer.engine.undoing.plan_rows import UndoRow
from importer.engine.works import Answered, Ready
from importer.models import Batch

Said = list[tuple[UndoRow, Reason]]


@dataclass
class Ends:
    """Which rows have come to which end."""

    removed: list[UndoRow] = field(default_factory=list)
    restored: list[UndoRow] = field(default_factory=list)
    unchanged: list[UndoRow] = field(default_factory=list)
    gone: list[UndoRow] = field(default_factory=list)
    archived: Said = field(default_factory=list)
    kept: Said = field(default_factory=list)
    failed: Said = field(default_factory=list)

    @property
    def rows(self) -> list[UndoRow]:
        said = [row for row, _ in (*self.archived, *self.kept, *self.failed)]
        return [*self.removed, *self.restored, *self.unchanged, *self.gone, *said]


@dataclass(frozen=True, slots=True)
class UndoCall:
    """The journal's hash is taken over the batch's range of the plan: what is left of it to send
    shrinks from try to try, and any part of it may be sent again."""

    plan_sha256: str
    kind: str
    first_pos: int
    n_rows: int

    @classmethod
    def of(cls, batch: Batch) -> "UndoCall":
        return cls(batch.plan.sha256, batch.kind, batch.first_pos, batch.n_rows)

    @property
    def body(self) -> bytes:
        said = [self.plan_sha256, self.kind, self.first_pos, self.n_rows]
        return json.dumps(said).encode()

    @property
    def sha256(self) -> str:
        return sha256(self.body).hexdigest()


@dataclass
class UndoReady(Ready):
    """``ends``: rows that need no call; they are recorded with the journal. ``todo``: the others,
    by id. ``reasons``: why some of these are archived rather than removed."""

    ends: Ends = field(default_factory=Ends)
    todo: dict[int, UndoRow] = field(default_factory=dict)
    reasons: dict[int, Reason] = field(default_factory=dict)
    send: Callable[[], Ends] | None = None


@dataclass(frozen=True, slots=True)
class UndoAnswered(Answered):
    """``ends`` of the rows that were sent."""

    ends: Ends = field(default_factory=Ends)


def ready_for(
    batch: Batch, ends: Ends, todo: Sequence[UndoRow], send: Callable[[], Ends]
) -> UndoReady:
    """``ends`` leave the batch with the journal, so that a later try sees only what is left."""
    ready = UndoReady(
        UndoCall.of(batch) if todo else None,
        [row.as_planned() for row in todo],
        equal=[row.as_planned() for row in ends.rows],
    )
    ready.ends, ready.send, ready.refs = ends, send, dict(batch.refs)
    ready.todo = {row.odoo_id: row for row in todo}
    return ready


def was_sent(batch: Batch) -> bool:
    """Whether a call of this batch may have reached Odoo: what is done then is our own doing."""
    return batch.attempt > 0 or is_settling(batch)


class UndoWork:
    """The part of a kind of batch that is the same for all three."""

    def send(self, desk: Desk, batch: Batch, ready: Ready) -> Answered:
        if not isinstance(ready, UndoReady) or ready.send is None:
            raise TypeError(f"a batch of kind {batch.kind} was made by another kind")
        return UndoAnswered(ends=ready.send())

    def look(self, desk: Desk, batch: Batch, ready: Ready) -> Answered | None:
        """What a call has done in spite of its error is read within :meth:`send`."""
        return None

    def put_aside(self, desk: Desk, batch: Batch, ready: Ready) -> dict[str, int]:
        return record(desk, batch, ready.ends) if isinstance(ready, UndoReady) else {}

    def keep(self, desk: Desk, batch: Batch, ready: Ready, answered: Answered) -> dict[str, int]:
        if not isinstance(answered, UndoAnswered):
            raise TypeError(f"a batch of kind {batch.kind} was answered by another kind")
        return record(desk, batch, answered.ends)


def record(desk: Desk, batch: Batch, ends: Ends) -> dict[str, int]:
    """Entries and issues of these ends, in the transaction under way; the counters to move."""
    load = desk.load
    keeping.forget([*ends.removed, *ends.gone])
    keeping.give_back_entries(original_of(load), [*ends.restored, *ends.unchanged])
    keeping.mark(ends.archived, KeyMapState.ARCHIVED)
    keeping.mark([*ends.kept, *ends.failed], KeyMapState.KEPT)
    keeping.say(load, IssueStage.ODOO, ends.archived, IssueLevel.WARNING)
    keeping.say(load, IssueStage.ODOO, ends.kept)
    keeping.say(load, IssueStage.ODOO, ends.failed, IssueLevel.ERROR)
    _tell(desk, batch, ends)
    return {
        "removed": len(ends.removed),
        "restored": len(ends.restored),
        "unchanged": len(ends.unchanged) + len(ends.gone),
        "archived": len(ends.archived),
        "kept": len(ends.kept),
        "failed": len(ends.failed),
    }


def _tell(desk: Desk, batch: Batch, ends: Ends) -> None:
    for number, how, said in (
        (len(ends.archived), "archived instead of removed", ends.archived),
        (len(ends.kept), "kept", ends.kept),
        (len(ends.failed), "failed", ends.failed),
    ):
        if number:
            row, reason = said[0]
            desk.reporter.log(
                "warning",
                f"{number} records were {how}, for example {row.record}: {reason.sentence}",
                batch=batch.pk,
            )
