"""What Odoo made together with records, or removes together with them: counted, and, where it was
made by the very call that made the record and nobody uses or edited it, removed as well.

What was made along is noted before its record is removed: a hand that dies, or an answer that is
lost, in between leaves the note to the end of the undo. Whatever goes wrong here is said and stops
nothing.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from importer.engine.desk import Desk
from importer.engine.undoing.companions import Companion, goes_along, made_with
from importer.engine.undoing.edits import fields_of_edits
from importer.engine.undoing.ground import judge_of, own_context, stored_pointers
from importer.engine.undoing.others import look_at_others
from importer.engine.undoing.reading import images, there, wide_context
from importer.engine.undoing.removal import remove
from importer.engine.undoing.usage import chunks
from importer.models import Batch, KeyMap
from importer.odoo.errors import AccessRefused, DataRefused, ServerBug

ALONG, BEHIND = "along", "behind"
"""Keys in ``Batch.refs``: model -> number of records."""
_TWINS = "twins"
"""Key in ``Batch.refs``: field -> [[companion, record], ...] that were not seen to yet."""

_REFUSALS = (AccessRefused, DataRefused, ServerBug)
_BIRTH = ("create_date", "create_uid")
Owners = dict[int, int]
"""Companion's id -> the record it belongs to."""


@contextmanager
def look_along(
    desk: Desk, batch: Batch, ids: Sequence[int]
) -> Iterator[Callable[[Sequence[int]], None]]:
    """Around a removal; call what it gives with the ids that went."""
    model = desk.load.odoo_model
    companions = (*goes_along(model), *made_with(model)) if ids else ()
    companions = tuple(one for one in companions if one.field in desk.facts.fields)
    before = {one: _twins(desk, one, ids) for one in companions}
    noted = {one: _noted(batch, one) | owners for one, owners in before.items()}
    _note(batch, {one: owners for one, owners in noted.items() if one in made_with(model)})

    def look_after(removed: Sequence[int]) -> None:
        _see_to(desk, batch, before, set(removed))

    yield look_after if companions else lambda removed: None


def see_to_the_rest(desk: Desk, removed: Collection[int]) -> None:
    """At the end of an undo: companions of records that went without anybody seeing to them."""
    companions = made_with(desk.load.odoo_model)
    for batch in Batch.objects.filter(load=desk.load, refs__has_key=_TWINS):
        noted = {one: _noted(batch, one) for one in companions}
        _see_to(desk, batch, noted, set(removed))


def _see_to(
    desk: Desk, batch: Batch, owners_of: Mapping[Companion, Owners], gone: Collection[int]
) -> None:
    model = desk.load.odoo_model
    along = dict(batch.refs.get(ALONG, {}))
    behind = dict(batch.refs.get(BEHIND, {}))
    for one, owners in owners_of.items():
        asked = [found for found, owner in owners.items() if owner in gone]
        left = _left(desk, one, asked)
        if one in made_with(model):
            left -= _remove(desk, one, left)
            _count(behind, one.model, len(left))
        _count(along, one.model, len(asked) - len(left))
    waiting = {
        one: {found: owner for found, owner in _noted(batch, one).items() if owner not in gone}
        for one in made_with(model)
    }
    batch.refs = {**batch.refs, ALONG: along, BEHIND: behind}
    _note(batch, waiting)
    Batch.objects.filter(pk=batch.pk).update(refs=batch.refs)


def _noted(batch: Batch, one: Companion) -> Owners:
    return dict(batch.refs.get(_TWINS, {}).get(one.field, ()))


def _note(batch: Batch, owners_of: Mapping[Companion, Owners]) -> None:
    noted = {one.field: sorted(owners.items()) for one, owners in owners_of.items() if owners}
    if noted == batch.refs.get(_TWINS, {}):
        return
    batch.refs = {name: ref for name, ref in batch.refs.items() if name != _TWINS}
    if noted:
        batch.refs[_TWINS] = noted
    Batch.objects.filter(pk=batch.pk).update(refs=batch.refs)


def _count(counts: dict[str, int], model: str, number: int) -> None:
    if number:
        counts[model] = counts.get(model, 0) + number


def _twins(desk: Desk, one: Companion, ids: Sequence[int]) -> Owners:
    """Companions that were made in the same transaction as their record: by the same user in the
    same second, and known to no key map entry."""
    owners: Owners = {}
    births: dict[int, Any] = {}
    context, model = wide_context(desk.client), desk.load.odoo_model
    try:
        for chunk in chunks(ids, 500):
            for record in desk.client.read(model, chunk, [one.field, *_BIRTH], context=context):
                births[record["id"]] = _birth(record)
                owners |= {found: int(record["id"]) for found in _ids(record[one.field])}
        twins = {
            record["id"]
            for chunk in chunks(list(owners), 500)
            for record in desk.client.read(one.model, chunk, _BIRTH, context=context)
            if _birth(record) == births[owners[record["id"]]]
        }
    except _REFUSALS as error:
        desk.reporter.log("warning", f"What goes along could not be looked at: {error}")
        return {}
    known = KeyMap.objects.filter(
        connection=desk.load.connection_id, odoo_model=one.model, odoo_id__in=twins
    ).values_list("odoo_id", flat=True)
    return {found: owners[found] for found in twins - set(known)}


def _birth(record: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(record[name] for name in _BIRTH)


def _ids(value: int | list[int]) -> list[int]:
    return [found for found in (value if isinstance(value, list) else [value]) if found]


def _left(desk: Desk, one: Companion, ids: Sequence[int]) -> set[int]:
    try:
        return there(desk.client, one.model, ids, wide_context(desk.client))
    except _REFUSALS as error:
        desk.reporter.log("warning", f"What goes along could not be looked at: {error}")
        return set(ids)


def _remove(desk: Desk, one: Companion, ids: set[int]) -> set[int]:
    """Those that went: whoever uses one keeps it."""
    if not ids:
        return set()
    try:
        judge = judge_of(desk, stored_pointers(desk.load), ids, one.model)
        wide = wide_context(desk.client)
        now = images(desk.client, one.model, sorted(ids), fields_of_edits(one.model, ()), wide)
        others = look_at_others(desk, one.model, now, wide).stay(desk)
        used = judge.verdicts(sorted(now)).stay
        free = sorted(now.keys() - used.keys() - others.keys(), reverse=True)
        done = remove(
            desk.client,
            one.model,
            free,
            find_users=judge.users_named,
            context=own_context(desk),
        )
    except _REFUSALS as error:
        desk.reporter.log("warning", f"What was made along could not be removed: {error}")
        return set()
    return set(done.removed)
