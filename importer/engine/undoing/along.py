"""Counts what Odoo removes along with records, and what it leaves behind: named, never repaired.

Only counting: whatever goes wrong here stops nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from importer.engine.desk import Desk
from importer.engine.undoing.companions import Companion, goes_along, stays_behind
from importer.engine.undoing.reading import there, wide_context
from importer.engine.undoing.usage import chunks
from importer.models import Batch
from importer.odoo.errors import OdooError

ALONG, BEHIND = "along", "behind"
"""Keys in ``Batch.refs``: model -> number of records."""


@contextmanager
def look_along(
    desk: Desk, batch: Batch, ids: Sequence[int]
) -> Iterator[Callable[[Sequence[int]], None]]:
    """Around a removal; call what it gives with the ids that went."""
    model = desk.load.odoo_model
    companions = [*goes_along(model), *stays_behind(model)] if ids else []
    before = {one: _companions(desk, one, ids) for one in companions}

    def look_after(removed: Sequence[int]) -> None:
        gone = set(removed)
        along = dict(batch.refs.get(ALONG, {}))
        behind = dict(batch.refs.get(BEHIND, {}))
        for one, owners in before.items():
            asked = [found for found, owner in owners.items() if owner in gone]
            left = _left(desk, one, asked)
            _count(along, one.model, len(asked) - len(left))
            if one in stays_behind(model):
                _count(behind, one.model, len(left))
        refs = {**batch.refs, ALONG: along, BEHIND: behind}
        Batch.objects.filter(pk=batch.pk).update(refs=refs)

    yield look_after if companions else lambda removed: None


def _count(counts: dict[str, int], model: str, number: int) -> None:
    if number:
        counts[model] = counts.get(model, 0) + number


def _companions(desk: Desk, one: Companion, ids: Sequence[int]) -> dict[int, int]:
    """Companion's id -> the record it belongs to."""
    owners: dict[int, int] = {}
    if one.field not in desk.facts.fields:
        return owners
    try:
        for chunk in chunks(ids, 500):
            found = desk.client.read(
                desk.load.odoo_model, chunk, [one.field], context=wide_context(desk.client)
            )
            for record in found:
                value = record[one.field]
                known = value if isinstance(value, list) else [value]
                owners |= {companion: record["id"] for companion in known if companion}
    except OdooError as error:
        desk.reporter.log("warning", f"What goes along could not be counted: {error}")
    return owners


def _left(desk: Desk, one: Companion, ids: Sequence[int]) -> set[int]:
    try:
        return there(desk.client, one.model, ids, wide_context(desk.client))
    except OdooError as error:
        desk.reporter.log("warning", f"What goes along could not be counted: {error}")
        return set(ids)
