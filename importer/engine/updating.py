"""Update batches: images before and after, only changed fields, rows already equal left out.

In doubt they are read and compared; unless all rows hold the wanted values the same call goes
again, whole but for rows that somebody else has edited since: that both write the same rows is what
shuts out the older one.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from importer.choices import BatchKind, IssueLevel, IssueStage
from importer.engine.comparing import as_cell, holds
from importer.engine.contexts import has_ids, write_context
from importer.engine.deferring import made_by, strike_off
from importer.engine.desk import Desk
from importer.engine.issues import RowProblem, add_problems
from importer.engine.keymaps import (
    Entry,
    adopted_apart,
    entries_before,
    entry_of,
    mark_gone,
    save_entries,
)
from importer.engine.load_calls import blocked_rows, is_settling, judged, recipe
from importer.engine.passes import AGAIN
from importer.engine.payloads import Payload, build, keys_of
from importer.engine.plan_reading import batch_rows
from importer.engine.plan_rules import PlanField, PlanRow
from importer.engine.references import Resolved, resolve
from importer.engine.spilling import imaged_fields, spill_before, spill_now
from importer.engine.stored import tell_stored
from importer.engine.winning import KEPT, Decided, decide, kept_in, notes_of, without_kept
from importer.engine.works import Answered, Ready, Sendable, register
from importer.models import Batch, Change
from importer.odoo.errors import OdooError

Image = dict[str, Any]


class Updating:
    """Each row's record is known to the key map; a record that is gone is created by the next
    pass, never by this call."""

    def make(self, desk: Desk, batch: Batch) -> Ready:
        planned = batch_rows(batch, desk.folder)
        if is_settling(batch):
            planned = without_kept(planned, kept_in(batch.refs))
        images = read_images(desk, batch, [record_id(row) for row in planned])
        rows = [row for row in planned if record_id(row) in images]
        resolved = resolve(desk, batch.fields, rows)
        settling = is_settling(batch)
        if not settling:
            self.targets(desk, batch, rows, resolved)
        blocked = [] if settling else blocked_rows(desk, rows, resolved)
        stopped = {row.plan_row for row, _ in blocked}
        rows = [row for row in rows if row.plan_row not in stopped]
        decided = self._decided(desk, batch, rows, images, resolved)
        rows, blocked = decided.rows, blocked + decided.blocked
        equal = [row for row in rows if _is_equal(desk, row, images[record_id(row)], resolved)]
        if settling:
            blocked = _edited_meanwhile(desk, batch, rows, equal, images)
            edited = {row.plan_row for row, _ in blocked}
            rows = [row for row in rows if row.plan_row not in edited]
            equal = equal if len(equal) == len(rows) else []
        done = {row.plan_row for row in equal}
        ready = self._ready(
            desk, batch, [row for row in rows if row.plan_row not in done], images, resolved
        )
        ready.blocked, ready.equal, ready.images = blocked, equal, images
        ready.notes = decided.notes
        ready.wanted_ids = lambda one, cell: _wanted_ids(one, cell, resolved)
        if settling:
            ready.whole = self.journaled(desk, batch, planned, images)
        ready.gone = [row for row in planned if record_id(row) not in images]
        if settling and equal:
            ready.spilled = spill_now(desk, batch)
        return ready

    def _decided(
        self,
        desk: Desk,
        batch: Batch,
        rows: list[PlanRow],
        images: Mapping[int, Image],
        resolved: Resolved,
    ) -> Decided:
        if is_settling(batch):
            return Decided(rows, notes=notes_of(desk, rows, kept_in(batch.refs), images))
        equal = {
            row.plan_row: _equal_fields(desk, row, images[record_id(row)], resolved) for row in rows
        }
        decided = decide(desk, batch, rows, images, equal)
        if decided.kept:
            resolved.refs[KEPT] = json.dumps(decided.kept)
        return decided

    def targets(self, desk: Desk, batch: Batch, rows: list[PlanRow], resolved: Resolved) -> None:
        """Resolve what the call needs beyond what ``load`` does by itself."""

    def journaled(
        self, desk: Desk, batch: Batch, planned: list[PlanRow], images: dict[int, Image]
    ) -> Sendable | None:
        """The call as the last attempt sent it, with all its rows."""
        return self._ready(desk, batch, planned, images, Resolved()).call

    def _ready(
        self,
        desk: Desk,
        batch: Batch,
        rows: list[PlanRow],
        images: Mapping[int, Image],
        resolved: Resolved,
    ) -> Ready:
        if not rows:
            return Ready(None, [])
        settling = is_settling(batch)
        refs = dict(batch.refs) if settling else resolved.refs
        first = _journaled(batch) if settling else {}
        before = {one: first.get(one) or images[one] for one in map(record_id, rows)}
        call = self.call(desk, batch, rows, refs, before)
        journal = _changes(desk, batch, rows, before)
        if not settling:
            journal += spill_before(desk, batch, _targets(batch), list(before))
        return Ready(call, rows, refs=refs, journal=journal)

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

        def fill(row: PlanRow, target: str) -> str:
            cell = kept.get(str(row.plan_row), {}).get(target)
            now = before[record_id(row)].get(target)
            return as_cell(desk.facts.fields[target], now) if cell is None else cell

        context = write_context(
            desk.load.odoo_model, desk.load.mapping["context"], by_id=has_ids(batch.fields)
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
        return Answered(answer.ids, seen=read_after(desk, batch, answer.ids))

    def put_aside(self, desk: Desk, batch: Batch, ready: Ready) -> dict[str, int]:
        """Equal rows that this batch has journaled were updated by a call whose answer was lost;
        the others needed nothing."""
        mark_gone(desk.load, ready.gone)
        if ready.gone:
            noted = [*batch.refs.get(AGAIN, ()), *(row.sheet_row for row in ready.gone)]
            batch.refs = {**batch.refs, AGAIN: noted}
        written = set(_journaled(batch))
        entries = [_entry(row, ready.images) for row in ready.equal]
        save_entries(desk.load, batch, entries)
        _tell_notes(desk, ready, ready.equal)
        own = {record_id(row): ready.images[record_id(row)] for row in ready.equal}
        _save_after(batch, {**ready.spilled, **own})
        strike_off(desk.load, batch, ready.equal)
        updated = [row for row in ready.equal if record_id(row) in written]
        others = [row for row in ready.equal if record_id(row) not in written]
        return dict(
            Counter(_counted(desk, updated, "updated"))
            + Counter(_counted(desk, others, "unchanged"))
        )

    def keep(self, desk: Desk, batch: Batch, ready: Ready, answered: Answered) -> dict[str, int]:
        entries = [
            entry_of(row, odoo_id, _write_date(answered.seen.get(odoo_id)))
            for row, odoo_id in zip(ready.rows, answered.ids, strict=True)
        ]
        save_entries(desk.load, batch, entries)
        _save_after(batch, answered.seen)
        tell_stored(desk, ready, answered)
        _tell_notes(desk, ready, ready.rows)
        strike_off(desk.load, batch, ready.rows)
        return _counted(desk, ready.rows, "updated")


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


def _edited_meanwhile(
    desk: Desk,
    batch: Batch,
    rows: list[PlanRow],
    equal: list[PlanRow],
    images: Mapping[int, Image],
) -> list[tuple[PlanRow, RowProblem]]:
    """Rows without the wanted values into which somebody else has written since the journal."""
    held = {row.plan_row for row in equal}
    before = _journaled(batch)
    return [
        (row, _conflict(row))
        for row in rows
        if row.plan_row not in held
        and images[record_id(row)]["write_uid"] != desk.client.uid
        and _stamp(images[record_id(row)]) != _stamp(before.get(record_id(row), {}))
    ]


def _stamp(image: Mapping[str, Any]) -> tuple[Any, Any]:
    return image.get("write_date"), image.get("write_uid")


def _conflict(row: PlanRow) -> RowProblem:
    return RowProblem(
        position=row.position,
        row=row.sheet_row,
        key=row.key,
        code="edited_meanwhile",
        message=(
            "Somebody else changed this record in Odoo while the answer to our update was lost, so "
            "it was left as it is. Look at it; a retry writes the sheet's values."
        ),
        level=IssueLevel.BLOCKED,
    )


def record_id(row: PlanRow) -> int:
    if row.odoo_id is None:
        raise ValueError(f"plan row {row.plan_row} updates no record")
    return row.odoo_id


def read_images(desk: Desk, batch: Batch, ids: list[int]) -> dict[int, Image]:
    """The fields this batch sends, with write_date and write_uid, as Odoo has them now."""
    found = desk.client.read(
        desk.load.odoo_model,
        ids,
        [*imaged_fields(desk, _targets(batch)), "write_date", "write_uid"],
        context={"active_test": False, "lang": "en_US"},
    )
    return {record["id"]: record for record in found}


def _targets(batch: Batch) -> set[str]:
    """The fields that a batch sends."""
    return {name.partition("/")[0] for name in batch.fields} - {"id", "", ".id"}


def read_after(desk: Desk, batch: Batch, ids: tuple[int, ...]) -> dict[int, Image]:
    try:
        return spill_now(desk, batch) | read_images(desk, batch, list(ids))
    except OdooError as error:
        desk.reporter.log(
            "warning",
            f"Updated records could not be read back, so a rollback will keep them: {error}",
            batch=batch.pk,
        )
        return {}


def _is_equal(desk: Desk, row: PlanRow, image: Image, resolved: Resolved) -> bool:
    return len(_equal_fields(desk, row, image, resolved)) == len(set(row.fields))


def _equal_fields(desk: Desk, row: PlanRow, image: Image, resolved: Resolved) -> frozenset[str]:
    """The row's fields that hold the wanted value already."""
    by_target = {one.target: one for one in desk.fields}
    return frozenset(
        target
        for target in row.fields
        if by_target[target].kind != "lines"
        and holds(
            desk.facts.fields[target],
            row.cells.get(target),
            image.get(target),
            _wanted_ids(by_target[target], row.cells.get(target), resolved),
        )
    )


