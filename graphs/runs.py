"""Verbs about runs, the only writers of their state: start, cancel, retry, pause, resume, undo.

A verb writes rows and returns; hands do the rest (graphs/execution.py).
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from graphs.binding import SheetFacts
from graphs.choices import LogLevel, NodeStatus, OnBusy, RunKind, RunStatus
from graphs.chosen_keys import Keys, read_keys
from graphs.examining import bind_sheets
from graphs.following import followed_connection
from graphs.hands import ask_advance, ask_hands
from graphs.journal import write_log, write_run_event
from graphs.launching import hold_connection, write_run
from graphs.models import Graph, GraphRun, GraphVersion, NodeRun
from graphs.progress import nodes_of, percentage_of
from graphs.references import entities_of
from graphs.rollbacks import reopen_original, rollback_effect, start_rollback
from graphs.vanishing import check_decision, read_policies
from graphs.versions import latest_version, publish_graph
from importer.choices import DatasetState, Depth, SideEffect
from importer.data.stubs import feeder_of, is_stub
from importer.errors import Invalid, Refused
from importer.loads import decide_vanished, name_winner, resume_load
from importer.models import Connection, Dataset, User
from importer.rights import require

__all__ = (
    "cancel_run",
    "go_on",
    "pause_run",
    "resume_run",
    "retry_run",
    "rollback_effect",
    "start_rollback",
    "start_run",
)

_REOPENED = (
    NodeStatus.COMPLETED_WITH_ERRORS,
    NodeStatus.FAILED,
    NodeStatus.ERRORED,
    NodeStatus.BLOCKED,
    NodeStatus.CANCELLED,
)


@transaction.atomic
def start_run(
    graph: Graph,
    *,
    by: User,
    dataset: Dataset | None = None,
    connection: Connection | None = None,
    dry_run: bool = False,
    keys: object = None,
    follows: GraphRun | None = None,
    on_busy: str = OnBusy.REFUSE,
    side_effects: Iterable[str] = (),
    vanished: object = None,
    vanished_agreed: bool = False,
    depth: str = Depth.LOCAL,
    applies: GraphRun | None = None,
    release: GraphVersion | None = None,
) -> GraphRun:
    """A run of the newest release, pending; returns at once. A graph never released is released
    first. ``keys``: ``{entity: [key]}`` loads those rows only and skips other entities.
    ``follows``: a run whose release and connection are used again with a corrected dataset.
    ``on_busy``: ``wait`` lets the run wait while another one writes to the connection.
    ``side_effects``: values of ``SideEffect`` that Odoo may have; none unless named.
    ``vanished``: ``{entity: policy}`` for rows that are in the file no more, where that is not the
    mapping's; ``vanished_agreed``: they are archived however many they are.
    ``depth``: how deep a dry run goes. ``applies``: a dry run whose plan was agreed to; the run
    comes to exactly that one or asks (graphs/agreements.py: apply_plan). ``release``: instead of
    the newest one.

    Raises NotAllowed, Refused (no or unready dataset, no connection, cannot follow), Invalid (every
    problem of the graph or of its sheets), Busy (another run writes to the connection).
    """
    require(by, "start_run", graph.project)
    if follows is not None:
        connection = followed_connection(follows, graph, dataset, connection)
    dataset = _ready_dataset(graph, dataset)
    connection = _connection(graph, connection)
    chosen = read_keys(keys)
    source = applies or follows
    released = source.version if source else release or latest_version(graph)
    version = released or publish_graph(graph, by=by, connection=connection, dataset=dataset)
    bound = _bind(version, dataset, chosen)
    waits = hold_connection(connection, dry_run=dry_run, on_busy=on_busy)
    run = GraphRun(
        project=graph.project,
        version=version,
        dataset=dataset,
        connection=connection,
        dry_run=dry_run,
        sheets=_sheets_by_entity(version, bound),
        keys=chosen,
        options=_options(side_effects)
        | _vanished(version, connection, vanished, agreed=vanished_agreed)
        | _depth(depth, dry_run=dry_run),
        started_by=by,
        follows=follows,
        applies=applies,
        waiting_since=timezone.now() if waits else None,
        error_message=waits,
    )
    write_run(run, _node_runs(run, bound))
    _tell_start(run)
    return run


def _options(side_effects: Iterable[str]) -> dict[str, Any]:
    asked = set(side_effects)
    if unknown := sorted(asked - set(SideEffect.values)):
        raise Refused(
            f"“{unknown[0]}” is no side effect that can be let happen. There are: "
            f"{', '.join(SideEffect.values)}."
        )
    wanted = [one for one in SideEffect.values if one in asked]
    return {"side_effects": wanted} if wanted else {}


def _vanished(
    version: GraphVersion, connection: Connection, value: object, *, agreed: bool
) -> dict[str, Any]:
    policies = read_policies(value, version.frozen["mappings"], connection)
    said = {"vanished": policies} if policies else {}
    return said | ({"vanished_agreed": True} if agreed else {})


def _depth(depth: str, *, dry_run: bool) -> dict[str, Any]:
    if depth not in Depth.values:
        raise Refused(f"“{depth}” is no depth of a dry run. There are: {', '.join(Depth.values)}.")
    if depth == Depth.LOCAL:
        return {}
    if not dry_run:
        raise Refused("Only a dry run has a depth; a run that loads rows asks Odoo anyway.")
    return {"depth": str(depth)}


def _tell_start(run: GraphRun) -> None:
    what = f"Dry run ({run.depth_label})" if run.dry_run else "Run"
    after = f", after run {run.follows_id.hex[:8]}" if run.follows_id else ""
    after += f", to apply the plan {run.applies_id.hex[:8]}" if run.applies_id else ""
    asked = f"{what} of {run.version} asked for by {run.started_by} on “{run.connection}”{after}."
    write_log(run, LogLevel.INFO, asked)
    if wanted := run.side_effects:
        write_log(run, LogLevel.WARNING, f"Odoo is let do this besides: {'; '.join(wanted)}.")
    if run.error_message:
        write_log(run, LogLevel.INFO, run.error_message)


@transaction.atomic
def cancel_run(run: GraphRun, *, by: User) -> GraphRun:
    """Ask the run to stop. What is in doubt is settled first, so it may go on for a while."""
    require(by, "cancel_run", run.project)
    asked = GraphRun.objects.filter(
        pk=run.pk, status__in=RunStatus.unfinished(), cancel_requested_at=None
    ).update(cancel_requested_at=timezone.now())
    run.refresh_from_db()
    if not asked and run.is_finished:
        raise Refused(f"The run has ended already ({run.get_status_display()}).")
    # A paused run has hands for its open batches again: they must be settled before the end.
    woken = GraphRun.objects.filter(pk=run.pk, status=RunStatus.PAUSED)
    if woken.update(status=RunStatus.RUNNING) or asked:
        _resume_loads(run)
        write_log(run, LogLevel.WARNING, f"{by} asked to cancel the run.")
        _tell(run)
    return run


@transaction.atomic
def retry_run(
    run: GraphRun, *, by: User, winner: str = "", on_busy: str = OnBusy.REFUSE
) -> GraphRun:
    """The same run once more, as its next attempt: only rows that failed or were blocked, and
    nodes that did not end. ``winner`` (source or odoo) decides rows that wait because a field was
    changed on both sides; empty: they go on waiting. ``on_busy``: ``wait`` lets it wait while
    another run writes to the connection. Raises Refused in any state that cannot be retried,
    Busy."""
    require(by, "retry_run", run.project)
    if run.dry_run:
        raise Refused("A dry run is not retried, it has sent nothing. Start another one.")
    waits = hold_connection(run.connection, dry_run=False, besides=run.pk, on_busy=on_busy)
    claimed = GraphRun.objects.filter(pk=run.pk, status__in=RunStatus.retryable()).update(
        status=RunStatus.PENDING,
        attempt=F("attempt") + 1,
        error_message=waits,
        waiting_since=timezone.now() if waits else None,
        cancel_requested_at=None,
        checked_at=None,
        lease_until=None,
        ended_at=None,
    )
    run.refresh_from_db()
    if not claimed:
        state = run.get_status_display()
        raise Refused(f"Only a run that ended with errors can be retried; this one is: {state}.")
    if run.kind == RunKind.ROLLBACK:
        reopen_original(run)
    name_winner((node.load for node in run.node_runs.all() if node.load), winner)
    run.node_runs.filter(status__in=_REOPENED).update(
        status=NodeStatus.PENDING, error_message="", ended_at=None
    )
    GraphRun.objects.filter(pk=run.pk).update(percentage=percentage_of(nodes_of(run)))
    write_log(run, LogLevel.INFO, f"{by} asked for attempt {run.attempt}. {waits}".rstrip())
    _tell(run)
    return run


@transaction.atomic
def pause_run(run: GraphRun, *, by: User) -> GraphRun:
    """Stop after the batches under way; resume goes on where it was. The run keeps its connection.

    Raises NotAllowed, Refused (the run is not at work, is being cancelled, or waits)."""
    require(by, "pause_run", run.project)
    at_work = (RunStatus.PENDING, RunStatus.RUNNING)
    paused = GraphRun.objects.filter(
        pk=run.pk, status__in=at_work, cancel_requested_at=None, waiting_since=None
    ).update(status=RunStatus.PAUSED, error_message=f"Paused by {by}.")
    run.refresh_from_db()
    if not paused:
        raise Refused(_why_not_paused(run))
    write_log(run, LogLevel.WARNING, f"{by} paused the run.")
    write_run_event(run.pk)
    run.refresh_from_db()
    return run


def _why_not_paused(run: GraphRun) -> str:
    if run.waiting_since is not None:
        return "This run has not begun, it waits for its connection. Cancel it instead."
    if run.cancel_requested_at is not None and not run.is_finished:
        return "This run is being cancelled."
    return f"Only a run at work can be paused; this one is: {run.get_status_display()}."


@transaction.atomic
def resume_run(run: GraphRun, *, by: User, vanished: str = "") -> GraphRun:
    """Let a paused run go on, after the cause of the pause is gone. ``vanished``: where it asks
    what becomes of the many rows that are in the file no more, ``archive`` or ``keep`` them."""
    require(by, "resume_run", run.project)
    check_decision(vanished)
    return go_on(run, f"{by} resumed the run.{_said_of_vanished(vanished)}", vanished)


def go_on(run: GraphRun, sentence: str, vanished: str = "") -> GraphRun:
    """Inside a verb: a paused run goes on, and the log says why."""
    resumed = GraphRun.objects.filter(pk=run.pk, status=RunStatus.PAUSED).update(
        status=RunStatus.RUNNING, error_message=""
    )
    run.refresh_from_db()
    if not resumed:
        raise Refused(f"Only a paused run can be resumed; this one is: {run.get_status_display()}.")
    _resume_loads(run)
    _decide_vanished(run, vanished)
    write_log(run, LogLevel.INFO, sentence)
    _tell(run)
    return run


def _resume_loads(run: GraphRun) -> None:
    """What stalled in doubt is tried again, and what was under way gets hands."""
    for node in run.node_runs.filter(status__in=NodeStatus.unfinished()).exclude(load=None):
        if node.load is not None:
            resume_load(node.load)
            ask_hands(node)


def _decide_vanished(run: GraphRun, decision: str) -> None:
    if not decision:
        return
    nodes = run.node_runs.exclude(load=None).select_related("load")
    if not decide_vanished((node.load for node in nodes if node.load), decision):
        raise Refused("This run does not ask what becomes of rows that vanished.")


def _said_of_vanished(decision: str) -> str:
    said = {"archive": "are archived", "keep": "are kept"}.get(decision)
    return f" The rows that vanished {said}." if said else ""


def _tell(run: GraphRun) -> None:
    write_run_event(run.pk)
    ask_advance(run)
    run.refresh_from_db()


def _ready_dataset(graph: Graph, dataset: Dataset | None) -> Dataset:
    dataset = dataset or graph.dataset
    if dataset is None:
        raise Refused("Choose a dataset: neither the graph nor the request names one.")
    if dataset.project_id != graph.project_id:
        raise Refused(f"The dataset “{dataset}” belongs to another project.")
    if dataset.state != DatasetState.READY:
        reason = dataset.error or f"it is: {dataset.get_state_display()}"
        raise Refused(f"The dataset “{dataset}” cannot be loaded: {reason}.")
    return dataset


def _connection(graph: Graph, connection: Connection | None) -> Connection:
    connection = connection or graph.connection
    if connection is None:
        raise Refused("Choose a connection: neither the graph nor the request names one.")
    if connection.project_id != graph.project_id:
        raise Refused(f"The connection “{connection}” belongs to another project.")
    return connection


def _is_chosen(frozen: dict[str, Any], chosen: Keys | None) -> bool:
    """Stubs are made for chosen rows, and only where it is known whom their entity's sheet has."""
    wanted = {feeder_of(frozen)["entity"]["name"]}
    if is_stub(frozen) and frozen["stub"]["beside"]:
        wanted.add(frozen["entity"]["name"])
    return chosen is None or wanted <= chosen.keys()


