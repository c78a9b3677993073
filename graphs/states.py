"""Turns the rows of a run into the plain values that the rules of graphs/active.py read."""

from graphs.active import NodeState
from graphs.choices import RunKind
from graphs.definition import Definition, parse
from graphs.models import GraphRun, NodeRun
from graphs.ordering import parents_of
from graphs.progress import nodes_of
from importer.choices import LoadKind
from importer.models import Load

_GOOD = ("created", "updated", "adopted", "unchanged", "archived")
_GOOD_UNDO = ("removed", "restored", "archived", "unchanged")


def definition_of(run: GraphRun) -> Definition:
    """The released graph as this run walks it: a rollback walks it backwards."""
    definition, _ = parse(run.version.frozen["spec"], is_released=True)
    return definition.reversed() if run.kind == RunKind.ROLLBACK else definition


def node_states(
    run: GraphRun, nodes: list[NodeRun] | None = None, definition: Definition | None = None
) -> list[NodeState]:
    """The run's nodes as the rules see them, in order, as the database says now. ``definition``:
    the run's own, where it is at hand."""
    definition = definition or definition_of(run)
    parents = parents_of(definition)
    is_load = run.kind == RunKind.LOAD
    states = []
    for row in nodes_of(run) if nodes is None else nodes:
        node = definition.node(row.node_id)
        good, failed, blocked = outcome(row.load)
        states.append(
            NodeState(
                id=row.node_id,
                status=row.status,
                parents=parents[row.node_id],
                halts=is_load and node.halts,
                max_errors=node.max_errors if is_load else None,
                good=good,
                failed=failed,
                blocked=blocked,
            )
        )
    return states


def outcome(load: Load | None) -> tuple[int, int, int]:
    """(good, failed, blocked) rows of a load; what an undo kept in Odoo counts as blocked."""
    if load is None:
        return 0, 0, 0
    if load.kind == LoadKind.UNDO:
        kept = 0 if load.dry_run else load.kept  # a plan that says so is whole
        return _sum(load, _GOOD_UNDO), load.failed, kept
    return _sum(load, _GOOD), load.failed, load.blocked


def _sum(load: Load, names: tuple[str, ...]) -> int:
    return sum(getattr(load, name) for name in names)
