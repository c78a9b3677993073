"""What others did to records that a load created: edits, and what they hung on them. What a load
of ours that is not undone hung on them keeps them too. Reads Odoo and the key map, sends nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from importer.engine.desk import Desk
from importer.engine.undoing.companions import goes_along
from importer.engine.undoing.edits import Edit, Images, companions_of, edits_of
from importer.engine.undoing.ground import may_remove_edited
from importer.engine.undoing.hanging import (
    Thing,
    added,
    counted,
    hanging_on,
    names_of_makers,
    partner_of,
)
from importer.engine.undoing.judging import Reason
from importer.engine.undoing.reading import images
from importer.engine.undoing.usage import Freed
from importer.models import KeyMap
from importer.odoo.protocols import Context


@dataclass
class Others:
    """``edits`` go where the user chose so, ``held`` stay in any case. ``unread``: model -> why it
    could not be looked at."""

    edits: dict[int, Edit] = field(default_factory=dict)
    held: dict[int, Reason] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)

    def stay(self, desk: Desk) -> dict[int, Reason]:
        """Record -> why it is kept."""
        if may_remove_edited(desk):
            return dict(self.held)
        return self.held | {one: edit.reason for one, edit in self.edits.items()}


def look_at_others(
    desk: Desk, model: str, now: Images, context: Context, freed: Freed | None = None
) -> Others:
    """``now``: id -> what ``fields_of_edits`` names, as read just now; ``freed``: (model, field) ->
    ids that something else takes away first."""
    client = desk.client
    others = Others(edits=edits_of(client, model, now, context))
    things = _things(desk, model, now, context, others)
    gone = {place: set(ids) for place, ids in (freed or {}).items()}
    things = [one for one in things if one.number not in gone.get((one.kind.model, "res_id"), ())]
    own = _own(desk, now, things)
    _add_edits(desk, [one for one in things if one not in own], others)
    others.held = _held(desk, own)
    return others


def _things(desk: Desk, model: str, now: Images, context: Context, others: Others) -> list[Thing]:
    """On the records, and on what was made with them and goes along with them."""
    found = hanging_on(desk.client, model, sorted(now), context)
    things = list(found.things)
    others.unread |= found.unread
    for one in goes_along(model):
        owners = companions_of(one, now)
        births = images(desk.client, one.model, sorted(owners), ("create_uid",), context)
        beside = hanging_on(desk.client, one.model, sorted(births), context)
        others.unread |= beside.unread
        things += [
            replace(thing, record=record)
            for thing in beside.things
            for record in owners[thing.record]
            if births[thing.record]["create_uid"] == now[record]["create_uid"]
        ]
    return things


def _own(desk: Desk, now: Images, things: Iterable[Thing]) -> set[Thing]:
    """What only the login that made the record, or ours, has made."""
    client = desk.client
    own = {
        one for one in things if one.users <= {client.uid, int(now[one.record]["create_uid"] or 0)}
    }
    if not any(one.author for one in own):
        return own
    partner = partner_of(client)
    return {one for one in own if one.author in (0, partner)}


def _add_edits(desk: Desk, things: list[Thing], others: Others) -> None:
    makers = names_of_makers(desk.client, things) if things else {}
    for record, some in _by_record(things).items():
        last = max(some, key=lambda one: one.at)
        hung = Edit(makers[last], last.at, (added(some, makers),))
        edit = others.edits.get(record)
        others.edits[record] = edit.with_(hung) if edit else hung


def _held(desk: Desk, own: Iterable[Thing]) -> dict[int, Reason]:
    """What a load has made is in the key map until it is undone."""
    known = _in_key_map(desk, own)
    return {record: _reason(some) for record, some in _by_record(known).items()}


def _in_key_map(desk: Desk, own: Iterable[Thing]) -> set[Thing]:
    by_model: dict[str, dict[int, list[Thing]]] = {}
    for one in own:
        by_model.setdefault(one.kind.model, {}).setdefault(one.number, []).append(one)
    return {
        thing
        for model, numbers in by_model.items()
        for known in KeyMap.objects.filter(
            connection=desk.load.connection_id, odoo_model=model, odoo_id__in=list(numbers)
        ).values_list("odoo_id", flat=True)
        for thing in numbers[known]
    }


def _reason(things: list[Thing]) -> Reason:
    models = {one.kind.model for one in things}
    uses = tuple(
        (model, "res_id", sum(one.kind.model == model for one in things))
        for model in sorted(models)
    )
    verb = "hangs" if len(things) == 1 else "hang"
    sentence = f"Kept: {counted(things)} of a load that is not undone {verb} on it."
    return Reason("used_outside", sentence, uses)


def _by_record(things: Iterable[Thing]) -> Mapping[int, list[Thing]]:
    found: dict[int, list[Thing]] = {}
    for one in things:
        found.setdefault(one.record, []).append(one)
    return found
