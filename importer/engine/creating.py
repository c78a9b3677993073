"""Create batches: insert-if-absent, which may be sent again at any time by anybody."""

from collections.abc import Sequence
from typing import Any

from importer.choices import BatchKind, KeyMapOrigin
from importer.data.stubs import is_stub
from importer.engine.contexts import has_ids, place_of, read_context, write_context
from importer.engine.deferring import note_cut
from importer.engine.desk import Desk
from importer.engine.external_ids import external_id
from importer.engine.file_images import add_files, file_names
from importer.engine.images import save_after, sent_fields
from importer.engine.keymaps import Entry, save_entries
from importer.engine.load_calls import blocked_rows, is_settling, judged, recipe
from importer.engine.passes import AGAIN
from importer.engine.payloads import Payload, build
from importer.engine.plan_rules import PlanRow
from importer.engine.references import Resolved, resolve
from importer.engine.spill_rules import first_child_of
from importer.engine.spilling import spill_before_creating, spill_now
from importer.engine.stored import comparable, tell_stored
from importer.engine.winning import winners
from importer.engine.works import Answered, Ready, register
from importer.models import Batch, Change, Load
from importer.odoo.errors import OdooError


class Creating:
    """A record with an id above the load's high-water mark was made by this load, whichever
    attempt it was; one below existed under our external id and is left for the next pass. So is
    one whose reference was cut out of a cycle: its row has no end yet."""

    def make(self, desk: Desk, batch: Batch) -> Ready:
        rows = desk.plans.rows(batch)
        if is_settling(batch):
            return self._ready(desk, batch, rows, dict(batch.refs))
        _set_high_water(desk)
        resolved = resolve(desk, batch.fields, rows)
        blocked = blocked_rows(desk, rows, resolved)
        sent = [row for row in rows if row.plan_row not in resolved.blocked]
        ready = self._ready(desk, batch, sent, resolved.refs)
        ready.blocked = blocked
        parents = _parents(desk, sent, resolved)
        ready.journal = spill_before_creating(desk, batch, sent_fields(batch), parents)
        return ready

    def _ready(self, desk: Desk, batch: Batch, rows: list[PlanRow], refs: dict[str, Any]) -> Ready:
        if not rows:
            return Ready(None, [])
        context = write_context(
            desk.load.odoo_model, desk.load.mapping, batch.context, by_id=has_ids(batch.fields)
        )
        call = build(desk.load.odoo_model, recipe(desk, batch, refs), rows, context)
        witness = external_id(desk.namespace, desk.load.entity.name, rows[0].key)
        return Ready(call, rows, refs=refs, witness=witness)

    def send(self, desk: Desk, batch: Batch, ready: Ready) -> Answered:
        call = _payload(ready)
        answer = desk.client.insert_if_absent(
            call.model, call.sent_columns, call.sent_rows, context=call.context
        )
        if answer.ids is None:
            return Answered(judgement=judged(desk, ready.rows, call, answer))
        return _kept(desk, batch, answer.ids)

    def look(self, desk: Desk, batch: Batch, ready: Ready) -> Answered | None:
        """Several rows are settled by sending them again, in halves; a last one by its name."""
        if len(ready.rows) != 1:
            return None
        found = desk.client.find_reference(ready.witness)
        if found is None or not found.id or found.model != desk.load.odoo_model:
            return None
        return _kept(desk, batch, (found.id,))

    def put_aside(self, desk: Desk, batch: Batch, ready: Ready) -> dict[str, int]:
        return {}

    def keep(self, desk: Desk, batch: Batch, ready: Ready, answered: Answered) -> dict[str, int]:
        mark = desk.load.high_water
        if mark is None:  # a batch that another hand had sent
            mark = Load.objects.values_list("high_water", flat=True).get(pk=desk.load.pk)
        entries = [
            Entry(
                row,
                odoo_id,
                KeyMapOrigin.CREATED if odoo_id > (mark or 0) else KeyMapOrigin.FOUND,
                str(answered.seen.get(odoo_id, {}).get("write_date") or ""),
                is_sent=odoo_id > (mark or 0) and not is_stub(desk.load.mapping),
            )
            for row, odoo_id in zip(ready.rows, answered.ids, strict=True)
        ]
        save_entries(desk.load, batch, entries)
        _tell_stored(desk, ready, answered, entries)
        _keep_bases(desk, batch, answered, [one.odoo_id for one in entries if not one.is_found])
        if first_child_of(desk.load.odoo_model, sent_fields(batch)):
            save_after(batch, answered.spilled)
        made = [one.row for one in entries if not one.is_found]
        note_cut(desk.load, desk.fields, made)
        left = [one for one in entries if one.is_found or one.row.cut]
        if is_stub(desk.load.mapping):  # what is there needs no stub
            return {"created": len(made), "skipped": len(left)}
        again = [one.row.sheet_row for one in left]
        if again:
            noted = [*batch.refs.get(AGAIN, ()), *again]
            Batch.objects.filter(pk=batch.pk).update(refs={**batch.refs, AGAIN: noted})
        return {"created": len(entries) - len(again)}


