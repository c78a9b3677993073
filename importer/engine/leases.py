"""Who may write to (connection, model), and who prepares, plans or verifies a load right now.

All by conditional UPDATE in PostgreSQL; a lease of a dead process ends by itself.
"""

from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from importer.choices import LoadState
from importer.errors import Busy
from importer.heartbeats import LEASE_SECONDS
from importer.models import Load, TargetLease
from importer.worker_names import is_gone

_LEASE = f"now() + {LEASE_SECONDS} * interval '1 second'"


def take_target(load: Load) -> int:
    """The epoch under which the load may write. Call inside the transaction that claims: the
    lease's row lock makes claims of one target queue up. Raises Busy, naming the other load.

    The epoch grows whenever the lease changes hands or was let lapse."""
    with connection.cursor() as cursor:
        cursor.execute(_ENSURE, [load.project_id, load.connection_id, load.odoo_model])
        cursor.execute(_TAKE, [load.pk, load.pk, load.connection_id, load.odoo_model, load.pk])
        row = cursor.fetchone()
    if row is None:
        raise Busy(busy_sentence(load))
    return int(row[0])


_ENSURE = """
INSERT INTO importer_targetlease (project_id, connection_id, odoo_model, epoch, fence_xid)
VALUES (%s, %s, %s, 0, '') ON CONFLICT DO NOTHING"""

_TAKE = f"""
UPDATE importer_targetlease SET lease_until = {_LEASE}, load_id = %s,
  epoch = epoch + CASE WHEN load_id = %s AND lease_until >= now() THEN 0 ELSE 1 END
WHERE connection_id = %s AND odoo_model = %s
  AND (load_id IS NULL OR load_id = %s OR lease_until IS NULL OR lease_until < now())
RETURNING epoch"""


def bump_epoch(load: Load) -> int:
    """A new epoch for a target the load already holds: older answers count no more."""
    with connection.cursor() as cursor:
        cursor.execute(_BUMP, [load.pk, load.connection_id, load.odoo_model])
        row = cursor.fetchone()
    if row is None:
        raise Busy(busy_sentence(load))
    return int(row[0])


_BUMP = f"""
UPDATE importer_targetlease SET epoch = epoch + 1, lease_until = {_LEASE}
WHERE load_id = %s AND connection_id = %s AND odoo_model = %s RETURNING epoch"""


def busy_sentence(load: Load) -> str:
    """Who holds the load's target now."""
    held = (
        TargetLease.objects.filter(connection=load.connection_id, odoo_model=load.odoo_model)
        .select_related("load")
        .first()
    )
    other = f"load {held.load_id}" if held and held.load_id else "another load"
    return (
        f"{load.odoo_model} on “{load.connection}” is being written by {other}. "
        "Wait until it has ended, or cancel it."
    )


def holder_of(load: Load) -> Load | None:
    """Another load that holds this load's target with a living lease."""
    held = (
        TargetLease.objects.filter(connection=load.connection_id, odoo_model=load.odoo_model)
        .exclude(load=load.pk)
        .filter(lease_until__gte=Now())
        .select_related("load")
        .first()
    )
    return held.load if held else None


def renew(load_id: int, worker: str) -> bool:
    """Prolong what a living hand holds. A lease that is over stays so: somebody else may have it
    by then. Always True, as a hand may hold nothing for a while and claim again."""
    values: dict[str, int | str] = {"load": load_id, "worker": worker}
    with connection.cursor() as cursor:
        for statement in _RENEW:
            cursor.execute(statement, values)
    return True


_RENEW = (
    f"""UPDATE importer_targetlease SET lease_until = {_LEASE}
    WHERE load_id = %(load)s AND lease_until >= now()""",
    f"""UPDATE importer_batch SET lease_until = {_LEASE}
    WHERE load_id = %(load)s AND worker = %(worker)s AND lease_until >= now()
      AND state IN ('claimed', 'sending', 'in_doubt')""",
    f"""UPDATE importer_load SET lease_until = {_LEASE}
    WHERE id = %(load)s AND worker = %(worker)s AND lease_until >= now()""",
)


def end_leases_of_the_gone() -> set[int]:
    """End at once what processes of this machine hold that are surely gone, instead of waiting
    for the end of the lease; what follows is the same. The ids of the loads that lost a hand."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLDERS)
        gone = [name for (name,) in cursor.fetchall() if is_gone(name)]
        if not gone:
            return set()
        lost: set[int] = set()
        for table, load in (("importer_batch", "load_id"), ("importer_load", "id")):
            cursor.execute(_END_LEASES.format(table=table, load=load), [gone])
            lost.update(load_id for (load_id,) in cursor.fetchall())
    return lost


_HOLDERS = """
SELECT worker FROM importer_batch WHERE lease_until >= now() AND worker <> ''
UNION SELECT worker FROM importer_load WHERE lease_until >= now() AND worker <> ''"""

# A little in the past: whoever looks compares with the moment at which its transaction began.
_END_LEASES = """
UPDATE {table} SET lease_until = now() - interval '1 second'
WHERE worker = ANY(%s) AND lease_until >= now() RETURNING {load}"""


def release_target(load: Load) -> None:
    """Let others write; called when the load has ended."""
    TargetLease.objects.filter(load=load.pk).update(load=None, lease_until=None)


def claim_step(load: Load, states: tuple[LoadState, ...], state: LoadState, worker: str) -> bool:
    """Take the one-handed step (prepare, plan, verify) of a load; False when another hand has
    it or it is done."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM_STEP, [str(state), worker, load.pk, [str(one) for one in states]])
        claimed = bool(cursor.rowcount)
    load.refresh_from_db()
    return claimed


_CLAIM_STEP = f"""
UPDATE importer_load SET state = %s, worker = %s, lease_until = {_LEASE}
WHERE id = %s AND state = ANY(%s) AND (lease_until IS NULL OR lease_until < now())"""


def let_go(load: Load, worker: str) -> None:
    """Leave a one-handed step to whoever comes next."""
    Load.objects.filter(pk=load.pk, worker=worker).update(lease_until=None, worker="")


def end_step(load: Load, state: LoadState, worker: str, /, **columns: Any) -> bool:
    """Finish a step inside the caller's transaction; False: another hand took it over, and
    nothing of this one may be kept."""
    held = Load.objects.filter(pk=load.pk, state=state, worker=worker, lease_until__isnull=False)
    changed = held.update(lease_until=None, worker="", **columns)
    if changed:
        load.refresh_from_db()
    return bool(changed)
