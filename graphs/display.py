"""Shows a run on a terminal: a bar per node while it works, then what arrived and which rows did
not. Only reads; what it shows is what the database says.
"""

import time
from uuid import UUID

from django.db.models import QuerySet
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from graphs.choices import NodeStatus, RunKind, RunStatus
from graphs.models import GraphRun, NodeRun
from graphs.progress import node_progress, nodes_of, rows_of, stubs_of
from importer.choices import IssueLevel
from importer.models import Issue, Load

_EVERY_SECONDS = 0.5
_BAD = (IssueLevel.ERROR, IssueLevel.BLOCKED)
_COLOURS = {"grey": "dim", "blue": "cyan", "green": "green", "amber": "yellow", "red": "red"}


def watch(run_id: UUID, console: Console) -> GraphRun:
    """Follow a run until it has ended or waits for a person; the run as it is then. On anything
    but a terminal one line is written per change of a node."""
    if console.is_terminal:
        return _watch_live(run_id, console)
    return _watch_lines(run_id, console)


def show_summary(run: GraphRun, console: Console, *, bad_rows: int = 10) -> None:
    """The table per node, the run's end in a sentence, and the first rows that did not arrive."""
    nodes = nodes_of(run)
    console.print(_summary(run, nodes))
    console.print(_headline(run))
    if run.error_message:
        console.print(Text(run.error_message))
    issues = first_issues(run, bad_rows)
    if issues:
        title = "First rows" if len(issues) < _bad_issues(run).count() else "Rows"
        console.print(_issues(issues, f"{title} that did not arrive"))
    stubs = first_stubs(run, bad_rows)
    if stubs:
        n = sum(stubs_of(node) for node in nodes)
        console.print(_issues(stubs, f"Stubs of what nobody has ({n})"))


def first_issues(run: GraphRun, limit: int) -> list[Issue]:
    """The first errors and blocked rows, in the order of the nodes, then of the rows."""
    bad = _bad_issues(run).select_related("load")
    return list(bad.order_by("load__node_run__position", "row", "id")[:limit])


def first_stubs(run: GraphRun, limit: int) -> list[Issue]:
    """The first rows for which a stub was made of what they refer to."""
    made = Issue.objects.filter(load__node_run__run=run, code="stub").select_related("load")
    return list(made.order_by("load__node_run__position", "row", "id")[:limit])


def is_over(run: GraphRun) -> bool:
    """Whether nothing will move without a person."""
    return run.is_finished or run.status == RunStatus.PAUSED


def _watch_live(run_id: UUID, console: Console) -> GraphRun:
    with Live(console=console, refresh_per_second=4, transient=False) as live:
        while True:
            run = GraphRun.objects.select_related("version__graph").get(pk=run_id)
            live.update(_bars(run, nodes_of(run)))
            if is_over(run):
                return run
            time.sleep(_EVERY_SECONDS)


def _watch_lines(run_id: UUID, console: Console) -> GraphRun:
    said: dict[str, str] = {}
    while True:
        run = GraphRun.objects.select_related("version__graph").get(pk=run_id)
        for node in nodes_of(run):
            if said.get(node.node_id, NodeStatus.PENDING) != node.status:
                said[node.node_id] = node.status
                done, total = rows_of(node)
                state = node.get_status_display()
                console.print(f"{node.node_id}: {state} ({done} of {total} rows)", markup=False)
        if is_over(run):
            return run
        time.sleep(_EVERY_SECONDS)


def _bars(run: GraphRun, nodes: list[NodeRun]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for node in nodes:
        done, total = rows_of(node)
        # An ended node without rows is a full bar, not an endless one.
        bar = ProgressBar(
            total=max(total, 1),
            completed=done if total else _is_ended(node),
            width=30,
            complete_style="cyan",
            finished_style=_COLOURS[NodeStatus(node.status).colour],
        )
        table.add_row(node.node_id, node.odoo_model, bar, f"{done}/{total}", _status(node))
    return Group(table, Text(f"{run.percentage:.1f} %  {run.get_status_display()}"))


def _is_ended(node: NodeRun) -> int:
    return int(node.status not in NodeStatus.unfinished())


def _status(item: NodeRun) -> Text:
    status = NodeStatus(item.status)
    return Text(str(status.label), style=_COLOURS[status.colour])


def _summary(run: GraphRun, nodes: list[NodeRun]) -> Table:
    is_undo = run.kind == RunKind.ROLLBACK
    names = Load.UNDO_COUNTERS if is_undo else _shown_counters(nodes)
    # Seven columns of words must fit an 80-column terminal: the model stands below its node.
    table = Table(title=str(run), title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("Node and model", no_wrap=True)
    for name in names:
        table.add_column(name.capitalize(), justify="right", no_wrap=True)
    table.add_column("End", min_width=9)
    for node in nodes:
        numbers = node_progress(node)
        counts = [str(numbers[name]) for name in names]
        who = Text(node.node_id).append(f"\n{node.odoo_model}", style="dim")
        table.add_row(who, *counts, _status(node))
    return table


def _shown_counters(nodes: list[NodeRun]) -> tuple[str, ...]:
    """The rare ones only where there are any."""
    rare = ("adopted", "skipped", "archived")
    loads = [node.load for node in nodes if node.load is not None]
    used = {name for name in rare if any(getattr(load, name) for load in loads)}
    return tuple(name for name in Load.COUNTERS if name not in rare or name in used)


def _headline(run: GraphRun) -> Text:
    status = RunStatus(run.status)
    text = f"{status.label}."
    if run.dry_run:
        depth = run.depth_label if run.kind == RunKind.LOAD else "Local plan"
        text += f" {depth}, nothing is kept in Odoo."
    if run.started_at and run.ended_at:
        text += f" {(run.ended_at - run.started_at).total_seconds():.1f} s."
    return Text(text, style=_COLOURS[status.colour])


def _issues(issues: list[Issue], title: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name in ("Sheet", "Row", "Column", "Value", "Why"):
        table.add_column(name, justify="right" if name == "Row" else "left")
    for issue in issues:
        cells = (issue.sheet, str(issue.row), issue.column, issue.value[:40], issue.message)
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _bad_issues(run: GraphRun) -> QuerySet[Issue]:
    return Issue.objects.filter(load__node_run__run=run, level__in=_BAD)
