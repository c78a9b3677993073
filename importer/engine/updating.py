"""Update batches: images before and after, only changed fields, rows already equal left out.

In doubt they are read and compared; unless all rows hold the wanted values the same call goes
again, whole but for rows that somebody else has edited since: that both write the same rows is what
shuts out the older one.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from importer.choices import BatchKind, IssueStage
from importer.engine.belonging import strange_rows
from importer.engine.comparing import as_cell
from importer.engine.contexts import has_ids, write_context
from importer.engine.deferring import made_by, strike_off
from importer.engine.desk import Desk
from importer.engine.edited_meanwhile import edited_meanwhile
from importer.engine.equality import equal_fields, is_equal, wanted_ids
from importer.engine.hidden import images_seen
from importer.engine.images import (
    Image,
    Linked,
    changes_of,
    empty_bases,
    is_written,
    journaled_images,
    note_fills,
    read_after,
    record_id,
    save_after,
    sent_fields,
    write_date,
)
from importer.engine.issues import add_problems
from importer.engine.keymaps import Entry, adopted_apart, entry_of, mark_gone, save_entries
from importer.engine.load_calls import blocked_rows, is_settling, judged, recipe
from importer.engine.passes import AGAIN
from importer.engine.payloads import Payload, build
from importer.engine.plan_rules import PlanRow
from importer.engine.references import Resolved, resolve
from importer.engine.spilling import spill_before, spill_now
from importer.engine.stored import tell_stored
from importer.engine.winning import KEPT, Decided, decide, kept_in, notes_of, without_kept
from importer.engine.works import Answered, Ready, Sendable, register
from importer.models import Batch


class Updating:
    """Each row's record is known to the key map; a record that is gone is created by the next
    pass, never by this call."""

    def make(self, desk: Desk, batch: Batch) -> Ready:
        planned = desk.plans.rows(batch)
        is_sent = is_settling(batch)
        if is_sent:
            planned = without_kept(planned, kept_in(batch.refs))
        images, hidden = images_seen(desk, batch, planned)
        for one in strange_rows(desk, batch, planned, images):
            del images[one]  # another record has this id by now; ours is gone
        rows = [row for row in planned if record_id(row) in images]
        resolved = resolve(desk, batch.fields, rows)
        if is_sent:
            ready = self._settle(desk, batch, rows, images, resolved)
            ready.whole = self.journaled(desk, batch, planned, images)
        else:
            ready = self._begin(desk, batch, rows, images, resolved)
        ready.images = images
        ready.blocked = ready.blocked + hidden
        ready.wanted_ids = lambda one, cell: wanted_ids(one, cell, resolved)
        kept = {row.plan_row for row, _ in hidden}
        ready.gone = [
            row for row in planned if record_id(row) not in images and row.plan_row not in kept
        ]
        return ready

    def _begin(
        self,
        desk: Desk,
        batch: Batch,
        rows: list[PlanRow],
        images: Mapping[int, Image],
        resolved: Resolved,
    ) -> Ready:
        """No earlier call of the batch may have been committed: everything is decided now."""
        self.targets(desk, batch, rows, resolved)
        blocked = blocked_rows(desk, rows, resolved)
        stopped = {row.plan_row for row, _ in blocked}
        decided = _decide(
            desk, batch, [row for row in rows if row.plan_row not in stopped], images, resolved
        )
        equal, rest = _apart(desk, decided.rows, images, resolved)
        ready = self._ready(desk, batch, rest, resolved.refs, images)
        if rest:
            ids = [record_id(row) for row in rest]
            ready.journal += spill_before(desk, batch, sent_fields(batch), ids)
            ready.journal += empty_bases(desk, batch, ids)
        ready.blocked, ready.equal = blocked + decided.blocked, equal
        ready.notes = decided.notes
        return ready

    def _settle(
        self,
        desk: Desk,
        batch: Batch,
        rows: list[PlanRow],
        images: Mapping[int, Image],
        resolved: Resolved,
    ) -> Ready:
        """An earlier call may have been committed: it goes again as it was decided then."""
        equal, _ = _apart(desk, rows, images, resolved)
        blocked = edited_meanwhile(desk, batch, rows, equal, images)
        edited = {row.plan_row for row, _ in blocked}
        left = [row for row in rows if row.plan_row not in edited]
        if len(equal) == len(left):
            ready = Ready(None, [], equal=equal)
            ready.spilled = spill_now(desk, batch) if equal else {}
        else:
            ready = self._again(desk, batch, left, images)
        ready.blocked = blocked
        ready.notes = notes_of(desk, rows, kept_in(batch.refs), images)
        return ready

    def targets(self, desk: Desk, batch: Batch, rows: list[PlanRow], resolved: Resolved) -> None:
        """Resolve what the call needs beyond what ``load`` does by itself."""

    def journaled(
        self, desk: Desk, batch: Batch, planned: list[PlanRow], images: dict[int, Image]
    ) -> Sendable | None:
        """The call as the last attempt sent it, with all its rows."""
        return self._again(desk, batch, planned, images).call

    def _again(
        self, desk: Desk, batch: Batch, rows: list[PlanRow], images: Mapping[int, Image]
    ) -> Ready:
        """With the references and the before-images of the earlier call."""
        first = {one: image for one, image in journaled_images(batch).items() if image}
        return self._ready(desk, batch, rows, dict(batch.refs), {**images, **first})

    def _ready(
        self,
        desk: Desk,
        batch: Batch,
        rows: list[PlanRow],
        refs: dict[str, str],
        images: Mapping[int, Image],
    ) -> Ready:
        if not rows:
            return Ready(None, [])
        before = {one: images[one] for one in map(record_id, rows)}
        call = self.call(desk, batch, rows, refs, before)
        return Ready(call, rows, refs=refs, journal=changes_of(desk, batch, rows, before))

    def call(
        self,
        desk: Desk,
        batch: Batch,
        rows: list[PlanRow],
        refs: dict[str, str],
        before: Mapping[int, Image],
    ) -> Sendable:
        """The call that writes these rows; a pure function of plan, journal and ``refs``."""
        kept = kept_in(refs)
        files = {one.target for one in desk.fields if one.kind == "binary"}

        def fill(row: PlanRow, target: str) -> str:
            cell = kept.get(str(row.plan_row), {}).get(target)
            now = before[record_id(row)].get(target)
            said = as_cell(desk.facts.fields[target], now) if cell is None else cell
            return desk.files.encoded(said) if target in files else said

        context = write_context(
            desk.load.odoo_model,
            desk.load.mapping,
            batch.context,
            by_id=has_ids(batch.fields),
            adds=any(one.adds for one in desk.fields if one.target in sent_fields(batch)),
        )
        return build(
            desk.load.odoo_model,
            recipe(desk, batch, refs),
            rows,
            context,
            fill=fill,
        )

    def send(self, desk: Desk, batch: Batch, ready: Ready) -> Answered:
        call = ready.call
        if not isinstance(call, Payload):
            raise TypeError("an update batch sends a load call")
        answer = desk.client.update(
            call.model, call.sent_columns, call.sent_rows, context=call.context
        )
        if answer.ids is None:
            return Answered(judgement=judged(desk, ready.rows, call, answer))
        return Answered(answer.ids, seen=read_after(desk, batch, answer.ids, ready.rows))

    def look(self, desk: Desk, batch: Batch, ready: Ready) -> Answered | None:
        ids = tuple(record_id(row) for row in ready.rows)
        if not is_written(desk, batch, ids):
            return None
        return Answered(ids, seen=read_after(desk, batch, ids))

    def put_aside(self, desk: Desk, batch: Batch, ready: Ready) -> dict[str, int]:
        """Equal rows that this batch has journaled were updated by a call whose answer was lost;
        the others needed nothing."""
        if not is_settling(batch):
            note_fills(desk, batch, ready.rows, ready.images)
        mark_gone(desk.load, ready.gone)
        if ready.gone:
            noted = [*batch.refs.get(AGAIN, ()), *(row.sheet_row for row in ready.gone)]
            batch.refs = {**batch.refs, AGAIN: noted}
        written = set(journaled_images(batch))
        entries = [_entry(row, ready.images) for row in ready.equal]
        save_entries(desk.load, batch, entries)
        _tell_notes(desk, ready, ready.equal)
        own = {record_id(row): ready.images[record_id(row)] for row in ready.equal}
        save_after(batch, {**ready.spilled, **own}, _linked(desk, ready, ready.equal))
        strike_off(desk.load, batch, ready.equal)
        updated = [row for row in ready.equal if record_id(row) in written]
        others = [row for row in ready.equal if record_id(row) not in written]
        return dict(
            Counter(_counted(desk, updated, "updated"))
            + Counter(_counted(desk, others, "unchanged"))
        )

    def keep(self, desk: Desk, batch: Batch, ready: Ready, answered: Answered) -> dict[str, int]:
        entries = [
            entry_of(row, odoo_id, write_date(answered.seen.get(odoo_id)))
            for row, odoo_id in zip(ready.rows, answered.ids, strict=True)
        ]
        save_entries(desk.load, batch, entries)
        save_after(batch, answered.seen, _linked(desk, ready, ready.rows))
        tell_stored(desk, ready, answered)
        _tell_notes(desk, ready, ready.rows)
        strike_off(desk.load, batch, ready.rows)
        return _counted(desk, ready.rows, "updated")


def _decide(
    desk: Desk,
    batch: Batch,
    rows: list[PlanRow],
    images: Mapping[int, Image],
    resolved: Resolved,
) -> Decided:
    equal = {
        row.plan_row: equal_fields(desk, row, images[record_id(row)], resolved) for row in rows
    }
    decided = decide(desk, batch, rows, images, equal)
    if decided.kept:
        resolved.refs[KEPT] = json.dumps(decided.kept)
    return decided


def _apart(
    desk: Desk, rows: list[PlanRow], images: Mapping[int, Image], resolved: Resolved
) -> tuple[list[PlanRow], list[PlanRow]]:
    """Rows whose records hold what is wanted already, and the others."""
    equal = [row for row in rows if is_equal(desk, row, images[record_id(row)], resolved)]
    done = {row.plan_row for row in equal}
    return equal, [row for row in rows if row.plan_row not in done]


def _counted(desk: Desk, rows: Sequence[PlanRow], name: str) -> dict[str, int]:
    """Rows whose record an earlier pass of this load has made count as created, adopted ones as
    adopted, the others under ``name``."""
    made = made_by(desk.load, rows)
    rest = adopted_apart([row for row in rows if row.plan_row not in made], name)
    return rest | ({"created": len(made)} if made else {})


def _tell_notes(desk: Desk, ready: Ready, rows: list[PlanRow]) -> None:
    notes = [note for row in rows for note in ready.notes.get(row.plan_row, ())]
    if notes:
        add_problems(desk.load, IssueStage.ODOO, notes)


def _linked(desk: Desk, ready: Ready, rows: Sequence[PlanRow]) -> Linked:
    added = [one for one in desk.fields if one.adds]
    return {
        record_id(row): {
            one.target: wanted
            for one in added
            if one.target in row.fields
            and (wanted := ready.wanted_ids(one, row.cells.get(one.target))) is not None
        }
        for row in (rows if added else ())
    }


def _entry(row: PlanRow, images: Mapping[int, Image]) -> Entry:
    return entry_of(row, record_id(row), write_date(images.get(record_id(row))))


register(BatchKind.UPDATE, Updating())
