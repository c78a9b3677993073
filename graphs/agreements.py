"""Verbs about agreeing to a plan and applying it as it is: a person signs what a dry run has shown,
and the run that applies it comes to exactly that, or asks again before it sends anything.
"""

from collections.abc import Collection
from typing import Any

from django.db import transaction

from graphs.choices import LogLevel, NodeStatus, OnBusy, RunStatus
from graphs.journal import write_log
from graphs.models import GraphRun, NodeRun, PlanAgreement
from graphs.plans import check_is_plan, is_whole, plan_sha256, planned_nodes
from graphs.runs import go_on, start_run
from graphs.versions import latest_version
from importer.data.storage import local_path, sha256_of
from importer.engine.agreed import CHANGED
from importer.errors import Refused
from importer.freezing import sha256_of_json
from importer.models import Dataset, Load, User
from importer.planned_rows import differences_of
from importer.rights import require

_READY = (RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS)


@transaction.atomic
def agree_to_plan(plan: GraphRun, *, by: User, sha256: str = "") -> PlanAgreement:
    """Sign the plan of a finished dry run, as ``sha256`` names it where that is given. Agreeing
    again, after data or mapping have changed, says that it is meant all the same.

    Raises NotAllowed, Refused (no plan, not whole, or another one than ``sha256`` names)."""
    require(by, "agree_to_plan", plan.project)
    check_is_plan(plan)
    if plan.status not in _READY or not is_whole(plan):
        state = str(plan.get_status_display()).lower()
        raise Refused(
            f"Only a plan that is whole can be agreed to; this one is: {state}. "
            "Mend what it says and start another dry run."
        )
    found = _checked_sha256(plan)
    if sha256 and sha256 != found:
        raise Refused("The plan you looked at is not this one. Look at it again.")
    agreement = PlanAgreement.objects.create(
        project=plan.project,
        plan=plan,
        sha256=found,
        newest_release=_newest_release(plan),
        newest_dataset=_newest_dataset(plan).pk,
        agreed_by=by,
    )
    write_log(plan, LogLevel.INFO, f"{by} agreed to this plan ({found[:12]}).")
    return agreement


def agreement_of(plan: GraphRun) -> PlanAgreement | None:
    """The newest agreement to the plan as a whole."""
    whole = plan.agreements.filter(run=None).select_related("agreed_by")
    return whole.order_by("-created_at").first()


def changed_since(agreement: PlanAgreement) -> list[str]:
    """What of data and mapping is otherwise than when the plan was agreed to, in sentences. What
    has changed in Odoo is found by the run, before each node sends anything."""
    plan, found = agreement.plan, []
    newest = latest_version(plan.version.graph)
    if newest is not None and newest.sha256 != agreement.newest_release:
        found.append(
            f"The graph was released again: {newest}. The plan is of release {plan.version.number}."
        )
    dataset = _newest_dataset(plan)
    if dataset.pk != agreement.newest_dataset:
        found.append(
            f"There is newer data: “{dataset}”, derived from “{plan.dataset}” that was planned."
        )
    if plan_sha256(plan) != agreement.sha256:
        found.append("The plan's files are not those that were agreed to.")
    return found


def apply_plan(plan: GraphRun, *, by: User, on_busy: str = OnBusy.REFUSE) -> GraphRun:
    """A run that applies the agreed plan: same release, dataset, connection, keys and side effects.
    Each node is planned anew before it sends; where that is another plan, the run pauses and asks.

    Raises NotAllowed, Refused (nobody agreed, or data or mapping changed since), Busy."""
    require(by, "start_run", plan.project)
    check_is_plan(plan)
    agreement = agreement_of(plan)
    if agreement is None:
        raise Refused("Nobody has agreed to this plan yet.")
    _checked_sha256(plan)
    if changed := changed_since(agreement):
        raise Refused(
            f"Since the plan was agreed to, this has changed: {' '.join(changed)} Start another "
            "dry run and agree to that, or agree to this plan again."
        )
    return start_run(
        plan.version.graph,
        by=by,
        dataset=plan.dataset,
        connection=plan.connection,
        keys=plan.keys,
        on_busy=on_busy,
        side_effects=plan.options.get("side_effects") or (),
        vanished=plan.options.get("vanished"),
        vanished_agreed=True,  # the plan has them
        applies=plan,
    )


