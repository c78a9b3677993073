"""Finds records that a late call of the reverted load has made after all: its answer was lost, it
was sent again by somebody else or given up, and Odoo carried it out after the undo.

One external id a batch tells, as a batch is kept whole or not at all.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from importer.choices import BatchKind, Outcome
from importer.engine.desk import Desk
from importer.engine.external_ids import external_id
from importer.engine.undoing.ground import judge_of, original_of, own_context, stored_pointers
from importer.engine.undoing.reading import there, wide_context
from importer.engine.undoing.removal import remove
from importer.models import Attempt, Batch, KeyMap, Load

_UNANSWERED = ("", Outcome.IN_DOUBT, Outcome.LATE)
_MARGIN = timedelta(seconds=10)


def last_call_may_end(original: Load) -> datetime | None:
    """Until when a call of the load may still be carried out by Odoo; None where every call was
    answered."""
    sent = (
        Attempt.objects.filter(batch__load=original, outcome__in=_UNANSWERED)
        .order_by("-sent_at")
        .values_list("sent_at", flat=True)
        .first()
    )
    if sent is None:
        return None
    return sent + timedelta(seconds=original.connection.answer_limit_seconds) + _MARGIN


def may_have_ghosts(original: Load) -> bool:
    """Whether a call of the load ended without an answer, or with an error of the whole call,
    which may come from after Odoo's commit."""
    doubtful = (*_UNANSWERED, Outcome.STOPPED)
    return Attempt.objects.filter(batch__load=original, outcome__in=doubtful).exists()


def remove_ghosts(desk: Desk) -> int:
    """How many records were found and removed. Repeating it is safe."""
    original = original_of(desk.load)
    batches = Batch.objects.filter(load=original, kind=BatchKind.CREATE)
    removed = 0
    for batch in batches.select_related("plan").order_by("seq"):
        if _found(desk, _witnesses(desk, original, batch)):
            removed += _remove(desk, original, batch)
    return removed


def _witnesses(desk: Desk, original: Load, batch: Batch) -> list[str]:
    """A part of a cut batch may never have been sent by itself; its first row then speaks."""
    if batch.witness:
        return [batch.witness]
    rows = desk.plans.rows(batch)[:1]
    return [external_id(desk.namespace, original.entity.name, row.key) for row in rows]


def _remove(desk: Desk, original: Load, batch: Batch) -> int:
    names = [
        external_id(desk.namespace, original.entity.name, row.key) for row in desk.plans.rows(batch)
    ]
    ids = _found(desk, names)
    if not ids:
        return 0
    judge = judge_of(desk, stored_pointers(desk.load), set(ids))
    going = [one for one in ids if one not in judge.verdicts(ids).stay]
    done = remove(
        desk.client,
        original.odoo_model,
        going,
        find_users=judge.users_named,
        context=own_context(desk),
    )
    kept = len(ids) - len(done.removed)
    desk.reporter.log(
        "warning",
        f"A late call of batch {batch.seq} had made {len(ids)} records after the undo; "
        f"{len(done.removed)} were removed, {kept} are used and stay.",
    )
    return len(done.removed)


def _found(desk: Desk, names: Sequence[str]) -> list[int]:
    """Records behind external ids of ours that no key map entry knows and that are younger than
    the load."""
    original = original_of(desk.load)
    found = [desk.client.find_reference(name) for name in names]
    ids = [one.id for one in found if one and one.id and one.model == original.odoo_model]
    young = [one for one in ids if original.high_water is not None and one > original.high_water]
    known = KeyMap.objects.filter(
        connection=original.connection_id, odoo_model=original.odoo_model, odoo_id__in=young
    ).values_list("odoo_id", flat=True)
    unknown = sorted(set(young) - set(known), reverse=True)
    context = wide_context(desk.client)
    is_there = there(desk.client, original.odoo_model, unknown, context) if unknown else set()
    return [one for one in unknown if one in is_there]
