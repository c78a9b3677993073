"""One verdict for each record that a load has created or changed. Reads Odoo, sends nothing."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from importer.choices import BatchKind, Verdict
from importer.engine.desk import Desk
from importer.engine.undoing.edits import Edit, fields_of_edits
from importer.engine.undoing.ground import judge_of, may_archive, original_of
from importer.engine.undoing.judging import Reason
from importer.engine.undoing.others import look_at_others
from importer.engine.undoing.ours import not_ours
from importer.engine.undoing.plan_file import RESTORING, Row
from importer.engine.undoing.pointing import PointingField
from importer.engine.undoing.reading import images, named, wide_context
from importer.engine.undoing.restores import Comparison, compare, edited_reason, editors
from importer.engine.undoing.sources import Changed, Created
from importer.engine.undoing.usage import Freed
from importer.models import Load

_CHUNK = 500
GONE = "gone"
SAME = "same"


@dataclass
class Seen:
    """What was noticed besides. ``edited``: created records that others wrote to or hung things on;
    ``restoring``: records of the model that get former values back before anything is removed, so
    that what they use now may be free then; the batch that removes it looks again."""

    unread: dict[str, str] = field(default_factory=dict)
    edited: int = 0
    restoring: set[int] = field(default_factory=set)


def created_rows(
    desk: Desk,
    created: Sequence[Created],
    pointers: tuple[PointingField, ...],
    freed: Freed,
    seen: Seen,
) -> Iterator[Row]:
    """Removals, with those that must stay and those that are gone already."""
    stay = _known_reasons(desk, created)
    asked = [one.odoo_id for one in created if one.odoo_id not in stay]
    model, client = desk.load.odoo_model, desk.client
    wide = wide_context(client)
    there = images(client, model, asked, fields_of_edits(model, desk.facts.fields), wide)
    others = look_at_others(desk, model, there, wide, freed)
    edits = others.edits
    seen.edited = len(edits)
    seen.unread |= others.unread
    stay |= others.stay(desk)
    stay |= not_ours(desk, {one.odoo_id: one.key for one in created if one.odoo_id in there})
    leaving = {one for one in there if one not in stay}
    judge = judge_of(desk, pointers, leaving | seen.restoring, freed=freed)
    said = judge.verdicts([one for one in asked if one in leaving])
    seen.unread |= said.unread
    stay |= said.stay
    deepest = max((one.level for one in created), default=0)
    archives = may_archive(desk)
    for one in created:
        is_there = one.odoo_id in there or one.odoo_id in stay
        row = _created_row(model, one, stay.get(one.odoo_id), is_there, deepest, archives)
        edit = edits.get(one.odoo_id)
        yield _edited_row(row, edit) if edit else row


def _known_reasons(desk: Desk, created: Sequence[Created]) -> dict[int, Reason]:
    """What our own tables say against a removal: ids that are older than the load, and records
    that a later load touched."""
    mark = original_of(desk.load).high_water
    told = _told_of({one.later for one in created})
    stay: dict[int, Reason] = {}
    for one in created:
        if mark is None or one.odoo_id <= mark:
            stay[one.odoo_id] = _OLDER
        elif one.later:
            stay[one.odoo_id] = Reason(
                "touched_later",
                f"Kept: {told[one.later]} touched it later; roll that one back first.",
            )
    return stay


def _told_of(loads: Collection[int]) -> dict[int, str]:
    """Load -> how people know it: its mapping and when it began."""
    return {
        load.pk: f"the load of “{load.mapping['name']}” of {load.created_at:%Y-%m-%d %H:%M} UTC"
        for load in Load.objects.filter(pk__in=loads)
    }


_OLDER = Reason(
    "older", "Kept: its id is not above the highest one before the load, so it was there before."
)


def _created_row(
    model: str, one: Created, reason: Reason | None, is_there: bool, deepest: int, archives: bool
) -> Row:
    level, verdict, kind = deepest - one.level + 1, Verdict.UNLINK, str(BatchKind.UNLINK)
    code, sentence, uses = "", "", ""
    if reason is not None:
        code, sentence = reason.code, reason.sentence
        uses = json.dumps(reason.uses) if reason.uses else ""
        archive = archives and reason.code in ("used_outside", "state")
        kind = str(BatchKind.ARCHIVE) if archive else ""
        level, verdict = deepest + 2, Verdict.KEEP
    elif not is_there:
        level, verdict, kind, code = deepest + 2, Verdict.UNCHANGED, "", GONE
    known = (model, one.odoo_id, one.keymap, one.key)
    return Row(level, str(verdict), code, sentence, kind, *known, uses=uses)


def _edited_row(row: Row, edit: Edit) -> Row:
    """A record that goes all the same says what goes with it."""
    reason = row.reason or f"Goes all the same: {edit.told}."
    return replace(row, reason=reason, editor=edit.who, edited_at=edit.at)


def changed_rows(desk: Desk, changed: Iterator[Changed], seen: Seen) -> Iterator[Row]:
    """Restores, with records that hold their former values, are gone, or were edited since."""
    while some := list(islice(changed, _CHUNK)):
        for model in dict.fromkeys(one.model for one in some):
            of_model = [one for one in some if one.model == model]
            compared = compare(desk, model, [one.odoo_id for one in of_model])
            names = editors(desk, compared.values())
            if model == desk.load.odoo_model:
                seen.restoring |= {one for one, now in compared.items() if now.writes}
            for one in of_model:
                yield _changed_row(desk, one, compared[one.odoo_id], names)


def met_rows(met: Iterator[Changed]) -> Iterator[Row]:
    """Records to which nothing was written: only what we know of them is forgotten."""
    for one in met:
        known = (one.model, one.odoo_id, one.keymap, one.key)
        yield Row(RESTORING, str(Verdict.UNCHANGED), SAME, "", "", *known)


def _changed_row(desk: Desk, one: Changed, now: Comparison, names: dict[int, str]) -> Row:
    verdict, kind, code, sentence = Verdict.UNCHANGED, "", SAME, ""
    if not now.there:
        code = GONE
    elif now.writes:
        verdict, kind, code = Verdict.RESTORE, str(BatchKind.RESTORE), ""
    elif now.edited:
        reason = edited_reason(desk, now, names)
        verdict, code, sentence = Verdict.KEEP, reason.code, reason.sentence
    level, edited = RESTORING, ",".join(now.edited)
    shown = (level, str(verdict), code, sentence, kind, one.model, one.odoo_id)
    row = Row(*shown, one.keymap, one.key, now.stamp, edited, fields=",".join(now.written))
    if not now.edited:
        return row
    return replace(row, editor=named(now.editor, names), edited_at=now.stamp)