@transaction.atomic
def agree_to_changes(run: GraphRun, *, by: User, sha256: Collection[str] = ()) -> GraphRun:
    """Sign what the paused run would do now in place of what was agreed to, and let it go on. It is
    compared once more before anything is sent. ``sha256``: where given, of each node's changes
    that were looked at, as :func:`changes_of` says; others are refused.

    Raises NotAllowed, Refused (the run waits for no agreement, or with other changes)."""
    require(by, "agree_to_plan", run.project)
    GraphRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    waiting = nodes_that_ask(run)
    if run.applies is None or not waiting:
        raise Refused("This run does not wait for anybody to agree to another plan.")
    if sha256 and any(_seen_as(node) not in sha256 for node in waiting):
        raise Refused("The changes you looked at are not these. Look at them again.")
    for node in waiting:
        assert node.load is not None
        _take_over(run, node, node.load, by)
    names = ", ".join(node.node_id for node in waiting)
    return go_on(run, f"{by} agreed to what has changed in the plan of {names}.")


def nodes_that_ask(run: GraphRun) -> list[NodeRun]:
    """Nodes whose plan would be another one than was agreed to; the run is paused meanwhile."""
    if run.applies_id is None or run.status != RunStatus.PAUSED:
        return []
    at_work = run.node_runs.filter(status__in=NodeStatus.unfinished(), load__isnull=False)
    asking = at_work.filter(load__verification__has_key=CHANGED)
    return list(asking.select_related("load").order_by("position"))


def changes_of(run: GraphRun, *, limit: int = 0) -> list[dict[str, Any]]:
    """``[{node, model, sha256, sentence, rows, counts, differences}]`` of nodes that ask; the first
    ``limit`` rows that differ, as :func:`importer.planned_rows.differences_of` says."""
    found = []
    for node in nodes_that_ask(run):
        assert node.load is not None
        asked = node.load.verification[CHANGED]
        found.append(
            {
                "node": node.node_id,
                "model": node.odoo_model,
                "sha256": _seen_as(node),
                "sentence": asked["sentence"],
                "rows": asked["n_differences"],
                "counts": asked["counts"],
                "differences": differences_of(node.load, offset=0, limit=limit) if limit else [],
            }
        )
    return found


def _seen_as(node: NodeRun) -> str:
    """Names one look at what a node would do now: each look has files of its own."""
    assert node.load is not None
    asked = node.load.verification[CHANGED]
    return sha256_of_json([asked[one] for one in ("plan_as", "befores_as", "differences_as")])


def _take_over(run: GraphRun, node: NodeRun, load: Load, by: User) -> None:
    asked = load.verification[CHANGED]
    agreed = {name: asked[name] for name in ("plan_as", "befores_as")}
    left = {name: value for name, value in load.verification.items() if name != CHANGED}
    Load.objects.filter(pk=load.pk).update(agreed=agreed, verification=left)
    assert run.applies is not None
    PlanAgreement.objects.create(
        project=run.project,
        plan=run.applies,
        run=run,
        node_id=node.node_id,
        sha256=sha256_of_json([sha256_of(local_path(name)) for name in agreed.values()]),
        newest_release=_newest_release(run.applies),
        newest_dataset=_newest_dataset(run.applies).pk,
        agreed_by=by,
    )


def _checked_sha256(plan: GraphRun) -> str:
    """The plan's hash, once each file was found to be what was written."""
    for node, one in planned_nodes(plan):
        if one is None:
            continue
        files = {one.stored_as: one.sha256, one.befores_as: one.befores_sha256}
        if any(name and sha256_of(local_path(name)) != known for name, known in files.items()):
            raise Refused(f"The stored plan of {node.node_id} was changed. Start another dry run.")
    return plan_sha256(plan)


def _newest_release(plan: GraphRun) -> str:
    newest = latest_version(plan.version.graph)
    return newest.sha256 if newest is not None else plan.version.sha256


def _newest_dataset(plan: GraphRun) -> Dataset:
    """The plan's dataset, or what was derived from it last."""
    assert plan.dataset is not None
    dataset = plan.dataset
    while newer := dataset.derived.order_by("-created_at").first():
        dataset = newer
    return dataset
