"""Images of records that Odoo rewrites along with those an update writes: before and after, so that
a rollback can give back what they held. They have no key map entry.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from importer.engine.belonging import BIRTH
from importer.engine.contexts import place_context
from importer.engine.desk import Desk
from importer.engine.recomputing import recomputed
from importer.engine.spill_rules import Spill, first_child_of, own_fields, spills_of
from importer.models import Batch, Change

_CONTEXT = {"active_test": False, **place_context(("", 0))}
_DEEPEST = 5
Image = dict[str, Any]


def imaged_fields(desk: Desk, sent: Iterable[str]) -> list[str]:
    """The fields a batch sends, and those of the same record that Odoo rewrites along."""
    names = set(sent)
    along = {one for one in own_fields(desk.load.odoo_model, names) if one in desk.facts.fields}
    return sorted(names | along | recomputed(names, desk.facts.fields))


def spill_before(desk: Desk, batch: Batch, sent: Iterable[str], ids: Sequence[int]) -> list[Change]:
    """Changes, with their before-images, of the other records that writing ``sent`` into ``ids``
    may rewrite."""
    images: dict[int, Image] = {}
    for spill in spills_of(desk.load.odoo_model, sent):
        fields = [one for one in spill.fields if one in desk.facts.fields]
        found = _below(desk, spill, ids) if spill.is_inverse else _above(desk, spill, ids)
        for image in _read(desk, sorted(found - set(ids)), fields):
            images.setdefault(image["id"], {}).update(image)
    return [
        Change(
            project_id=desk.load.project_id,
            load=desk.load,
            batch=batch,
            odoo_model=desk.load.odoo_model,
            odoo_id=one,
            before=image,
        )
        for one, image in sorted(images.items())
    ]


def spill_before_creating(
    desk: Desk, batch: Batch, sent: Iterable[str], parents: Collection[int]
) -> list[Change]:
    """The same for creates below these ``parents``: one without anything may take from its first
    child. Most have something, so that one call finds none."""
    rule = first_child_of(desk.load.odoo_model, sent)
    if rule is None or not parents:
        return []
    fields = [one for one in rule.fields if one in desk.facts.fields]
    empty = [[name, "=", False] for name in (*fields, rule.children)]
    domain = [["id", "in", sorted(parents)], *empty]
    found = desk.client.search(desk.load.odoo_model, domain, context=_CONTEXT)
    return [
        Change(
            project_id=desk.load.project_id,
            load=desk.load,
            batch=batch,
            odoo_model=desk.load.odoo_model,
            odoo_id=image["id"],
            before=image,
        )
        for image in _read(desk, sorted(found), fields)
    ]


def spill_now(desk: Desk, batch: Batch) -> dict[int, Image]:
    """The same records as they are now, for those that the batch has journaled."""
    changes = dict(
        Change.objects.filter(
            batch=batch, keymap=None, odoo_model=desk.load.odoo_model
        ).values_list("odoo_id", "before")
    )
    fields = sorted({name for image in changes.values() for name in image or ()})
    return {image["id"]: image for image in _read(desk, sorted(changes), fields)}


def _above(desk: Desk, spill: Spill, ids: Sequence[int]) -> set[int]:
    read = desk.client.read(desk.load.odoo_model, ids, [spill.via], context=_CONTEXT)
    return {record[spill.via] for record in read if record[spill.via]}


def _below(desk: Desk, spill: Spill, ids: Collection[int]) -> set[int]:
    found: set[int] = set()
    level = set(ids)
    for _ in range(_DEEPEST):
        domain = [[spill.via, "in", sorted(level)]]
        level = set(desk.client.search(desk.load.odoo_model, domain, context=_CONTEXT)) - found
        if not level:
            break
        found |= level
    return found


def _read(desk: Desk, ids: Sequence[int], fields: Sequence[str]) -> list[Image]:
    if not ids or not fields:
        return []
    names = sorted({*fields, "write_date", "write_uid", BIRTH})
    return desk.client.read(desk.load.odoo_model, ids, names, context=_CONTEXT)
