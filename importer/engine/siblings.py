"""Adds batches beside one that is cut: of the same plan, level, group and stream, with numbers of
their own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from importer.choices import BatchState
from importer.engine.plan_step import next_seq
from importer.models import Batch, Load

_ALIKE = (
    "project_id",
    "load_id",
    "plan_id",
    "kind",
    "level",
    "group",
    "stream",
    "fields",
    "context",
)


def add_siblings(batch: Batch, others: Sequence[Mapping[str, Any]]) -> list[Batch]:
    """Ready batches like this one but for what ``others`` say of each: at least its rows. Inside a
    transaction; locks the load's row, so that no number is given twice."""
    Load.objects.select_for_update().get(pk=batch.load_id)
    seq = next_seq(batch.load)
    alike = {name: getattr(batch, name) for name in _ALIKE}
    return Batch.objects.bulk_create(
        Batch(**{**alike, "state": BatchState.READY, "seq": seq + n, **own})
        for n, own in enumerate(others)
    )
