"""A fence in Odoo: an external id of ours that every call of an epoch refers to. Once it is
deleted, whatever was sent under that epoch and has not begun yet keeps nothing.

Holds no lease itself; a login that may not write external ids works without a fence, and says so.
"""

import logging
from collections.abc import Callable
from secrets import token_hex

from django.db import connection

from importer.choices import BatchKind
from importer.engine.desk import Desk
from importer.errors import Busy
from importer.models import Batch, Load, TargetLease
from importer.odoo.errors import AccessRefused, DataRefused, OdooError, ServerBug, Unsupported
from importer.odoo.protocols import OdooClient

logger = logging.getLogger(__name__)

_DATA = "ir.model.data"
_NONE = "none_"
OPEN_WINDOW = (
    "This login may not write external ids in Odoo, so its calls carry no fence: if one of our "
    "processes is stopped for longer than its lease just before it sends an update, and goes on "
    "later, that update may overwrite what was written to the same records in between. A late "
    "create leaves existing records alone, but makes them anew once they were rolled back; a "
    "rollback looks twice for such records, and none that come later are removed."
)
_REFUSALS = (AccessRefused, DataRefused, ServerBug, Unsupported)
_FENCED = (BatchKind.CREATE, BatchKind.UPDATE, BatchKind.WRITE, BatchKind.VANISH)
_TRIES = 5


def hold_fence(desk: Desk, batch: Batch) -> str:
    """The external id that this batch's call must refer to, empty where there is none. Whatever
    was sent under older epochs is shut out when this returns. The batch moves on to the epoch of
    its load's lease. Raises Busy when the load has lost its target, else an OdooError."""
    for _ in range(_TRIES):
        lease = TargetLease.objects.get(
            connection=desk.load.connection_id, odoo_model=desk.load.odoo_model
        )
        if lease.load_id != desk.load.pk or not _follow(batch, lease.epoch):
            break
        known = _known(lease)
        if known is not None:
            return known
        made = _renew(desk, batch, lease)
        if _keep(lease, made):
            return made if _is_real(made) else ""
    raise Busy(f"{desk.load.odoo_model} on “{desk.load.connection}” has changed hands.")


def _follow(batch: Batch, epoch: int) -> bool:
    """Another batch of the same load may have asked for a new epoch since this one was claimed."""
    if batch.epoch == epoch:
        return True
    held = Batch.objects.filter(
        pk=batch.pk, worker=batch.worker, state=batch.state, epoch=batch.epoch
    )
    if held.update(epoch=epoch):
        batch.epoch = epoch
        return True
    return False


def _known(lease: TargetLease) -> str | None:
    """What was settled for this epoch: a fence, none (empty), or None where it must be made."""
    if not lease.fence_xid or _epoch_of(lease.fence_xid) != lease.epoch:
        return None
    return lease.fence_xid if _is_real(lease.fence_xid) else ""


def _epoch_of(fence: str) -> int:
    last = fence.rpartition("_")[2]
    return int(last) if last.isdecimal() else 0


def _is_real(fence: str) -> bool:
    return bool(fence) and not fence.startswith(_NONE)


def _renew(desk: Desk, batch: Batch, lease: TargetLease) -> str:
    """Shut out the older epochs, then make this one's fence; ``none_<epoch>`` where the login may
    not, or the batch's calls have no place for it."""
    is_carried = batch.kind in _FENCED and "write_uid" in desk.facts.fields
    try:
        if is_carried or _is_real(lease.fence_xid):
            _delete(desk.client, desk.namespace, lease, lambda epoch: epoch < lease.epoch)
        if is_carried:
            return _make(desk.client, desk.namespace, lease)
    except _REFUSALS as refusal:
        logger.info("No fence for %s: %s", lease.odoo_model, refusal)
        if is_carried:
            desk.reporter.log("warning", OPEN_WINDOW, once=True)
    return f"{_NONE}{lease.epoch}"


def _make(client: OdooClient, namespace: str, lease: TargetLease) -> str:
    # A name of its own each time: a fence that was deleted must never come back.
    name = f"fence_{lease.pk}_{token_hex(4)}_{lease.epoch}"
    values = {"module": namespace, "name": name, "model": "res.users", "res_id": client.uid}
    try:
        client.create_record(_DATA, values | {"noupdate": True})
    except DataRefused:
        # A proxy that repeats requests: the first made it, and no one else knows this name.
        if not client.search(_DATA, [["module", "=", namespace], ["name", "=", name]]):
            raise
    return f"{namespace}.{name}"


def _delete(
    client: OdooClient, namespace: str, lease: TargetLease, is_old: Callable[[int], bool]
) -> None:
    """Delete this lease's fences of such epochs."""
    wanted = f"fence_{lease.pk}_"
    domain = [["module", "=", namespace], ["name", "like", "fence_"]]
    for tries_left in reversed(range(_TRIES)):
        found = client.search_read(_DATA, domain, ["name"])
        ours = [(one["id"], one["name"]) for one in found if one["name"].startswith(wanted)]
        old = [row for row, name in ours if is_old(_epoch_of(name))]
        if not old:
            return
        try:
            client.unlink(_DATA, old)
        except DataRefused:
            # Another hand of ours was faster; look what is left.
            if not tries_left:
                raise


def _keep(lease: TargetLease, made: str) -> bool:
    """Note the fence for its epoch; False when another hand has noted one, or taken over."""
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [made, lease.pk, lease.epoch, lease.load_id, lease.fence_xid])
        return bool(cursor.rowcount)


_KEEP = """
UPDATE importer_targetlease SET fence_xid = %s
WHERE id = %s AND epoch = %s AND load_id = %s AND fence_xid = %s"""


def lose_fence(batch: Batch, fence: str) -> None:
    """Odoo does not know this fence any more: where it is still its epoch's, somebody deleted it
    in Odoo, and another one is made before the next call."""
    TargetLease.objects.filter(
        connection=batch.load.connection_id, odoo_model=batch.load.odoo_model, fence_xid=fence
    ).update(fence_xid="")


def left_fence(load: Load) -> TargetLease | None:
    """The lease of an ended load whose fence is still in Odoo; None where another load has the
    target by now, and for a dry run, which writes nothing, not even that."""
    if load.dry_run:
        return None
    lease = TargetLease.objects.filter(
        connection=load.connection_id, odoo_model=load.odoo_model, load=None
    ).first()
    return lease if lease and _is_real(lease.fence_xid) else None


def drop_fence(lease: TargetLease, namespace: str, client: OdooClient) -> None:
    """Delete what ``left_fence`` found. What cannot be deleted now is deleted by whoever takes the
    target next."""
    try:
        _delete(client, namespace, lease, lambda epoch: epoch <= lease.epoch)
    except OdooError as error:
        logger.warning("The fence %s was left in Odoo: %s", lease.fence_xid, error)
        return
    noted = TargetLease.objects.filter(pk=lease.pk, load=None, fence_xid=lease.fence_xid)
    noted.update(fence_xid="")