def _kept(desk: Desk, batch: Batch, ids: tuple[int, ...]) -> Answered:
    seen = _read_back(desk, batch, ids)
    return Answered(ids, seen=seen, spilled=_spilled(desk, batch))


def _spilled(desk: Desk, batch: Batch) -> dict[int, dict[str, Any]]:
    if first_child_of(desk.load.odoo_model, sent_fields(batch)) is None:
        return {}
    try:
        return spill_now(desk, batch)
    except OdooError as error:
        desk.reporter.log("warning", f"What the new records filled was not read back: {error}")
        return {}


def _parents(desk: Desk, rows: Sequence[PlanRow], resolved: Resolved) -> set[int]:
    """Records above the new ones, as far as they are known before the call."""
    rule = first_child_of(desk.load.odoo_model, {one.target for one in desk.fields})
    if rule is None:
        return set()
    above = [one for one in desk.fields if one.target == rule.via]
    cells = [(one, row.cells[rule.via]) for one in above for row in rows if row.cells.get(rule.via)]
    found = {resolved.ids.get((one.entity, cell)) for one, cell in cells if cell}
    named = {cell for one, cell in cells if one.kind == "lookup" and cell}
    by_id = {int(cell.removeprefix(".id:")) for cell in named if cell.startswith(".id:")}
    return {one for one in found if one is not None} | by_id


def _tell_stored(desk: Desk, ready: Ready, answered: Answered, entries: Sequence[Entry]) -> None:
    """Of records that were there before, nothing was stored."""
    left = {one.odoo_id for one in entries if one.is_found}
    seen = {one: image for one, image in answered.seen.items() if one not in left}
    tell_stored(desk, ready, Answered(answered.ids, seen=seen))


def _keep_bases(desk: Desk, batch: Batch, answered: Answered, ids: Sequence[int]) -> None:
    """What Odoo holds of fields for which the source does not simply win: later changes in Odoo
    are told from this. Without a before-image it is nothing to a rollback."""
    names = winners(desk).keys()
    lang, company = place_of(desk.load.mapping, batch.context)
    Change.objects.bulk_create(
        [
            Change(
                project_id=desk.load.project_id,
                load=desk.load,
                batch=batch,
                odoo_model=desk.load.odoo_model,
                odoo_id=one,
                lang=lang,
                company=company,
                after={name: image[name] for name in (*names, "write_date") if name in image},
            )
            for one in (ids if names else ())
            if (image := answered.seen.get(one))
        ],
        ignore_conflicts=True,
        batch_size=500,
    )


def _payload(ready: Ready) -> Payload:
    if not isinstance(ready.call, Payload):
        raise TypeError("a create batch sends a load call")
    return ready.call


def _set_high_water(desk: Desk) -> None:
    """The highest id before the load's first call; asked once, whoever comes first."""
    if desk.load.high_water is not None:
        return
    newest = desk.client.search(
        desk.load.odoo_model, [], order="id desc", limit=1, context={"active_test": False}
    )
    mark = newest[0] if newest else 0
    Load.objects.filter(pk=desk.load.pk, high_water=None).update(high_water=mark)
    desk.load.refresh_from_db(fields=["high_water"])


def _read_back(desk: Desk, batch: Batch, ids: tuple[int, ...]) -> dict[int, dict[str, Any]]:
    """Read for the record only: the rows are kept whether or not this works. Fields that the login
    may write and not read cost the comparison, not the write dates."""
    context = read_context(desk.load.mapping, batch.context)
    wanted = {*comparable(desk), *winners(desk)}
    files = file_names(desk.facts.fields, wanted)
    for names, apart in ((sorted(wanted - set(files)), files), ([], [])):
        try:
            read = desk.client.read(
                desk.load.odoo_model, ids, [*names, "write_date"], context=context
            )
            found = {record["id"]: record for record in read}
            add_files(desk.client, desk.load.odoo_model, found, apart, context=context, store=None)
        except OdooError as error:
            refusal = error
        else:
            return found
    desk.reporter.log("warning", f"New records could not be read back: {refusal}")
    return {}


register(BatchKind.CREATE, Creating())
