"""How far a run is, in the shape the API, the pages and the commands share. Reads only; the stored
percentage never falls within an attempt and is 100 only at the end.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from graphs.choices import NodeStatus, RunKind, RunStatus
from graphs.journal import notices_of
from graphs.models import GraphRun, NodeRun
from importer.data.stubs import is_stub
from importer.models import Load

_AT_WORK = (NodeStatus.PREPARING, NodeStatus.RUNNING)
_ALMOST = 99.9


def progress_of(run: GraphRun) -> dict[str, Any]:
    """``{id, kind, status, progress: {current_node, current_nodes, current_index, total_nodes,
    percentage, nodes: [...]}, stats, notices, error_message, started_at, completed_at}``.
    ``current_index`` counts nodes from 1; 0 before the first has started."""
    nodes = nodes_of(run)
    current = [node.node_id for node in nodes if node.status in _AT_WORK]
    return {
        "id": str(run.pk),
        "kind": run.kind,
        "status": run.status,
        "dry_run": run.dry_run,
        "attempt": run.attempt,
        "progress": {
            "current_node": current[0] if current else None,
            "current_nodes": current,
            "current_index": _current_index(nodes),
            "total_nodes": len(nodes),
            "percentage": round(run.percentage, 1),
            "nodes": [node_progress(node) for node in nodes],
        },
        "stats": _stats(nodes),
        "notices": notices_of(run),
        "error_message": run.error_message,
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "completed_at": run.ended_at.isoformat() if run.ended_at else None,
    }


_LARGE = ("load__mapping", "load__keys", "load__fields", "load__verification", "load__pace")


def nodes_of(run: GraphRun) -> list[NodeRun]:
    """The run's nodes in order, with their loads, but what is large of these only when asked for:
    this is read after each batch."""
    return list(run.node_runs.select_related("load").defer(*_LARGE).order_by("position"))


def node_progress(node: NodeRun) -> dict[str, Any]:
    """One node's row of the progress; all counters of :class:`importer.models.Load` by name."""
    done, total = rows_of(node)
    names = dict.fromkeys((*Load.COUNTERS, *_undo_names(node)))
    counters = {name: getattr(node.load, name) if node.load else 0 for name in names}
    counters["stubs"] = stubs_of(node)
    return {
        "id": node.node_id,
        "model": node.odoo_model,
        "status": node.status,
        "rows_done": done,
        "rows_total": total,
        **counters,
        "error_message": node.error_message,
    }


def stubs_of(node: NodeRun) -> int:
    """How many stubs the node has made; in a dry run, would make."""
    load = node.load
    return load.created if load is not None and is_stub(load.mapping) else 0


def rows_of(node: NodeRun) -> tuple[int, int]:
    """(rows with an end, rows): the sheet's rows until the load has prepared its own. A node that
    has ended has no rows left to wait for."""
    load = node.load
    total = load.rows_total if load is not None and load.rows_total else node.sheet_rows
    if node.status not in NodeStatus.unfinished():
        return total, total
    done = load.rows_done if load is not None else 0
    if load is not None and node.status == NodeStatus.PENDING:
        done -= load.failed + load.blocked  # a retry is about to take these up again
    return min(done, total), total


def percentage_of(nodes: Iterable[NodeRun]) -> float:
    """Rows with an end of all rows, in percent; at most 99.9, as 100 is said by the end only."""
    rows = [rows_of(node) for node in nodes]
    total = sum(one[1] for one in rows)
    done = sum(one[0] for one in rows)
    return min(_ALMOST, round(100 * done / total, 1)) if total else 0.0


def raise_percentage(run: GraphRun, nodes: Iterable[NodeRun]) -> None:
    """Store how far the run is now, unless it says more already."""
    now = percentage_of(nodes)
    unfinished = GraphRun.objects.filter(pk=run.pk, status__in=RunStatus.unfinished())
    unfinished.filter(percentage__lt=now).update(percentage=now)


def _undo_names(node: NodeRun) -> Sequence[str]:
    return Load.UNDO_COUNTERS if node.run.kind == RunKind.ROLLBACK else ()


def _current_index(nodes: Sequence[NodeRun]) -> int:
    begun = [n.position + 1 for n in nodes if n.status != NodeStatus.PENDING]
    at_work = [node.position + 1 for node in nodes if node.status in _AT_WORK]
    return min(at_work, default=max(begun, default=0))


def _stats(nodes: Sequence[NodeRun]) -> dict[str, Any]:
    ended = [node for node in nodes if node.status not in NodeStatus.unfinished()]
    executed = [node for node in ended if node.load is not None]
    bad = (NodeStatus.FAILED, NodeStatus.ERRORED)
    return {
        "nodes_executed": len(executed),
        "nodes_failed": sum(node.status in bad for node in nodes),
        "stubs": sum(stubs_of(node) for node in nodes),
        "total_records": sum(rows_of(node)[1] for node in executed),
        "node_results": {node.node_id: node.status for node in ended},
    }
