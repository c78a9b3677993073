"""Ends nodes and runs: from what a load says to the node's status, from the nodes' to the run's.
Called under the run's lock.
"""

from django.db.models import Subquery
from django.utils import timezone

from graphs.active import NodeState, node_end, original_end
from graphs.choices import LogLevel, NodeStatus, RunKind, RunStatus
from graphs.journal import write_log, write_node_event, write_run_event
from graphs.models import GraphRun, NodeRun
from graphs.progress import nodes_of, percentage_of
from graphs.states import node_states, outcome
from graphs.waiting import call_next
from importer.choices import LoadState
from importer.models import Execution

_WHOLE = (RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS, RunStatus.FAILED)
_LEVELS = {
    RunStatus.COMPLETED: LogLevel.INFO,
    RunStatus.COMPLETED_WITH_ERRORS: LogLevel.WARNING,
    RunStatus.CANCELLED: LogLevel.WARNING,
}


def close_ended_nodes(run: GraphRun, nodes: list[NodeRun]) -> bool:
    """Give every node at work whose load has ended its own end. ``nodes`` is brought up to date."""
    ended = [
        node
        for node in nodes
        if node.status in (NodeStatus.PREPARING, NodeStatus.RUNNING)
        and node.load is not None
        and node.load.state in LoadState.ended()
    ]
    states = {state.id: state for state in node_states(run, nodes)} if ended else {}
    for node in ended:
        close_node(node, *_end_of(node, states[node.node_id]))
        _link_preparation(node)
    return bool(ended)


def close_node(node: NodeRun, status: NodeStatus, sentence: str) -> bool:
    """End a node that has not ended; False when somebody else was first."""
    node.ended_at = timezone.now()
    closed = NodeRun.objects.filter(pk=node.pk, status__in=NodeStatus.unfinished()).update(
        status=status, error_message=sentence, ended_at=node.ended_at
    )
    if closed:
        node.status = status
        node.error_message = sentence
        write_node_event(node.run, node)
    return bool(closed)


def end_run(run: GraphRun, status: RunStatus) -> None:
    """End a running run, and with it the run that it reverts."""
    nodes = nodes_of(run)
    percentage = 100.0 if status in _WHOLE else max(run.percentage, percentage_of(nodes))
    message = run.error_message or summary_of(nodes)
    ended = GraphRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING).update(
        status=status,
        percentage=percentage,
        error_message="" if status == RunStatus.COMPLETED else message,
        ended_at=timezone.now(),
    )
    if not ended:
        return
    level = _LEVELS.get(status, LogLevel.ERROR)
    write_log(run, level, f"{status.label}. {'' if status == RunStatus.COMPLETED else message}")
    write_run_event(run.pk)
    call_next(run.connection_id)
    if run.kind == RunKind.ROLLBACK and run.reverts is not None and not run.dry_run:
        _end_original(run.reverts, RunStatus(original_end(status)))


def summary_of(nodes: list[NodeRun]) -> str:
    """What went wrong in one line: rows first, then each node's own sentence."""
    failed = sum(outcome(node.load)[1] for node in nodes)
    blocked = sum(outcome(node.load)[2] for node in nodes)
    is_undo = any(node.run.kind == RunKind.ROLLBACK for node in nodes)
    parts = []
    if failed or blocked:
        other = "kept in Odoo" if is_undo else "blocked by a parent"
        parts.append(f"{failed} rows failed, {blocked} were {other}.")
    parts += [f"{node.node_id}: {node.error_message}" for node in nodes if node.error_message]
    return " ".join(parts)


def _end_of(node: NodeRun, state: NodeState) -> tuple[NodeStatus, str]:
    """The load's own word first; a load that was stopped by its threshold has failed."""
    if node.load is None:
        raise AssertionError(f"Node {node.node_id} has no load that could have ended.")
    if state.is_over_threshold:
        rows = f"{state.failed} rows failed, more than the {state.max_errors} allowed"
        return NodeStatus.FAILED, f"Stopped: {rows}. Correct the rows and retry."
    if node.load.state == LoadState.DONE:
        return NodeStatus(node_end(state)), node.load.error
    ends = {
        LoadState.ERRORED.value: NodeStatus.ERRORED,
        LoadState.CANCELLED.value: NodeStatus.CANCELLED,
    }
    return ends.get(node.load.state, NodeStatus.FAILED), node.load.error


def _link_preparation(node: NodeRun) -> None:
    """The tracked SQL that prepared the node's rows; a retry's is the newest."""
    made = Execution.objects.filter(
        project_id=node.project_id, title=f"Prepare load {node.load_id}", n_rows__isnull=False
    )
    newest = made.order_by("-created_at").values("pk")[:1]
    NodeRun.objects.filter(pk=node.pk).update(execution=Subquery(newest))


def _end_original(original: GraphRun, status: RunStatus) -> None:
    ended = GraphRun.objects.filter(pk=original.pk, status=RunStatus.ROLLING_BACK).update(
        status=status
    )
    if ended:
        write_log(original, LogLevel.WARNING, f"{status.label}.")
        write_run_event(original.pk)
