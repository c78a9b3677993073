"""What a dry run has planned: how many rows of each verdict, the rows themselves, how deep it went.
Reads only.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, overload

from graphs.choices import NodeStatus, RunKind
from graphs.models import GraphRun, NodeRun
from importer.choices import Depth, Verdict
from importer.errors import Refused
from importer.freezing import sha256_of_json
from importer.models import Plan
from importer.planned_rows import (
    Wanted,
    changed_fields,
    count_rows,
    newest_plan,
    rows_of,
    tried_of,
)

VERDICTS = (
    Verdict.CREATE,
    Verdict.UPDATE,
    Verdict.ADOPT,
    Verdict.ARCHIVE,
    Verdict.UNCHANGED,
    Verdict.SKIP,
    Verdict.CONFLICT,
    Verdict.BLOCKED,
    Verdict.AMBIGUOUS,
    Verdict.ERROR,
)
"""Of rows that are loaded, in the order in which they are shown."""


def check_is_plan(run: GraphRun) -> None:
    """Raises Refused for a run that is no dry run of a load."""
    if run.kind != RunKind.LOAD or not run.dry_run:
        raise Refused("This run is no plan. Start a dry run to see what would be done.")


def describe_load_plan(run: GraphRun) -> dict[str, Any]:
    """``{id, status, is_ready, depth, depth_label, looked_at, release, dataset, connection, sha256,
    totals: {verdict: rows}, nodes: [{node, model, status, rows, verdicts, fields, depth,
    not_checked, error_message}], not_checked, canaries: [...], error_message}`` of a dry run."""
    check_is_plan(run)
    nodes = [_node(node, plan) for node, plan in planned_nodes(run)]
    totals = Counter[str]()
    for one in nodes:
        totals.update(one["verdicts"])
    return {
        "id": str(run.pk),
        "status": run.status,
        "is_ready": run.is_finished,
        "depth": run.depth,
        "depth_label": run.depth_label,
        "looked_at": run.ended_at.isoformat() if run.ended_at else None,
        "release": run.version.number,
        "dataset": str(run.dataset or ""),
        "connection": str(run.connection),
        "sha256": plan_sha256(run) if run.is_finished else "",
        "totals": {str(verdict): totals[verdict] for verdict in VERDICTS},
        "nodes": nodes,
        "not_checked": _not_checked(run, nodes),
        "canaries": [_canary(one) for one in run.canaries.select_related("connection", "run")],
        "error_message": run.error_message,
    }


def planned_nodes(run: GraphRun) -> Iterator[tuple[NodeRun, Plan | None]]:
    """The run's nodes in order, each with its plan where it has come to one."""
    rows = run.node_runs.select_related("load__sheet", "load__connection").order_by("position")
    for node in rows:
        yield node, newest_plan(node.load) if node.load is not None else None


def plan_sha256(run: GraphRun) -> str:
    """Over the files of all nodes' plans: what a person agrees to."""
    files = [
        [node.node_id, plan.sha256, plan.befores_sha256] if plan else [node.node_id]
        for node, plan in planned_nodes(run)
    ]
    return sha256_of_json({"plans": files, "release": run.version.sha256})


def _node(node: NodeRun, plan: Plan | None) -> dict[str, Any]:
    counts = dict(plan.counts) if plan else {}
    tried, not_checked = tried_of(node.load) if node.load else (0, [])
    return {
        "node": node.node_id,
        "model": node.odoo_model,
        "status": node.status,
        "rows": sum(counts.values()),
        "verdicts": {str(verdict): counts.get(verdict, 0) for verdict in VERDICTS},
        "fields": changed_fields(node.load) if node.load and plan else {},
        "depth": plan.depth if plan else "",
        "tried": tried,
        "not_checked": not_checked,
        "error_message": node.error_message,
    }


def _not_checked(run: GraphRun, nodes: Sequence[dict[str, Any]]) -> list[str]:
    """What this depth cannot know, in sentences."""
    if run.depth == Depth.SERVER:
        return [f"{one['node']}: {text}" for one in nodes for text in one["not_checked"]]
    return [
        "Odoo's own rules were not asked: constraints, automated actions and rights to single "
        "records show in a server dry run or a canary."
    ]


def _canary(one: Any) -> dict[str, Any]:
    return {
        "id": str(one.pk),
        "state": one.state,
        "state_label": str(one.get_state_display()),
        "connection": str(one.connection),
        "rows_a_node": one.rows_a_node,
        "run": str(one.run_id),
        "counts": one.counts.get("rows", {}),
        "error_message": one.error_message,
    }


class PlannedRows(Sequence[dict[str, Any]]):
    """The rows of all nodes, or of one, that ``wanted`` names; only what a slice asks for is read.
    Raises Refused for an unknown verdict."""

    def __init__(self, run: GraphRun, wanted: Wanted, node: str = "") -> None:
        check_is_plan(run)
        if wanted.verdict and wanted.verdict not in VERDICTS:
            raise Refused(
                f"There is no verdict “{wanted.verdict}”; there are {', '.join(VERDICTS)}."
            )
        self._wanted = wanted
        self._nodes = [
            (one, count_rows(one.load, wanted))
            for one, plan in planned_nodes(run)
            if one.load is not None and plan is not None and node in ("", one.node_id)
        ]

    def __len__(self) -> int:
        return sum(size for _, size in self._nodes)

    @overload
    def __getitem__(self, at: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, at: slice) -> list[dict[str, Any]]: ...

    def __getitem__(self, at: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if isinstance(at, int):
            return self[at : at + 1][0]
        offset, stop, _ = at.indices(len(self))
        left = max(0, stop - offset)
        found: list[dict[str, Any]] = []
        for node, size in self._nodes:
            if left and offset < size:
                assert node.load is not None
                rows = rows_of(node.load, self._wanted, offset=offset, limit=left)
                found += [{"node": node.node_id, "model": node.odoo_model, **row} for row in rows]
                left -= len(rows)
            offset = max(0, offset - size)
        return found


def is_whole(run: GraphRun) -> bool:
    """Whether every node that is to run has come to a plan, with what its updates would find."""
    return all(
        plan.befores_as != "" if plan is not None else node.status == NodeStatus.SKIPPED
        for node, plan in planned_nodes(run)
    )
