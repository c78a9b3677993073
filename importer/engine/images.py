"""What an update finds in its records and leaves there: images before and after the call, kept as
changes, so that a rollback knows what to give back.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from importer.engine.belonging import BIRTH
from importer.engine.contexts import place_context, place_of, read_context
from importer.engine.deferring import made_by
from importer.engine.desk import Desk
from importer.engine.doubts import was_ever_in_doubt
from importer.engine.file_images import add_files, file_names
from importer.engine.keymaps import entries_before
from importer.engine.plan_rules import PlanRow
from importer.engine.spilling import imaged_fields, spill_now
from importer.engine.undoing.three_way import same
from importer.models import Batch, Change
from importer.odoo.errors import OdooError

Image = dict[str, Any]


def record_id(row: PlanRow) -> int:
    """The record that an update's row is written to."""
    if row.odoo_id is None:
        raise ValueError(f"plan row {row.plan_row} updates no record")
    return row.odoo_id


def read_images(
    desk: Desk, batch: Batch, ids: list[int], *, is_after: bool = False, made: Collection[int] = ()
) -> dict[int, Image]:
    """The fields this batch sends, with write_date and write_uid, as Odoo has them now. Files that
    may have to be given back are kept; after the call those of records that this load ``made`` are
    not read at all, because its rollback removes the record."""
    names = imaged_fields(desk, sent_fields(batch))
    files = file_names(desk.facts.fields, names)
    context = read_context(desk.load.mapping, batch.context)
    model, client = desk.load.odoo_model, desk.client
    plain = [*(name for name in names if name not in files), "write_date", "write_uid", BIRTH]
    found = {one["id"]: one for one in client.read(model, ids, plain, context=context)}
    others = {one: image for one, image in found.items() if one not in made}
    add_files(client, model, others, files, context=context, store=None if is_after else desk.files)
    return found


def sent_fields(batch: Batch) -> set[str]:
    """The fields that a batch sends."""
    return {name.partition("/")[0] for name in batch.fields} - {"id", "", ".id"}


def read_after(
    desk: Desk, batch: Batch, ids: tuple[int, ...], rows: Sequence[PlanRow] = ()
) -> dict[int, Image]:
    """The same after the call, of the records it rewrote along too; nothing where it fails."""
    made = made_by(desk.load, rows)
    own = {record_id(row) for row in rows if row.plan_row in made}
    try:
        return spill_now(desk, batch) | read_images(desk, batch, list(ids), is_after=True, made=own)
    except OdooError as error:
        desk.reporter.log(
            "warning",
            f"Updated records could not be read back, so a rollback will keep them: {error}",
            batch=batch.pk,
        )
        return {}


def journaled_images(batch: Batch) -> dict[int, Image]:
    """Record -> its before-image, as the batch's earlier calls noted it."""
    lang, company = place_of(batch.load.mapping, batch.context)
    own = Change.objects.filter(batch=batch, lang=lang, company=company)
    return dict(own.values_list("odoo_id", "before"))  # type: ignore[arg-type]


def is_written(desk: Desk, batch: Batch, ids: Sequence[int]) -> bool:
    """Whether our own login has changed a sent field of these since they were journaled. A call
    is kept whole or not at all: one that it left as it was, though nobody else has written to it
    since, tells that what moved the others was somebody with the same login, or another call."""
    now, before = read_images(desk, batch, list(ids)), journaled_images(batch)
    ours = {one: before[one] for one in now if one in before}
    ours = {one: was for one, was in ours.items() if now[one]["write_uid"] == desk.client.uid}
    moved = {one for one, was in ours.items() if _has_moved(desk, batch, was, now[one])}
    written = (one in moved or now[one]["write_date"] != ours[one]["write_date"] for one in ours)
    return bool(moved) and all(written)


