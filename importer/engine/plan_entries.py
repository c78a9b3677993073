"""What a look tells the key map, in the transaction that keeps the plan: records that are gone, and
records that are known from now on although nothing is sent to them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils import timezone

from importer.choices import BatchKind, BatchState, KeyMapState
from importer.data.duck import open_duck, quote
from importer.data.keys import key_hash
from importer.engine.keymaps import Entry, save_entries
from importer.engine.plan_rules import PlanRow
from importer.models import Batch, KeyMap, Load, Plan

_CHUNK = 1000
_NOTE = "No longer in Odoo when it was looked for."
_SKIPPED = (
    "SELECT plan_row, sheet_row, key, odoo_id, coalesce(ref, ''), origin FROM read_parquet({plan}) "
    "WHERE verdict = 'skip' AND origin <> '' ORDER BY plan_row"
)


def note_gone(load: Load, keys: Sequence[str]) -> None:
    """These records are not there any more."""
    for start in range(0, len(keys), _CHUNK):
        KeyMap.objects.filter(
            connection=load.connection_id,
            entity=load.entity_id,
            key_hash__in=[key_hash(key) for key in keys[start : start + _CHUNK]],
        ).update(state=KeyMapState.GONE, note=_NOTE)


def note_skipped(load: Load, plan: Plan, path: Path, seq: int) -> bool:
    """Entries for records that the policy skips, so that others can refer to them; they hang on a
    batch that sends nothing. False where there are none."""
    with open_duck(path.parent / "skipped", readable=[path]) as duck:
        found = duck.execute(_SKIPPED.format(plan=quote(str(path))))
        some = found.fetchmany(_CHUNK)
        if not some:
            return False
        batch = _silent_batch(load, plan, seq, some[0][0])
        while some:
            save_entries(load, batch, [_entry(*values) for values in some])
            batch.n_rows += len(some)
            some = found.fetchmany(_CHUNK)
    batch.save(update_fields=("n_rows",))
    return True


def _silent_batch(load: Load, plan: Plan, seq: int, first: int) -> Batch:
    return Batch.objects.create(
        project_id=load.project_id,
        load=load,
        plan=plan,
        seq=seq,
        kind=BatchKind.UPDATE,
        first_pos=first,
        n_rows=0,
        state=BatchState.DONE,
        ended_at=timezone.now(),
    )


def _entry(plan_row: int, sheet_row: int, key: str, odoo_id: int, ref: str, origin: str) -> Entry:
    cells: dict[str, Any] = {}
    row = PlanRow(plan_row, 0, sheet_row, key, 0, (), odoo_id, ref, b"", b"", cells, origin)
    return Entry(row, odoo_id, origin, "", is_sent=False)
