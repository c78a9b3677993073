"""Write batches: records that change alike get one ``write``, with images as for any update.

``write`` has no place for a fence: once in doubt, such a batch is settled by ``load``, as an update
is. A refusal names no row, so the rows then go as an update batch too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from importer.choices import BatchKind
from importer.engine.contexts import write_context
from importer.engine.desk import Desk
from importer.engine.equal_changes import written_values
from importer.engine.images import Image, read_after, record_id
from importer.engine.load_calls import is_settling
from importer.engine.payloads import ref_name
from importer.engine.plan_rules import PlanField, PlanRow
from importer.engine.references import Resolved, look_up
from importer.engine.updating import Updating
from importer.engine.works import Answered, Ready, Sendable, register
from importer.models import Batch

NO_FENCE = (
    "Equal changes go by Odoo's write, which has no place for a fence: if one of our processes is "
    "stopped for longer than its lease just before such a call, and goes on later, it may write "
    "these values once more, over what was written to the same records in between."
)
CALL = "call"
"""Key in ``Batch.refs``: by which method the batch was last sent, where it was not ``load``."""


@dataclass(frozen=True, slots=True)
class WriteCall:
    """One ``write``: the same values into all these records."""

    model: str
    ids: tuple[int, ...]
    values: Mapping[str, Any]
    context: Mapping[str, Any]

    @property
    def body(self) -> bytes:
        said = [self.model, "write", self.ids, dict(self.values), dict(self.context)]
        return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()

    @property
    def sha256(self) -> str:
        return sha256(self.body).hexdigest()


class Writing(Updating):
    def targets(self, desk: Desk, batch: Batch, rows: list[PlanRow], resolved: Resolved) -> None:
        """Note the record behind each reference and lookup: ``write`` takes nothing else."""
        for one in (field for field in desk.fields if rows and field.target in rows[0].fields):
            cell = rows[0].cells.get(one.target)
            if not cell or one.kind not in ("reference", "lookup"):
                continue
            name = _name(one, cell)
            if one.kind == "lookup" and cell.startswith(".id:"):
                resolved.refs[name] = cell.removeprefix(".id:")
            elif one.kind == "lookup":
                look_up(desk, one, cell, rows, resolved)
            elif (found := resolved.ids.get((one.entity, cell))) is not None:
                resolved.refs[name] = str(found)

    def call(
        self,
        desk: Desk,
        batch: Batch,
        rows: list[PlanRow],
        refs: dict[str, str],
        before: Mapping[int, Image],
    ) -> Sendable:
        if is_settling(batch):
            refs.pop(CALL, None)
            return super().call(desk, batch, rows, refs, before)
        refs[CALL] = "write"
        return _write_call(desk, batch, rows, refs)

    def journaled(
        self, desk: Desk, batch: Batch, planned: list[PlanRow], images: dict[int, Image]
    ) -> Sendable | None:
        if batch.refs.get(CALL) == "write":
            return _write_call(desk, batch, planned, batch.refs)
        return super().journaled(desk, batch, planned, images)

    def send(self, desk: Desk, batch: Batch, ready: Ready) -> Answered:
        call = ready.call
        if not isinstance(call, WriteCall):
            return super().send(desk, batch, ready)
        desk.reporter.log("info", NO_FENCE, once=True)
        desk.client.write(call.model, call.ids, call.values, context=call.context)
        return Answered(call.ids, seen=read_after(desk, batch, call.ids))


def _write_call(
    desk: Desk, batch: Batch, rows: list[PlanRow], refs: Mapping[str, str]
) -> WriteCall:
    values = written_values(
        rows[0],
        {one.target: one for one in desk.fields},
        desk.facts.fields,
        lambda one, cell: int(refs[_name(one, cell)]),
    )
    context = write_context(desk.load.odoo_model, desk.load.mapping, batch.context)
    ids = tuple(record_id(row) for row in rows)
    return WriteCall(desk.load.odoo_model, ids, values, context)


def _name(one: PlanField, cell: str) -> str:
    return ref_name(one.entity, one.via, "d", cell) if one.entity else ref_name("", "", "d", cell)


register(BatchKind.WRITE, Writing())
