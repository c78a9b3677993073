"""Unlink batches: looked at once more, then removed, then, by choice, what had to stay is archived.

In doubt, or after a refused try, it is read which records are still there: the others are ours.
"""

from collections.abc import Sequence

from importer.choices import BatchKind
from importer.engine.desk import Desk
from importer.engine.undoing.along import look_along
from importer.engine.undoing.edits import fields_of_edits
from importer.engine.undoing.ground import (
    judge_of,
    may_archive,
    own_context,
    stored_pointers,
)
from importer.engine.undoing.judging import Judge, Reason
from importer.engine.undoing.others import look_at_others
from importer.engine.undoing.ours import not_ours
from importer.engine.undoing.plan_rows import UndoRow, still_leaving, undo_rows
from importer.engine.undoing.reading import images, there, wide_context
from importer.engine.undoing.removal import Removal, remove
from importer.engine.undoing.state_rules import step_before_removal
from importer.engine.undoing.works import Ends, Said, UndoReady, UndoWork, ready_for, was_sent
from importer.engine.works import register
from importer.models import Batch
from importer.odoo.errors import AccessRefused, DataRefused, ServerBug

_REFUSALS = (DataRefused, AccessRefused, ServerBug)


class Removing(UndoWork):
    """Nothing is removed that somebody uses outside the undo, even where Odoo would let it go."""

    def make(self, desk: Desk, batch: Batch) -> UndoReady:
        rows = undo_rows(batch, desk.folder)
        model = desk.load.odoo_model
        pointers = stored_pointers(desk.load)
        wide = wide_context(desk.client)
        fields = fields_of_edits(model, desk.facts.fields)
        found = images(desk.client, model, [row.odoo_id for row in rows], fields, wide)
        edited = look_at_others(desk, model, found, wide).stay(desk) | not_ours(
            desk, {row.odoo_id: row.key for row in rows if row.odoo_id in found}
        )
        leaving = still_leaving(batch, desk.folder) - edited.keys()
        judge = judge_of(desk, pointers, leaving)
        absent = [row for row in rows if row.odoo_id not in found]
        ends = Ends(removed=absent) if was_sent(batch) else Ends(gone=absent)
        present = [row for row in rows if row.odoo_id in found]
        ends.kept = [(row, edited[row.odoo_id]) for row in present if row.odoo_id in edited]
        present = [row for row in present if row.odoo_id not in edited]
        stay = judge.verdicts([row.odoo_id for row in present]).stay
        todo, archived = present, stay
        if not may_archive(desk):
            ends.kept += [(row, stay[row.odoo_id]) for row in present if row.odoo_id in stay]
            todo, archived = [row for row in present if row.odoo_id not in stay], {}
        return ready_for(batch, ends, todo, lambda: _send(desk, batch, judge, todo, archived))


def _send(
    desk: Desk, batch: Batch, judge: Judge, todo: Sequence[UndoRow], stay: dict[int, Reason]
) -> Ends:
    """``stay`` holds only what is to be archived."""
    by_id = {row.odoo_id: row for row in todo}
    going = [one for one in by_id if one not in stay]
    with look_along(desk, batch, going) as look_after:
        _take_step(desk, going)
        done = _remove(desk, judge, going)
        look_after(done.removed)
    left = {**stay, **{one: _refused(why) for one, why in done.refused.items()}}
    said = [(by_id[one], why) for one, why in left.items()]
    ends = archive(desk, said) if may_archive(desk) else Ends(kept=said)
    ends.removed = [by_id[one] for one in done.removed]
    return ends


def _remove(desk: Desk, judge: Judge, ids: list[int]) -> Removal:
    return remove(
        desk.client,
        desk.load.odoo_model,
        ids,
        find_users=judge.users_named,
        context=own_context(desk),
    )


def _refused(why: str) -> Reason:
    return Reason("refused", f"Kept: {why.rstrip('.')}.")


def _take_step(desk: Desk, ids: list[int]) -> None:
    """The button that Odoo wants pressed first. What refuses it is refused again, with a reason,
    when it is to be removed."""
    step = step_before_removal(desk.load.odoo_model)
    if step is None or not ids:
        return
    domain = [["id", "in", ids], *[list(part) for part in step.domain]]
    waiting = desk.client.search(desk.load.odoo_model, domain, context=wide_context(desk.client))
    if waiting:
        try:
            desk.client.call(desk.load.odoo_model, step.method, waiting, context=own_context(desk))
        except _REFUSALS as refusal:
            desk.reporter.log("warning", f"Odoo refused {step.method}: {refusal}")


class Archiving(UndoWork):
    """Records that the plan keeps and that the user wants out of sight."""

    def make(self, desk: Desk, batch: Batch) -> UndoReady:
        rows = undo_rows(batch, desk.folder)
        context = wide_context(desk.client)
        found = there(desk.client, desk.load.odoo_model, [r.odoo_id for r in rows], context)
        ends = Ends(gone=[row for row in rows if row.odoo_id not in found])
        todo = [row for row in rows if row.odoo_id in found]
        said = [(row, Reason(row.code, row.reason)) for row in todo]
        return ready_for(batch, ends, todo, lambda: archive(desk, said))


def archive(desk: Desk, said: Said) -> Ends:
    """Archives records that stay; those that Odoo will not archive either are kept."""
    ends, model, context = Ends(), desk.load.odoo_model, own_context(desk)
    lists = [said] if said else []
    while lists:
        some = lists.pop()
        try:
            desk.client.write(
                model, [row.odoo_id for row, _ in some], {"active": False}, context=context
            )
        except _REFUSALS as refusal:
            active = _active(desk, some)
            left = [(row, why) for row, why in some if row.odoo_id in active]
            ends.archived += [(row, _archived(why)) for row, why in some if (row, why) not in left]
            if len(left) > 1:
                middle = len(left) // 2
                lists += [left[middle:], left[:middle]]
            elif left:
                row, why = left[0]
                sentence = f"{why.sentence} It could not be archived either: {refusal}"
                ends.kept.append((row, Reason(why.code, sentence)))
        else:
            ends.archived += [(row, _archived(why)) for row, why in some]
    return ends


def _active(desk: Desk, said: Said) -> set[int]:
    """Those that are not archived: an error may also come from after Odoo's commit."""
    domain = [["id", "in", [row.odoo_id for row, _ in said]], ["active", "=", True]]
    context = wide_context(desk.client)
    return set(desk.client.search(desk.load.odoo_model, domain, context=context))


def _archived(why: Reason) -> Reason:
    return Reason(why.code, why.sentence.replace("Kept:", "Archived:", 1))


register(BatchKind.UNLINK, Removing())
register(BatchKind.ARCHIVE, Archiving())
