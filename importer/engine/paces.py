"""Keeps a load's pace on its row: read where a batch is claimed, moved where an attempt ends, in
the same transaction as what it follows from.
"""

import time
from collections.abc import Callable
from typing import Any

from importer.choices import BatchKind, LoadKind
from importer.engine.faults import Faults
from importer.engine.flow import Flow
from importer.engine.pacing import Pace
from importer.models import Batch, Connection, Load

PACED = (BatchKind.CREATE, BatchKind.UPDATE, BatchKind.WRITE, BatchKind.VANISH)


def pace_of(load: Load, kind: str) -> Pace:
    """As it stands on the row that was read."""
    return Pace.of(load.pace.get(kind))


def target_ms(connection: Connection) -> float:
    """How long a call should take at most, always far below what the server allows."""
    seconds = min(connection.answer_target_seconds, connection.answer_limit_seconds / 2)
    return seconds * 1000


FLOW = "flow"
"""Key in ``Load.pace``, beside the kinds of batch."""

FAULTS = "faults"
"""Key in ``Load.pace``: errors of whole calls."""


def move_pace(batch: Batch, change: Callable[[Pace], Pace], *, kept_rows: int = 0) -> None:
    """Inside the transaction that ends an attempt; ``kept_rows``: what Odoo kept of it, from which
    the number of batches at once follows. Locks the load's row."""
    if batch.kind not in PACED and not kept_rows:
        return
    load = Load.objects.select_for_update().only("pace").get(pk=batch.load_id)
    pace = dict(load.pace)
    if batch.kind in PACED and (after := change(pace_of(load, batch.kind))) != pace_of(
        load, batch.kind
    ):
        pace[batch.kind] = after.as_json()
    if kept_rows:
        _answer_kept(batch.load, pace, kept_rows)
    if pace != load.pace:
        Load.objects.filter(pk=load.pk).update(pace=pace)


def _answer_kept(load: Load, pace: dict[str, Any], rows: int) -> None:
    """What the kept rows of a call change in ``pace``."""
    faults = Faults.of(pace.get(FAULTS))
    if (answered := faults.answered()) != faults:
        pace[FAULTS] = answered.as_json()
    if _has_flow(load):
        flow = Flow.of(pace.get(FLOW))
        pace[FLOW] = flow.kept(rows, load.connection.streams, time.time()).as_json()


def _has_flow(load: Load) -> bool:
    return load.kind == LoadKind.LOAD


def streams_of(load: Load) -> int:
    """How many of the load's batches may be under way now."""
    most = load.connection.streams
    if not _has_flow(load):
        return most
    return Flow.of(load.pace.get(FLOW)).allowed(most, time.time())


def move_flow(load: Load, change: Callable[[Flow, int, float], Flow]) -> None:
    """Like ``move_pace``; ``change`` is given the flow, the connection's limit and the time."""
    if not _has_flow(load):
        return
    held = Load.objects.select_for_update().only("pace").get(pk=load.pk)
    before = Flow.of(held.pace.get(FLOW))
    after = change(before, load.connection.streams, time.time())
    pace = {**held.pace, FLOW: after.as_json()}
    Load.objects.filter(pk=load.pk).update(pace=pace)


def move_faults(load: Load, change: Callable[[Faults], Faults]) -> None:
    """Inside the transaction that ends an attempt. Locks the load's row."""
    held = Load.objects.select_for_update().only("pace").get(pk=load.pk)
    before = Faults.of(held.pace.get(FAULTS))
    after = change(before)
    if after != before:
        Load.objects.filter(pk=load.pk).update(pace={**held.pace, FAULTS: after.as_json()})


def learnt_pace(load: Load) -> dict[str, dict[str, float]]:
    """What the last load into the same model has shown of the server's speed."""
    earlier = (
        Load.objects.filter(
            connection=load.connection_id, odoo_model=load.odoo_model, kind=LoadKind.LOAD
        )
        .exclude(pk=load.pk)
        .exclude(pace={})
        .order_by("-pk")
        .first()
    )
    if earlier is None:
        return {}
    known = {kind: pace_of(earlier, kind).row_ms for kind in PACED}
    return {str(kind): Pace(row_ms=speed).as_json() for kind, speed in known.items() if speed}
