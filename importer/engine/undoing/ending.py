"""Reads back after an undo: what was removed is gone, what was restored holds its former values,
no late call has made anything anew. A difference is said, never hidden.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from importer.choices import IssueLevel, IssueStage, LoadState
from importer.engine.desk import Desk
from importer.engine.issues import RowProblem, add_problems
from importer.engine.leases import claim_step, end_step, release_target
from importer.engine.undoing.along import ALONG, BEHIND, see_to_the_rest
from importer.engine.undoing.ghosts import last_call_may_end, may_have_ghosts, remove_ghosts
from importer.engine.undoing.ground import original_of
from importer.engine.undoing.plan_rows import rows_where
from importer.engine.undoing.reading import there, wide_context
from importer.models import Batch, Issue, KeyMap

_PROBED = "probed_at"
_GHOSTS = "ghosts"


def verify_undo(desk: Desk) -> bool:
    """Whether this hand did something; False when another one is at it, or while a lost call of
    the reverted load may still be under way in Odoo."""
    last = last_call_may_end(original_of(desk.load))
    if _is_waiting(desk, last):
        return False
    if not claim_step(desk.load, (LoadState.VERIFYING,), LoadState.VERIFYING, desk.worker):
        return False
    probed_at, ghosts = timezone.now(), _ghosts(desk)
    if may_have_ghosts(original_of(desk.load)):
        ghosts += remove_ghosts(desk)
    if last is not None and probed_at < last:
        _wait(desk, probed_at, ghosts, last)
    else:
        _end(desk, ghosts)
    return True


def _ghosts(desk: Desk) -> int:
    return int(desk.load.verification.get(_GHOSTS, 0))


def _is_waiting(desk: Desk, last: datetime | None) -> bool:
    probed = desk.load.verification.get(_PROBED)
    return probed is not None and last is not None and timezone.now() < last


def _wait(desk: Desk, probed_at: datetime, ghosts: int, last: datetime) -> None:
    """Looked once; once more when no call of the load can be under way any longer."""
    notes = {**desk.load.verification, _PROBED: probed_at.isoformat(), _GHOSTS: ghosts}
    seconds = round((last - probed_at).total_seconds())
    with transaction.atomic():
        if end_step(desk.load, LoadState.VERIFYING, desk.worker, verification=notes):
            desk.reporter.log(
                "info",
                f"A call of the reverted load was never answered; looking once more in {seconds} "
                "s, when Odoo must have ended it.",
            )


def _end(desk: Desk, ghosts: int) -> None:
    load, removed = desk.load, _removed_ids(desk)
    see_to_the_rest(desk, removed)
    left = len(there(desk.client, load.odoo_model, removed, wide_context(desk.client)))
    verification = {
        **{name: value for name, value in load.verification.items() if name != _PROBED},
        _GHOSTS: ghosts,
        "records": {"expected": 0, "in_odoo": left},
        "totals": {},
        **_companions(desk),
    }
    with transaction.atomic():
        changes = {"state": LoadState.DONE, "ended_at": timezone.now()}
        if not end_step(
            load, LoadState.VERIFYING, desk.worker, verification=verification, **changes
        ):
            return
        release_target(load)
        _tell(desk, left, verification)
        desk.reporter.progressed(load)


def _removed_ids(desk: Desk) -> list[int]:
    """What the plans removed: whatever no key map entry knows any more."""
    planned = {
        row.odoo_id
        for plan in desk.load.plans.all()
        for row in rows_where(plan, desk.folder, "kind = 'unlink'")
    }
    known = KeyMap.objects.filter(
        connection=desk.load.connection_id,
        odoo_model=desk.load.odoo_model,
        entity=desk.load.entity_id,
    ).values_list("odoo_id", flat=True)
    return sorted(planned - set(known.iterator()))


def _companions(desk: Desk) -> dict[str, dict[str, int]]:
    """Model -> number of records that Odoo removed along, and that it left behind."""
    sums: dict[str, dict[str, int]] = {ALONG: {}, BEHIND: {}}
    for refs in Batch.objects.filter(load=desk.load).values_list("refs", flat=True):
        for name, counts in sums.items():
            for model, number in refs.get(name, {}).items():
                counts[model] = counts.get(model, 0) + number
    return {"removed_along": sums[ALONG], "left_behind": sums[BEHIND]}


def _tell(desk: Desk, left: int, verification: dict[str, Any]) -> None:
    load = desk.load
    Issue.objects.filter(load=load, stage=IssueStage.VERIFY).delete()
    if left:
        sentence = f"{left} records that were removed are in Odoo again."
        problem = RowProblem(-1, 0, "", "verification", sentence, level=IssueLevel.WARNING)
        add_problems(load, IssueStage.VERIFY, [problem])
        desk.reporter.log("warning", sentence)
    for words, name in (("Odoo removed along", ALONG), ("Odoo left behind", BEHIND)):
        counts = verification["removed_along" if name == ALONG else "left_behind"]
        if counts:
            told = ", ".join(f"{number} {model}" for model, number in sorted(counts.items()))
            desk.reporter.log("info" if name == ALONG else "warning", f"{words}: {told}.")
