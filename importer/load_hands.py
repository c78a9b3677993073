"""One hand's turn on a load: its desk, its steps, and how its errors end the load."""

import logging
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from importer.choices import LoadState
from importer.connections import open_client, schema_of
from importer.engine.desk import Desk
from importer.engine.fencing import drop_fence, left_fence
from importer.engine.leases import let_go, release_target
from importer.engine.send_step import is_settled, send_next
from importer.engine.steps import step_of
from importer.errors import Busy, StowageError
from importer.models import Load
from importer.odoo.errors import PASSING, PAUSING, OdooError
from importer.reporting import Reporter

logger = logging.getLogger(__name__)

_PATIENCE = 5
_BEFORE_SENDING = (LoadState.PREPARING, LoadState.PLANNING)
_SECONDS_FOR_A_PLAN = 15.0
_LOOK_EVERY = 0.1


@contextmanager
def hand_on(load: Load, reporter: Reporter, worker: str) -> Iterator[Desk]:
    """A desk with a heartbeat. An error that leaves it ends the load in FAILED (your data, the
    connection) or ERRORED (our bug); one of PostgreSQL's ends nothing: nothing could be said."""
    whole = Load.objects.select_related("connection", "entity", "project", "sheet__dataset")
    load = whole.get(pk=load.pk)
    desk = Desk(
        load=load,
        reporter=reporter,
        worker=worker,
        open_client=lambda: open_client(load.connection),
        facts_of=lambda model: schema_of(load.connection, model),
    )
    with desk:
        desk.start_heartbeat()
        with _ending(load, worker):
            yield desk
        lease = left_fence(load)
        if lease is not None:
            drop_fence(lease, desk.namespace, desk.client)


@contextmanager
def _ending(load: Load, worker: str) -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError):
        raise
    except PAUSING:
        let_go(load, worker)
        raise
    except (StowageError, OdooError) as error:
        end_badly(load, LoadState.FAILED, str(error))
        raise
    except Exception as error:
        end_badly(load, LoadState.ERRORED, f"{type(error).__name__}: {error}")
        raise


def work_some(desk: Desk, seconds: float) -> bool:
    """Steps until the time is over or the load has ended (True), or nothing is free (False)."""
    until = time.monotonic() + seconds
    failures = 0
    while time.monotonic() < until and desk.load.state not in LoadState.ended():
        try:
            did = _step(desk)
        except Busy as busy:
            desk.reporter.log("info", str(busy))
            return False
        except PASSING as error:
            failures += 1
            let_go(desk.load, desk.worker)
            if failures > _PATIENCE:
                desk.reporter.pause(f"{error} Check the connection, then resume the run.")
                return False
            time.sleep(desk.rules.delay(failures))
            did = True
        if not did and not _await_plan(desk, until):
            return False
        desk.look_again()
    return True


def _await_plan(desk: Desk, until: float) -> bool:
    """While another hand prepares and plans: get ready, so that this one sends as soon as there is
    a plan. Whether there may be something to do now."""
    desk.look_again()
    if not _is_planned_elsewhere(desk):
        return False
    until = min(until, time.monotonic() + _SECONDS_FOR_A_PLAN)
    _ = desk.client, desk.fields
    while _is_planned_elsewhere(desk) and time.monotonic() < until:
        if desk.reporter.is_stopping():
            return False
        time.sleep(_LOOK_EVERY)
        desk.look_again()
    return not _is_planned_elsewhere(desk)


def _is_planned_elsewhere(desk: Desk) -> bool:
    load = desk.load
    if load.state not in _BEFORE_SENDING or load.worker in ("", desk.worker):
        return False
    return load.lease_until is not None and load.lease_until > timezone.now()


def _step(desk: Desk) -> bool:
    if desk.load.state == LoadState.SENDING:
        return step_of(desk)(desk)
    if not is_settled(desk.load):
        return send_next(desk, only_in_doubt=True)
    return not desk.reporter.is_stopping() and step_of(desk)(desk)


def settle_some(desk: Desk, seconds: float) -> None:
    """Settle what is in doubt and free, until the time is over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and send_next(desk, only_in_doubt=True):
        pass


def end_badly(load: Load, state: LoadState, sentence: str) -> None:
    """End a load that cannot go on. What is in doubt stays so and is settled before a retry."""
    changed: dict[str, Any] = {"state": state, "error": sentence, "ended_at": timezone.now()}
    open_load = Load.objects.filter(pk=load.pk).exclude(state__in=LoadState.ended())
    if open_load.update(lease_until=None, worker="", **changed):
        release_target(load)
        transaction.on_commit(lambda: drop_fence_of(load))
    load.refresh_from_db()


def drop_fence_of(load: Load) -> None:
    """Delete the fence of an ended load by a client of its own. Call it outside transactions."""
    lease = left_fence(load)
    if lease is None:
        return
    try:
        client = open_client(load.connection)
    except (StowageError, OdooError) as error:
        logger.warning("The fence of load %s was left in Odoo: %s", load.pk, error)
        return
    with closing(client):
        drop_fence(lease, load.project.namespace, client)