def _bind(version: GraphVersion, dataset: Dataset, chosen: Keys | None) -> dict[str, SheetFacts]:
    mappings = version.frozen["mappings"]
    known = {entity for frozen in mappings.values() for entity in entities_of(frozen)}
    if chosen is not None and not chosen.keys() <= known:
        names = ", ".join(sorted(chosen.keys() - known))
        raise Refused(f"The graph loads no {names}; it loads {', '.join(sorted(known))}.")
    wanted = {node: frozen for node, frozen in mappings.items() if _is_chosen(frozen, chosen)}
    bound, problems = bind_sheets(wanted, dataset)
    if problems:
        raise Invalid(problems)
    return bound


def _rows_of(frozen: dict[str, Any], sheet: SheetFacts | None) -> int:
    """Rows to expect; how many stubs are asked for is known only once the sheet is prepared."""
    return 0 if sheet is None or is_stub(frozen) else sheet.n_rows


def _sheets_by_entity(version: GraphVersion, bound: dict[str, SheetFacts]) -> dict[str, int]:
    mappings = version.frozen["mappings"]
    return {feeder_of(mappings[node])["entity"]["name"]: sheet.id for node, sheet in bound.items()}


def _node_runs(run: GraphRun, bound: dict[str, SheetFacts]) -> list[NodeRun]:
    frozen = run.version.frozen
    return [
        NodeRun(
            project_id=run.project_id,
            run=run,
            node_id=node_id,
            position=position,
            level=frozen["levels"][node_id],
            odoo_model=frozen["mappings"][node_id]["entity"]["odoo_model"],
            sheet_rows=_rows_of(frozen["mappings"][node_id], bound.get(node_id)),
            status=NodeStatus.PENDING if node_id in bound else NodeStatus.SKIPPED,
        )
        for position, node_id in enumerate(frozen["order"])
    ]
