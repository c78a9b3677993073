"""What hands do for a run: take its next steps, and work on one node's load for a while.

Safe to run twice and at once: every step is taken under the run's row lock, every piece of a load
is claimed by the engine. A PostgreSQL that is away ends the hand; dispatch sends another.
"""

import logging
import time
import traceback
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from graphs.active import Next, next_steps
from graphs.choices import LogLevel, NodeStatus, RunStatus
from graphs.ending import close_ended_nodes, close_node, end_run
from graphs.hands import ask_hands, ask_hands_again, note_hand
from graphs.journal import write_log
from graphs.last_look import is_last_look_due, look_once_more
from graphs.models import GraphRun, NodeRun
from graphs.opening import open_node
from graphs.progress import nodes_of
from graphs.reconciling import is_reconciliation_due, reconcile_at_the_end
from graphs.reporter import RunReporter
from graphs.states import node_states
from graphs.targets import is_target_checked
from graphs.waiting import let_in
from importer import loads
from importer.errors import StowageError
from importer.odoo.errors import PAUSING, OdooError
from importer.worker_names import own_name

SLICE_SECONDS = 20.0
_AT_WORK = (NodeStatus.PREPARING, NodeStatus.RUNNING)
logger = logging.getLogger(__name__)


def advance_run(run_id: UUID) -> int | None:
    """Take every step that is due: check the target, start nodes whose parents are done, block
    those that cannot start, wind down, end the run. Returns at once when nothing is.

    The node run that the caller is to go on with, so that it need not go over the queue first; for
    others that were started hands are asked for."""
    run = GraphRun.objects.select_related("connection", "version").filter(pk=run_id).first()
    if run is None or run.status not in (RunStatus.PENDING, RunStatus.RUNNING):
        return None
    if not let_in(run) or not is_target_checked(run):
        return None
    mine: list[int] = []
    while _take_step(run_id, mine):
        pass
    return mine[0] if mine else None


def work_node(node_run_id: int, *, seconds: float = SLICE_SECONDS) -> None:
    """Work on a node's load for about ``seconds``, and on a node that may start once it has ended;
    then ask for another hand if more is left."""
    until = time.monotonic() + seconds
    own: int | None = node_run_id
    while own is not None:
        node = _node_at_work(own)
        if node is None or node.load_id is None:
            return
        left = until - time.monotonic()
        ended_with = _work(node, node.load_id, left) if left > 0 else loads.Work.WORKED_MORE_LEFT
        if ended_with is loads.Work.WORKED_MORE_LEFT and not RunReporter(node).is_stopping():
            ask_hands(node)
            return
        own = advance_run(node.run_id)


def _node_at_work(node_run_id: int) -> NodeRun | None:
    rows = NodeRun.objects.select_related("run__connection", "run__version", "load")
    node = rows.filter(pk=node_run_id).first()
    if node is None or node.status not in _AT_WORK or node.run.status != RunStatus.RUNNING:
        return None
    return node


def _work(node: NodeRun, load_id: int, seconds: float) -> loads.Work | None:
    """One slice; None when it ended in an error, which is then on the node."""
    reporter = RunReporter(node)
    try:
        return loads.work(load_id, reporter=reporter, worker=own_name(), seconds=seconds)
    except (OperationalError, InterfaceError):
        raise  # nothing may be concluded; leases run out and dispatch sends another hand
    except PAUSING as error:
        reporter.pause(str(error))
    except (StowageError, OdooError) as error:
        _fail(node, NodeStatus.FAILED, str(error))
    except Exception as error:
        logger.exception("Node %s of run %s met a bug.", node.node_id, node.run_id)
        _fail(node, NodeStatus.ERRORED, _bug_sentence(error), error)
    return None


def _bug_sentence(error: Exception) -> str:
    return (
        f"An error of Stowage itself stopped this node ({type(error).__name__}); the log has the "
        "details. What was sent before is recorded and can be rolled back."
    )


@transaction.atomic
def _fail(node: NodeRun, status: NodeStatus, sentence: str, bug: Exception | None = None) -> None:
    GraphRun.objects.select_for_update(no_key=True).get(pk=node.run_id)
    if close_node(node, status, sentence):
        write_log(
            node.run,
            LogLevel.ERROR,
            sentence,
            node_id=node.node_id,
            error_type=type(bug).__name__ if bug else "",
            traceback="".join(traceback.format_exception(bug)) if bug else "",
        )


def _take_step(run_id: UUID, mine: list[int]) -> bool:
    """One look under the run's lock; True when it changed something and another is due. ``mine``
    gets the node that this hand keeps for itself."""
    with transaction.atomic():
        run = GraphRun.objects.select_for_update(no_key=True).get(pk=run_id)
        if run.status != RunStatus.RUNNING:
            return False
        nodes = nodes_of(run)
        has_closed = close_ended_nodes(run, nodes)
        is_cancelling = run.cancel_requested_at is not None
        steps = next_steps(node_states(run, nodes), is_cancelling=is_cancelling)
        is_look_due = bool(steps.end) and is_last_look_due(run)
        is_report_due = bool(steps.end) and not is_look_due and is_reconciliation_due(run, nodes)
        if not (is_look_due or is_report_due):
            _apply(run, {node.node_id: node for node in nodes}, steps, mine)
    if is_look_due:
        return look_once_more(run)
    if is_report_due:
        return reconcile_at_the_end(run)
    # Outside the lock: a hand that commits a batch locks its load first and the run last.
    has_stopped = _wind_down([node for node in nodes if node.node_id in steps.wind_down])
    return (has_closed or has_stopped or not steps.is_idle()) and not steps.end


def _apply(run: GraphRun, nodes: dict[str, NodeRun], steps: Next, mine: list[int]) -> None:
    for node_id in steps.start:
        node = nodes[node_id]
        open_node(run, node)
        if node.status in _AT_WORK and mine:
            ask_hands(node)
        elif node.status in _AT_WORK:
            mine.append(node.pk)
            note_hand(node)
            if node.load is not None:
                ask_hands(node, hands=loads.early_hands(node.load))
    for node_id, reason in steps.block:
        close_node(nodes[node_id], NodeStatus.BLOCKED, reason)
    for node_id in steps.cancel:
        close_node(nodes[node_id], NodeStatus.CANCELLED, "Cancelled before it began.")
    if steps.end:
        end_run(run, RunStatus(steps.end))


def _wind_down(nodes: list[NodeRun]) -> bool:
    """Stop the nodes' loads; True when one has stopped. Those with a batch in doubt need hands
    until it is settled."""
    has_stopped = False
    for node in nodes:
        if node.load is not None and loads.cancel_load(node.load):
            has_stopped = True
        else:
            ask_hands_again(node, timezone.now())
    return has_stopped
