"""The step of a dry run in which Odoo tries the plan, a piece at a time; what is known of the
pieces before outlives the hand. Nothing of it is kept in Odoo.
"""

from collections import Counter
from typing import Any

from django.db import transaction
from django.utils import timezone

from importer.choices import Depth, IssueStage, LoadState, Verdict
from importer.engine.desk import Desk
from importer.engine.issues import add_problems
from importer.engine.leases import claim_step, end_step
from importer.engine.plan_befores import piece_batch
from importer.engine.trial.asking import Tried, try_piece
from importer.engine.trial.calls import CannotTry
from importer.engine.trial.pieces import TRIAL, Trial, piece_of, sentences
from importer.models import Plan

_WOULD_BE = {"create": "created", "update": "updated", "adopt": "adopted"}


def try_load(desk: Desk) -> bool:
    """Whether this hand had Odoo try a piece, or ended the load; False when another is at it."""
    load = desk.load
    if not claim_step(load, (LoadState.VERIFYING,), LoadState.VERIFYING, desk.worker):
        return False
    trial: Trial = load.verification[TRIAL]
    number = int(trial["done"])
    if number >= len(trial["pieces"]):
        _end(desk, trial)
        return True
    piece = piece_of(trial, number)
    plan = load.plans.get()
    batch = piece_batch(desk, piece, plan.stored_as)
    rows = desk.plans.rows(batch)
    try:
        tried = try_piece(desk, batch, rows)
    except CannotTry as error:
        tried = Tried(unchecked=Counter({str(error): len(rows)}))
    _keep(desk, trial, piece.verdict, len(rows), tried)
    return True


def _keep(desk: Desk, trial: Trial, verdict: str, n_rows: int, tried: Tried) -> None:
    refused, blocked = len(tried.refused), len(tried.blocked)
    noted = {
        **trial,
        "done": trial["done"] + 1,
        "tried": trial["tried"] + tried.tried,
        "refused": trial["refused"] + refused,
        "unchecked": _sum(trial["unchecked"], tried.unchecked),
        "left_out": _sum(trial["left_out"], tried.left_out),
        "shifts": _sum(trial["shifts"], {verdict: refused}),
        "blocked": _sum(trial["blocked"], {verdict: blocked}),
    }
    verification = {**desk.load.verification, TRIAL: noted}
    with transaction.atomic():
        if not end_step(
            desk.load,
            LoadState.VERIFYING,
            desk.worker,
            state=LoadState.VERIFYING,
            verification=verification,
        ):
            return
        add_problems(desk.load, IssueStage.ODOO, tried.problems)
        good = {_WOULD_BE[verdict]: n_rows - refused - blocked}
        desk.count(failed=refused, blocked=blocked, **good)


def _sum(one: dict[str, int], other: dict[str, int] | Counter[str]) -> dict[str, int]:
    return {name: n for name, n in (Counter(one) + Counter(other)).items() if n}


def _end(desk: Desk, trial: Trial) -> None:
    load = desk.load
    kept: dict[str, Any] = {**trial, "pieces": [], "headers": []}
    with transaction.atomic():
        if not end_step(
            load,
            LoadState.VERIFYING,
            desk.worker,
            state=LoadState.DONE,
            verification={**load.verification, TRIAL: kept},
            ended_at=timezone.now(),
        ):
            return
        plan = load.plans.get()
        Plan.objects.filter(pk=plan.pk).update(
            depth=Depth.SERVER, counts=_counts(plan.counts, trial)
        )
        for sentence in sentences(trial):
            desk.reporter.log("warning", f"Server dry run: {sentence}")
        desk.reporter.log(
            "info",
            f"Server dry run: Odoo tried {trial['tried']} rows and refused {trial['refused']}; "
            "it rolled everything back.",
        )
        desk.reporter.progressed(load)


def _counts(planned: dict[str, int], trial: Trial) -> dict[str, int]:
    """Verdict -> rows, with what Odoo has refused."""
    counts = Counter(planned)
    for name, verdict in (("shifts", Verdict.ERROR), ("blocked", Verdict.BLOCKED)):
        for was, n in trial[name].items():
            counts[was] -= n
            counts[str(verdict)] += n
    return {verdict: n for verdict, n in counts.items() if n}
