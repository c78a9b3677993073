"""What a run's page shows, read with a constant number of queries."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Min

from graphs.admin.colours import badge
from graphs.choices import LogLevel, NodeStatus, RunKind, RunStatus
from graphs.models import GraphRun, NodeRun
from graphs.progress import progress_of
from importer.choices import IssueLevel
from importer.models import Issue, Load

_LOG_PAGE = 200
_CAUSES = 50


_RARE = ("adopted", "skipped", "archived")
_PLANNED = {
    "created": "to create",
    "updated": "to update",
    "adopted": "to adopt",
    "archived": "to archive",
}


def _counters(run: GraphRun) -> tuple[str, ...]:
    return Load.UNDO_COUNTERS if run.kind == RunKind.ROLLBACK else Load.COUNTERS


def _shown_counters(run: GraphRun, nodes: list[NodeRun]) -> tuple[str, ...]:
    """The rare ones only where there are any."""
    loads = [node.load for node in nodes if node.load is not None]
    used = {name for name in _RARE if any(getattr(load, name) for load in loads)}
    return tuple(name for name in _counters(run) if name not in _RARE or name in used)


def counts_of(run: GraphRun) -> str:
    """The run's counters in words, those that are not zero."""
    loads = [node.load for node in run.node_runs.all() if node.load is not None]
    sums = {name: sum(getattr(load, name) for load in loads) for name in _counters(run)}
    words = counter_words(run)
    return ", ".join(f"{count:,} {words[name]}" for name, count in sums.items() if count) or "-"


def counter_words(run: GraphRun) -> dict[str, str]:
    """What each counter is called; a dry run has done nothing yet."""
    return {name: _PLANNED.get(name, name) if run.dry_run else name for name in _counters(run)}


def _node(node: NodeRun, names: tuple[str, ...], rows: Mapping[str, Any]) -> dict[str, Any]:
    status = NodeStatus(node.status)
    done, total = rows["rows_done"], rows["rows_total"]
    verification = node.load.verification if node.load else {}
    return {
        "node": node,
        "badge": badge(status),
        "done": done,
        "total": total,
        "percentage": 100 if node.ended_at else (round(100 * done / total) if total else 0),
        "counts": [getattr(node.load, name) if node.load else 0 for name in names],
        "verification": verification,
        "stubs": rows["stubs"],
    }


def live_context(run: GraphRun) -> dict[str, Any]:
    """Status, progress and per-node numbers."""
    progress = progress_of(run)
    by_node = {row["id"]: row for row in progress["progress"]["nodes"]}
    nodes = list(run.node_runs.select_related("load").order_by("position"))
    names = _shown_counters(run, nodes)
    return {
        "is_moving": not run.is_finished or run.status == RunStatus.ROLLING_BACK,
        "is_verified": any(node.load and node.load.verification.get("records") for node in nodes),
        "counters": [counter_words(run)[name] for name in names],
        "load_ids": ",".join(str(node.load_id) for node in nodes if node.load_id),
        "progress": progress,
        "status_badge": badge(RunStatus(run.status)),
        "nodes": [_node(node, names, by_node[node.node_id]) for node in nodes],
    }


def causes_of(run: GraphRun) -> list[dict[str, Any]]:
    """Row problems in groups, the largest first; of a run that has ended only what the table of
    causes does not have (graphs.causes)."""
    loads = [node.load_id for node in run.node_runs.all() if node.load_id]
    issues = Issue.objects.filter(load__in=loads)
    if run.is_finished:
        issues = issues.filter(level=IssueLevel.WARNING)
    rows = (
        issues.values("load__node_run__node_id", "group_key", "level", "sheet", "column", "code")
        .annotate(rows=Count("id"), first_row=Min("row"), message=Min("message"))
        .order_by("-rows", "group_key")
    )
    return [dict(row) for row in rows[:_CAUSES]]


def log_lines(run: GraphRun, asked: Mapping[str, str]) -> dict[str, Any]:
    """The newest log lines that fit the filters ``level``, ``node`` and ``text``."""
    lines = run.logs.all()
    if asked.get("level") in LogLevel.values:
        lines = lines.filter(level=asked["level"])
    if asked.get("node"):
        lines = lines.filter(node_id=asked["node"])
    if asked.get("text"):
        lines = lines.filter(message__icontains=asked["text"])
    newest = list(lines.order_by("-id")[:_LOG_PAGE])
    shown = [{"line": line, "badge": badge(LogLevel(line.level))} for line in newest]
    return {"lines": shown, "levels": LogLevel.choices, "asked": asked, "log_page": _LOG_PAGE}
