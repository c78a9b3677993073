"""Verbs about what a rollback would do, before it does it: a rollback run that stops after its
plan. It reads Odoo and sends nothing; what it says holds for the moment it looked.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db import transaction

from graphs.choices import LogLevel, RunStatus
from graphs.journal import write_log
from graphs.launching import hold_connection
from graphs.models import GraphRun, NodeRun
from graphs.progress import nodes_of
from graphs.rollbacks import (
    later_run_sentences,
    not_now,
    refuse_what_sent_nothing,
    write_rollback,
)
from importer.errors import Refused
from importer.models import User
from importer.rights import require
from importer.undo_plans import LISTS, numbers_of, records_of


@transaction.atomic
def plan_rollback(
    run: GraphRun, *, by: User, archive: bool = False, remove_edited: bool = False
) -> GraphRun:
    """A dry rollback run of ``run``, pending; the options are those of ``start_rollback``. It may
    run beside a run that writes.

    Raises NotAllowed, Refused (wrong state, or nothing was sent)."""
    require(by, "plan_rollback", run.project)
    refuse_what_sent_nothing(run)
    if run.status not in RunStatus.can_be_rolled_back():
        raise not_now(run)
    hold_connection(run.connection, dry_run=True)
    options = {"archive": archive, "remove_edited": remove_edited}
    plan = write_rollback(run, by=by, dry_run=True, options=options)
    write_log(plan, LogLevel.INFO, f"Plan of a rollback of run {run.pk.hex[:8]} asked for by {by}.")
    return plan


def newest_plan(run: GraphRun) -> GraphRun | None:
    """The newest dry rollback of a run that still speaks of the run as it is: made after its last
    attempt, and after the last rollback of it began."""
    real = run.rollbacks.filter(dry_run=False).order_by("-created_at").first()
    since = max((at for at in (run.ended_at, real and real.created_at) if at), default=None)
    plans = run.rollbacks.filter(dry_run=True).order_by("-created_at")
    return (plans.filter(created_at__gte=since) if since else plans).first()


def describe_plan(plan: GraphRun) -> dict[str, Any]:
    """``{id, run, status, is_ready, looked_at, options, totals, edited_by, used_by, steps,
    not_looked_at, nodes: [{node, model, ...numbers}], later_runs, error_message}`` of a dry
    rollback; the nodes in the order of undoing, the numbers by importer/engine/undoing/numbers."""
    nodes = [
        {"node": node.node_id, "model": node.odoo_model, **numbers}
        for node, numbers in _planned(plan)
    ]
    totals: Counter[str] = Counter(dict.fromkeys(LISTS, 0))
    for one in nodes:
        totals.update({name: one[name] for name in LISTS})
    assert plan.reverts is not None
    return {
        "id": str(plan.pk),
        "run": str(plan.reverts_id),
        "status": plan.status,
        "is_ready": plan.status == RunStatus.COMPLETED,
        "looked_at": plan.ended_at.isoformat() if plan.ended_at else None,
        "options": plan.options,
        "totals": dict(totals),
        "nodes": nodes,
        "not_looked_at": list(dict.fromkeys(x for one in nodes for x in one["not_looked_at"])),
        "later_runs": later_run_sentences(plan.reverts),
        "error_message": plan.error_message,
    }


def plan_records(
    plan: GraphRun, which: str, *, node: str = "", offset: int = 0, limit: int = 100
) -> list[dict[str, Any]]:
    """Records behind the number ``which`` (a name of LISTS), of one node or of all, in the order of
    undoing: ``{node, model, odoo_id, key, row, verdict, code, reason, given_back,
    edited_fields, editor, edited_at, used_by}``."""
    _check_name(which)
    found: list[dict[str, Any]] = []
    for one, numbers in _planned(plan):
        if node and one.node_id != node:
            continue
        assert one.load is not None
        if limit > len(found) and offset < int(numbers[which]):
            rows = records_of(one.load, which, offset=offset, limit=limit - len(found))
            found += [{"node": one.node_id, **row} for row in rows]
        offset = max(0, offset - int(numbers[which]))
    return found


def count_records(plan: GraphRun, which: str, *, node: str = "") -> int:
    """How many records :func:`plan_records` could list. Raises Refused for an unknown number."""
    _check_name(which)
    return sum(int(numbers[which]) for one, numbers in _planned(plan) if node in ("", one.node_id))


def _check_name(which: str) -> None:
    if which not in LISTS:
        raise Refused(f"There is no list “{which}”; there are {', '.join(LISTS)}.")


def _planned(plan: GraphRun) -> Iterator[tuple[NodeRun, dict[str, Any]]]:
    """Nodes that are planned, with their numbers."""
    for node in nodes_of(plan):
        numbers = numbers_of(node.load) if node.load is not None else {}
        if numbers:
            yield node, numbers
