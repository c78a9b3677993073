"""Verbs that undo a run: what it would do in numbers, and starting it. The undoing is a run of its
own, of kind rollback, over the same nodes in reverse order.
"""

from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef

from graphs.choices import LogLevel, NodeStatus, RunKind, RunStatus
from graphs.journal import write_log, write_run_event
from graphs.launching import hold_connection, write_run
from graphs.models import GraphRun, NodeRun
from graphs.progress import nodes_of
from importer.choices import LoadKind
from importer.errors import Refused
from importer.models import Batch, Change, KeyMap, User
from importer.rights import require

# Such a rollback has been through all its records. What it kept was edited since, or is refused by
# Odoo, and is found so again, record by record.
_THROUGH = (RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS)


@transaction.atomic
def start_rollback(
    run: GraphRun,
    *,
    by: User,
    archive: bool = False,
    without_later: bool = False,
    remove_edited: bool = False,
) -> GraphRun:
    """A rollback run that reverts ``run``, pending. ``archive``: what Odoo refuses to remove is
    archived. ``without_later``: leave out records that later runs touched, instead of refusing.
    ``remove_edited``: remove created records even where somebody else edited them since.

    Raises NotAllowed, Busy, Refused (wrong state, or a later run touched the run's records).
    """
    require(by, "rollback_run", run.project)
    refuse_what_sent_nothing(run)
    hold_connection(run.connection, dry_run=False, besides=run.pk)
    if not without_later:
        _refuse_if_touched_later(run)
    _claim(run, RunStatus.can_be_rolled_back())
    options = {"archive": archive, "without_later": without_later, "remove_edited": remove_edited}
    rollback = write_rollback(run, by=by, dry_run=False, options=options)
    write_log(rollback, LogLevel.INFO, f"Rollback of run {run.pk.hex[:8]} asked for by {by}.")
    write_log(run, LogLevel.WARNING, f"{by} rolls this run back (run {rollback.pk.hex[:8]}).")
    write_run_event(run.pk)
    run.refresh_from_db()
    return rollback


def rollback_effect(run: GraphRun) -> dict[str, Any]:
    """The numbers a person confirms: ``{remove, restore, nodes: [{node, model, remove, restore}],
    later_runs: [sentence]}``, in the order of undoing. How many are kept is known only later."""
    nodes: list[dict[str, Any]] = [
        {
            "node": node.node_id,
            "model": node.odoo_model,
            "remove": node.load.created,
            "restore": node.load.updated,
        }
        for node in reversed(nodes_of(run))
        if node.load is not None
    ]
    return {
        "remove": sum(node["remove"] for node in nodes),
        "restore": sum(node["restore"] for node in nodes),
        "nodes": nodes,
        "later_runs": later_run_sentences(run),
    }


def later_runs(run: GraphRun) -> list[dict[str, Any]]:
    """Runs, not rolled back as far as can be, that touched records of ``run`` after it: ``[{id,
    graph, records}]``, oldest first."""
    through = GraphRun.objects.filter(
        kind=RunKind.ROLLBACK, reverts__isnull=False, dry_run=False, status__in=_THROUGH
    ).values("reverts")
    mine = list(run.node_runs.exclude(load=None).values_list("load_id", flat=True))
    same_record = {"odoo_model": OuterRef("odoo_model"), "odoo_id": OuterRef("odoo_id")}
    changed = Change.objects.filter(load__in=mine, batch_id__lt=OuterRef("batch_id"), **same_record)
    # What was created has no image from before; its key map entry names the batch.
    created = KeyMap.objects.filter(
        connection=run.connection,
        created_batch__in=Batch.objects.filter(load__in=mine).values("pk"),
        **same_record,
    )
    touched = (
        Change.objects.filter(load__connection=run.connection, load__kind=LoadKind.LOAD)
        .exclude(load__in=mine)
        .exclude(load__node_run__run__status=RunStatus.ROLLED_BACK)
        .exclude(load__node_run__run__in=through)
        .filter(Exists(changed) | Exists(created))
    )
    counts = (
        touched.values("load__node_run__run", "load__node_run__run__version__graph__name")
        .annotate(records=Count("odoo_id", distinct=True))
        .order_by("load__node_run__run__created_at")
    )
    return [
        {
            "id": str(row["load__node_run__run"]),
            "graph": row["load__node_run__run__version__graph__name"],
            "records": row["records"],
        }
        for row in counts
    ]


def later_run_sentences(run: GraphRun) -> list[str]:
    """The same for people: id, graph and number of records of each."""
    return [_named(one) for one in later_runs(run)]


def reopen_original(rollback: GraphRun) -> None:
    """The run that a rollback reverts is being rolled back again (the rollback is retried)."""
    if rollback.reverts is not None:
        _claim(rollback.reverts, (RunStatus.ROLLBACK_INCOMPLETE,))
        write_run_event(rollback.reverts.pk)


def refuse_what_sent_nothing(run: GraphRun) -> None:
    """Refused for rollbacks and dry runs."""
    if run.kind != RunKind.LOAD:
        raise Refused("A rollback cannot be rolled back. Run the graph again instead.")
    if run.dry_run:
        raise Refused("A dry run has sent nothing, so there is nothing to roll back.")


def _refuse_if_touched_later(run: GraphRun) -> None:
    later = later_run_sentences(run)
    if not later:
        return
    raise Refused(
        f"Later runs touched records of this one: {', '.join(later)}. Roll those back first, or "
        "choose to roll back without the records they touched."
    )


def _named(later: dict[str, Any]) -> str:
    records = "1 record" if later["records"] == 1 else f"{later['records']:,} records"
    return f"{later['id'][:8]} of “{later['graph']}” ({records})"


def _claim(run: GraphRun, states: tuple[str, ...]) -> None:
    claimed = GraphRun.objects.filter(pk=run.pk, status__in=states).update(
        status=RunStatus.ROLLING_BACK
    )
    run.refresh_from_db()
    if not claimed:
        raise not_now(run)


def not_now(run: GraphRun) -> Refused:
    """Why a run in this state is not rolled back, nor a rollback of it planned."""
    return Refused(f"This run cannot be rolled back now; it is: {run.get_status_display()}.")


def write_rollback(run: GraphRun, *, by: User, dry_run: bool, options: dict[str, bool]) -> GraphRun:
    """A run that reverts ``run``, pending, with its nodes."""
    rollback = GraphRun(
        project=run.project,
        kind=RunKind.ROLLBACK,
        version=run.version,
        dataset=run.dataset,
        connection=run.connection,
        reverts=run,
        dry_run=dry_run,
        options=options,
        started_by=by,
    )
    return write_run(rollback, _undo_nodes(rollback, run))


def _undo_nodes(rollback: GraphRun, run: GraphRun) -> list[NodeRun]:
    """The nodes of a rollback of ``run``: those that have loaded something, backwards."""
    nodes = nodes_of(run)
    depth = max(node.level for node in nodes)
    return [
        NodeRun(
            project_id=run.project_id,
            run=rollback,
            node_id=node.node_id,
            position=position,
            level=depth - node.level,
            odoo_model=node.odoo_model,
            sheet_rows=node.load.created + node.load.updated if node.load else 0,
            status=NodeStatus.PENDING if node.load else NodeStatus.SKIPPED,
        )
        for position, node in enumerate(reversed(nodes))
    ]
