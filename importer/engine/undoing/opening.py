"""Opens an undo load, and settles what its original left in doubt before anything is undone."""

from collections.abc import Collection

from django.db import transaction

from importer.choices import BatchState, LoadKind, LoadState
from importer.engine.desk import Desk
from importer.engine.leases import claim_step, end_step, release_target
from importer.engine.send_step import is_settled, send_next
from importer.engine.undoing.abandoned import look_at_abandoned
from importer.engine.undoing.ground import OPTIONS, original_of
from importer.errors import Refused
from importer.models import Batch, Load


def open_undo(
    load: Load,
    *,
    archive: bool,
    remove_edited: bool = False,
    dry_run: bool = False,
    after: Collection[int] = (),
) -> Load:
    """An undo of ``load``, nothing done yet. ``archive``: records that have to stay are archived
    where their model can be. ``remove_edited``: created records go even if somebody else edited
    them since. ``dry_run``: only planned, as if the dry undo loads ``after`` (ids) had been carried
    out before. Raises Refused for what cannot be undone."""
    if load.kind != LoadKind.LOAD or load.dry_run:
        raise Refused("Only a load that has sent something can be undone.")
    if load.state not in LoadState.ended():
        raise Refused(f"Load {load.pk} has not ended yet; cancel it first, or wait.")
    options = {"archive": archive, "remove_edited": remove_edited, "after": list(after)}
    with transaction.atomic():
        # What was given up on is tried once more: it must be known before it can be undone.
        if not dry_run:
            Batch.objects.filter(load=load, state=BatchState.STALLED).update(
                state=BatchState.IN_DOUBT, transients=0, not_before=None
            )
        return Load.objects.create(
            project_id=load.project_id,
            kind=LoadKind.UNDO,
            reverts=load,
            connection_id=load.connection_id,
            entity_id=load.entity_id,
            odoo_model=load.odoo_model,
            mapping={**load.mapping, OPTIONS: options, "side_effects": []},
            mapping_sha256=load.mapping_sha256,
            sheet_id=load.sheet_id,
            high_water=load.high_water,
            dry_run=dry_run,
            rows_total=load.created + load.updated,
        )


def settle_original(desk: Desk) -> bool:
    """One batch of the reverted load that is in doubt, or, when there is none, on to planning.
    False when nothing is free now. A dry run settles nothing, as that would send."""
    original = original_of(desk.load)
    if not desk.load.dry_run and not is_settled(original):
        with _desk_of(original, desk) as other:
            return send_next(other, only_in_doubt=True)
    with _desk_of(original, desk) as other:
        look_at_abandoned(other)
    if not desk.load.dry_run:
        release_target(original)
    states = (LoadState.PENDING, LoadState.PREPARING)
    if not claim_step(desk.load, states, LoadState.PREPARING, desk.worker):
        return False
    with transaction.atomic():
        kept = end_step(desk.load, LoadState.PREPARING, desk.worker, state=LoadState.PLANNING)
        if kept:
            desk.reporter.progressed(desk.load)
    return kept


def _desk_of(original: Load, desk: Desk) -> Desk:
    whole = Load.objects.select_related("connection", "entity", "project", "sheet__dataset")
    other = Desk(
        load=whole.get(pk=original.pk),
        reporter=desk.reporter,
        worker=desk.worker,
        open_client=desk.open_client,
        facts_of=desk.facts_of,
    )
    other.start_heartbeat()
    return other