def note_fills(
    desk: Desk, batch: Batch, rows: Sequence[PlanRow], images: Mapping[int, Image]
) -> None:
    """Inside T2, where an earlier call is in doubt: fields that a row does not change itself are
    filled with what is found now. Had that call been kept, it would have left them as they were, so
    what differs is somebody's edit: it is journaled as found, sent so again, and not undone."""
    if not was_ever_in_doubt(batch):
        return
    own = {record_id(row): set(row.fields) for row in rows}
    lang, company = place_of(desk.load.mapping, batch.context)
    changes = Change.objects.filter(batch=batch, lang=lang, company=company, odoo_id__in=list(own))
    for change in changes:
        found, was = images[change.odoo_id], change.before or {}
        filled = (sent_fields(batch) - own[change.odoo_id]) & found.keys() & was.keys()
        if any(found[name] != was[name] for name in filled):
            change.before = {**was, **{name: found[name] for name in filled}}
            change.save(update_fields=["before"])


def _has_moved(desk: Desk, batch: Batch, was: Image, now: Image) -> bool:
    facts, names = desk.facts.fields, sent_fields(batch)
    return any(
        not same(facts[name].type, now[name], was[name])
        for name in names
        if name in now and name in was
    )


def changes_of(
    desk: Desk, batch: Batch, rows: list[PlanRow], before: Mapping[int, Image]
) -> list[Change]:
    """What the journal notes of these rows' records, yet to be saved."""
    entries = entries_before(desk.load, rows)
    lang, company = place_of(desk.load.mapping, batch.context)
    return [
        Change(
            project_id=desk.load.project_id,
            load=desk.load,
            batch=batch,
            keymap_id=entries[record_id(row)][0] if record_id(row) in entries else None,
            odoo_model=desk.load.odoo_model,
            odoo_id=record_id(row),
            lang=lang,
            company=company,
            before=before[record_id(row)],
            keymap_before=entries[record_id(row)][1] if record_id(row) in entries else None,
        )
        for row in rows
    ]


def empty_bases(desk: Desk, batch: Batch, ids: list[int]) -> list[Change]:
    """Of a batch in a second language: records without a text in the base language. Odoo puts the
    second one's there as well, so that is to be given back too."""
    lang, company = place_of(desk.load.mapping, batch.context)
    names = [one for one in sent_fields(batch) if desk.facts.fields[one].translate]
    if not lang or not names or not ids:
        return []
    context = {"active_test": False, **place_context(("", company))}
    asked = [*sorted(names), "write_date", "write_uid"]
    found = desk.client.read(desk.load.odoo_model, ids, asked, context=context)
    return [
        Change(
            project_id=desk.load.project_id,
            load=desk.load,
            batch=batch,
            odoo_model=desk.load.odoo_model,
            odoo_id=one["id"],
            company=company,
            before={name: value for name, value in one.items() if name not in names or not value},
        )
        for one in found
        if not all(one[name] for name in names)
    ]


Linked = Mapping[int, Mapping[str, Collection[int]]]
"""Record -> list to which records are added -> those that its row asks for."""


def save_after(batch: Batch, images: Mapping[int, Image], linked: Linked | None = None) -> None:
    """Put the after-images to what the batch has journaled. What somebody else has ``linked``
    meanwhile is none of ours, and left out."""
    changes = list(Change.objects.filter(batch=batch, odoo_id__in=list(images)))
    for change in changes:
        image = dict(images[change.odoo_id])
        for name, wanted in (linked or {}).get(change.odoo_id, {}).items():
            ours = {*wanted, *((change.before or {}).get(name) or ())}
            image[name] = [one for one in image.get(name) or () if one in ours]
        is_base = not change.lang and place_of(batch.load.mapping)[0]
        change.after = {name: image[name] for name in change.before or ()} if is_base else image
    Change.objects.bulk_update(changes, ["after"], batch_size=500)


def write_date(image: Image | None) -> str:
    """Empty where it is not known."""
    return str((image or {}).get("write_date") or "")
