"""Opens a node: its load is made, or an earlier one is taken up again by a retry. Called under the
run's lock; nothing is sent here.
"""

from typing import Any

from django.utils import timezone

from graphs.choices import LogLevel, NodeStatus, RunKind
from graphs.ending import close_node
from graphs.journal import write_log, write_node_event
from graphs.models import GraphRun, NodeRun
from importer import loads
from importer.choices import LoadState
from importer.data.companies import in_company
from importer.data.stubs import feeder_of
from importer.errors import Refused, StowageError
from importer.models import Entity, Load, Plan, Sheet


def open_node(run: GraphRun, node: NodeRun) -> None:
    """From pending to preparing. A load that cannot be opened fails the node with its sentence."""
    try:
        load = _load_for(run, node)
    except StowageError as error:
        if close_node(node, NodeStatus.FAILED, str(error)):
            write_log(run, LogLevel.ERROR, str(error), node_id=node.node_id)
        return
    node.load = load
    node.status = NodeStatus.PREPARING
    node.started_at = node.started_at or timezone.now()
    node.error_message = ""
    node.save(update_fields=("load", "status", "started_at", "error_message"))
    write_node_event(run, node)


def _load_for(run: GraphRun, node: NodeRun) -> Load:
    if node.load is not None:
        loads.open_retry(node.load)
        return node.load
    if run.kind == RunKind.ROLLBACK:
        return _undo(run, node)
    return _load(run, node, run.version.frozen["mappings"][node.node_id])


def _load(run: GraphRun, node: NodeRun, frozen: dict[str, Any]) -> Load:
    feeder = feeder_of(frozen)["entity"]["name"]
    return loads.open_load(
        project=run.project,
        connection=run.connection,
        entity=Entity.objects.get(pk=frozen["entity"]["id"]),
        frozen=in_company(frozen, run.connection.companies),
        sheet=Sheet.objects.get(pk=run.sheets[feeder]),
        dry_run=run.dry_run,
        keys=run.keys[feeder] if run.keys else None,
        side_effects=run.options.get("side_effects") or (),
        vanished=(run.options.get("vanished") or {}).get(frozen["entity"]["name"], ""),
        vanished_agreed=bool(run.options.get("vanished_agreed")),
        depth=run.depth,
        agreed=_agreed_plan(run, node),
    )


def _agreed_plan(run: GraphRun, node: NodeRun) -> Plan | None:
    """The node's plan in the dry run whose plan this run applies."""
    if run.applies_id is None:
        return None
    plans = Plan.objects.filter(load__node_run__run=run.applies_id)
    found = plans.filter(load__node_run__node_id=node.node_id).first()
    if found is None:
        raise Refused(
            "This node was skipped in the plan that was agreed to, so it sends nothing. Start "
            "another dry run and agree to that."
        )
    return found


def _undo(run: GraphRun, node: NodeRun) -> Load:
    original = NodeRun.objects.select_related("load").get(
        run_id=run.reverts_id, node_id=node.node_id
    )
    if original.load is None:
        raise AssertionError(f"Node {node.node_id} has nothing to undo and should be skipped.")
    return loads.open_undo(
        original.load,
        archive=bool(run.options.get("archive")),
        remove_edited=bool(run.options.get("remove_edited")),
        dry_run=run.dry_run,
        after=_planned_before(run) if run.dry_run else (),
    )


def _planned_before(run: GraphRun) -> list[int]:
    """Loads of a dry rollback whose records would be gone by now."""
    ended = run.node_runs.filter(load__state=LoadState.DONE)
    return [load for load in ended.values_list("load_id", flat=True) if load is not None]