def _wanted_ids(one: PlanField, cell: str | None, resolved: Resolved) -> list[int] | None:
    if one.kind == "plain" or cell is None:
        return None
    if one.kind == "reference":
        found = [resolved.ids.get((one.entity, key)) for key in keys_of(one, cell)]
    else:
        found = [
            int(part.removeprefix(".id:")) if part.startswith(".id:") else None
            for part in cell.split(",")
        ]
    known = [number for number in found if number is not None]
    return known if len(known) == len(found) else None


def _journaled(batch: Batch) -> dict[int, Image]:
    return dict(
        Change.objects.filter(batch=batch).values_list("odoo_id", "before")  # type: ignore[arg-type]
    )


def _changes(
    desk: Desk, batch: Batch, rows: list[PlanRow], before: Mapping[int, Image]
) -> list[Change]:
    entries = entries_before(desk.load, rows)
    return [
        Change(
            project_id=desk.load.project_id,
            load=desk.load,
            batch=batch,
            keymap_id=entries[record_id(row)][0] if record_id(row) in entries else None,
            odoo_model=desk.load.odoo_model,
            odoo_id=record_id(row),
            before=before[record_id(row)],
            keymap_before=entries[record_id(row)][1] if record_id(row) in entries else None,
        )
        for row in rows
    ]


def _save_after(batch: Batch, images: Mapping[int, Image]) -> None:
    changes = list(Change.objects.filter(batch=batch, odoo_id__in=list(images)))
    for change in changes:
        change.after = images[change.odoo_id]
    Change.objects.bulk_update(changes, ["after"], batch_size=500)


def _entry(row: PlanRow, images: Mapping[int, Image]) -> Entry:
    return entry_of(row, record_id(row), _write_date(images.get(record_id(row))))


def _write_date(image: Image | None) -> str:
    return str((image or {}).get("write_date") or "")


register(BatchKind.UPDATE, Updating())
