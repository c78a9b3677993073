"""Restore batches: field by field, what still is as the load left it gets its former value back.

In doubt, or after a lost answer, the records are read and compared again: what holds its former
value is done.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from importer.choices import BatchKind
from importer.engine.contexts import Place, place_context
from importer.engine.desk import Desk
from importer.engine.file_images import file_names
from importer.engine.undoing.ground import own_context
from importer.engine.undoing.judging import Reason
from importer.engine.undoing.plan_rows import UndoRow, undo_rows
from importer.engine.undoing.restores import (
    Comparison,
    Known,
    compare,
    edited_reason,
    editors,
    fields_of,
)
from importer.engine.undoing.texts import void_texts
from importer.engine.undoing.works import Ends, UndoReady, UndoWork, ready_for, was_sent
from importer.engine.works import register
from importer.models import Batch
from importer.odoo.errors import AccessRefused, DataRefused, ServerBug

_REFUSALS = (DataRefused, AccessRefused, ServerBug)
_ROUNDS = 3
Writes = Mapping[int, Mapping[Place, dict[str, Any]]]


class Restoring(UndoWork):
    """A field that holds something else since is left alone, and said with who and when."""

    def make(self, desk: Desk, batch: Batch) -> UndoReady:
        rows = undo_rows(batch, desk.folder)
        if not rows:
            return ready_for(batch, Ends(), [], Ends)
        known = {row.odoo_id: _known(row) for row in rows}  # all of one model
        now = compare(desk, rows[0].model, list(known), known)
        names = editors(desk, now.values())
        ends, todo = Ends(), []
        for row in rows:
            one = now[row.odoo_id]
            if one.writes:
                todo.append(row)
            elif not one.there:
                ends.gone.append(row)
            elif one.edited:
                ends.kept.append((row, edited_reason(desk, one, names)))
            else:
                (ends.restored if was_sent(batch) else ends.unchanged).append(row)
        return ready_for(batch, ends, todo, lambda: _send(desk, batch, todo, now))


def _known(row: UndoRow) -> Known:
    return Known(row.stamp, frozenset(row.edited.split(",") if row.edited else ()))


def _send(desk: Desk, batch: Batch, rows: Sequence[UndoRow], now: dict[int, Comparison]) -> Ends:
    """Writes, and looks again: one record's address may have flowed into another one's."""
    refused: dict[int, str] = {}
    first = {row.odoo_id: now[row.odoo_id] for row in rows}
    known = {
        one: Known(said.stamp, frozenset(said.edited), frozenset(said.written))
        for one, said in first.items()
    }
    for _ in range(_ROUNDS):
        writes = {one: now[one].writes for one in known if now[one].writes and one not in refused}
        if not writes:
            break
        refused |= _write(desk, batch, rows[0].model, writes)
        now = compare(desk, rows[0].model, list(known), known)
    return _ends(desk, rows, first, now, refused)


def _ends(
    desk: Desk,
    rows: Sequence[UndoRow],
    first: dict[int, Comparison],
    now: dict[int, Comparison],
    refused: Mapping[int, str],
) -> Ends:
    names = editors(desk, first.values())
    ends = Ends()
    for row in rows:
        one = row.odoo_id
        if one in refused and now[one].writes:
            # Without anything left to write, the error came from after Odoo's commit.
            sentence = f"Not restored: {refused[one]}"
            ends.failed.append((row, Reason("refused", sentence)))
        elif now[one].writes:
            ends.failed.append((row, _drifting(now[one])))
        elif first[one].edited:
            ends.kept.append((row, edited_reason(desk, first[one], names)))
        else:
            ends.restored.append(row)
    return ends


def _drifting(one: Comparison) -> Reason:
    fields = ", ".join(one.written)
    return Reason("not_taken", f"Not restored: Odoo does not take the former value of {fields}.")


def _write(desk: Desk, batch: Batch, model: str, writes: Writes) -> dict[int, str]:
    """Equal values go in one call; a refused call is repeated record by record. Id -> why it was
    refused."""
    refused: dict[int, str] = {}
    files = file_names(fields_of(desk, model), _written(writes))
    for place, values, ids in _grouped(writes):
        values = {
            name: desk.files.encoded(value) if name in files and value else value
            for name, value in values.items()
        }
        context = {**own_context(desk), **place_context(place)}
        if place[0]:
            values = void_texts(desk, model, ids, values, place)
        write = _writer(desk, batch, model, values, context)
        if write(ids) is not None:
            for one in ids:
                said = write([one])
                if said is not None:
                    refused[one] = said
    return refused


def _written(writes: Writes) -> set[str]:
    return {name for places in writes.values() for values in places.values() for name in values}


def _writer(
    desk: Desk, batch: Batch, model: str, values: dict[str, Any], context: Mapping[str, Any]
) -> Callable[[Sequence[int]], str | None]:
    def write(ids: Sequence[int]) -> str | None:
        try:
            desk.client.write(model, ids, values, context=context)
        except _REFUSALS as refusal:
            return str(refusal)
        # A batch is many calls: one that fails after others is no further failure in a row.
        batch.transients = 0
        return None

    return write


def _grouped(writes: Writes) -> list[tuple[Place, dict[str, Any], list[int]]]:
    groups: dict[tuple[Place, str], tuple[dict[str, Any], list[int]]] = {}
    for one in sorted(writes):
        for place, values in writes[one].items():
            same = (place, json.dumps(values, sort_keys=True))
            groups.setdefault(same, (values, []))[1].append(one)
    return [(place, values, ids) for (place, _), (values, ids) in groups.items()]


register(BatchKind.RESTORE, Restoring())
