"""Writes the key map set by set: one statement a batch, inside the batch's transaction."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from importer.choices import KeyMapOrigin, KeyMapState
from importer.data.keys import key_hash
from importer.data.stubs import is_stub
from importer.engine.plan_rules import PlanRow
from importer.models import Batch, KeyMap, Load


@dataclass(frozen=True, slots=True)
class Entry:
    """A record behind a planned row. ``is_sent``: the row's values are in it by now; a record that
    was only found was left as it was."""

    row: PlanRow
    odoo_id: int
    origin: str
    write_date: str
    is_sent: bool = True

    @property
    def is_found(self) -> bool:
        return self.origin == KeyMapOrigin.FOUND


def save_entries(load: Load, batch: Batch, entries: Sequence[Entry]) -> None:
    """Insert or update; ``origin`` is written once, unless the record is another one by now. What a
    load of stubs has made is a stub, what it found is not."""
    if not entries:
        return
    fixed: dict[str, Any] = {
        "project": load.project_id,
        "connection": load.connection_id,
        "entity": load.entity_id,
        "model": load.odoo_model,
        "load": load.pk,
        "batch": batch.pk,
        "made": str(KeyMapState.STUB if is_stub(load.mapping) else KeyMapState.LIVE),
    }
    rows = [_values(one) for one in entries]
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, {**fixed, "rows": json.dumps(rows, ensure_ascii=False)})


def _values(one: Entry) -> dict[str, Any]:
    """An entry as PostgreSQL takes it from JSON: many times cheaper to write than arrays."""
    row = one.row
    return {
        "hash": key_hash(row.key).hex(),
        "key": row.key,
        "id": one.odoo_id,
        "origin": str(one.origin),
        "ref": row.ref if row.is_adopted else "",
        "sent": row.row_hash.hex() if one.is_sent else None,
        "fields": row.field_hashes.hex() if one.is_sent else None,
        "date": one.write_date,
    }


_IS_OTHER = "(k.state = 'gone' OR k.odoo_id <> excluded.odoo_id)"
_SAVE = f"""
INSERT INTO importer_keymap AS k (project_id, connection_id, entity_id, key_hash, source_key,
  odoo_model, odoo_id, ref, origin, state, note, sent_hash, sent_fields, sent_load_id, write_date,
  created_batch, last_batch)
SELECT %(project)s, %(connection)s, %(entity)s, decode(u.hash, 'hex'), u.key, %(model)s, u.id,
  u.ref, u.origin, CASE WHEN u.origin = 'created' THEN %(made)s ELSE 'live' END, '',
  decode(u.sent, 'hex'), decode(u.fields, 'hex'),
  CASE WHEN u.sent IS NOT NULL THEN %(load)s END,
  u.date, %(batch)s, %(batch)s
FROM json_to_recordset(%(rows)s::json) AS u(hash text, key text, id bigint, origin text, ref text,
  sent text, fields text, date text)
ON CONFLICT (connection_id, entity_id, key_hash) DO UPDATE SET
  odoo_id = excluded.odoo_id, state = excluded.state, note = '', sent_hash = excluded.sent_hash,
  sent_fields = excluded.sent_fields, sent_load_id = excluded.sent_load_id,
  write_date = excluded.write_date, last_batch = excluded.last_batch,
  origin = CASE WHEN {_IS_OTHER} THEN excluded.origin ELSE k.origin END,
  ref = CASE WHEN {_IS_OTHER} THEN excluded.ref ELSE k.ref END,
  created_batch = CASE WHEN {_IS_OTHER} THEN excluded.created_batch ELSE k.created_batch END"""


def entry_of(row: PlanRow, odoo_id: int, write_date: str) -> Entry:
    """After an update. The origin counts where the entry is new; else it keeps its own."""
    return Entry(row, odoo_id, row.origin or str(KeyMapOrigin.CREATED), write_date)


def adopted_apart(rows: Sequence[PlanRow], counter: str) -> dict[str, int]:
    """The load's counters for rows that have come to this end: adopted ones have their own."""
    adopted = sum(1 for row in rows if row.is_adopted)
    return {"adopted": adopted, counter: len(rows) - adopted}


def entries_before(load: Load, rows: Iterable[PlanRow]) -> dict[int, tuple[int, dict[str, Any]]]:
    """Record -> (key map id, what the entry says now, as JSON) for the journal."""
    found = KeyMap.objects.filter(
        connection=load.connection_id,
        entity=load.entity_id,
        key_hash__in=[key_hash(row.key) for row in rows],
    )
    return {one.odoo_id: (one.pk, _as_json(one)) for one in found}


def _as_json(entry: KeyMap) -> dict[str, Any]:
    return {
        "state": entry.state,
        "note": entry.note,
        "sent_hash": _hex(entry.sent_hash),
        "sent_fields": _hex(entry.sent_fields),
        "sent_load": entry.sent_load_id,
        "write_date": entry.write_date,
        "last_batch": entry.last_batch,
    }


def _hex(value: bytes | memoryview | None) -> str | None:
    return None if value is None else bytes(value).hex()


def restore_entry(entry: KeyMap, before: Mapping[str, Any]) -> None:
    """Give an entry back what it said before a run (undo)."""
    entry.state, entry.note = before["state"], before["note"]
    entry.sent_hash, entry.sent_fields = _bytes(before["sent_hash"]), _bytes(before["sent_fields"])
    entry.sent_load_id = before["sent_load"]
    entry.write_date, entry.last_batch = before["write_date"], before["last_batch"]
    entry.save()


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else bytes.fromhex(value)


def mark_gone(load: Load, rows: Iterable[PlanRow]) -> None:
    """The records of these rows are no longer in Odoo."""
    KeyMap.objects.filter(
        connection=load.connection_id,
        entity=load.entity_id,
        key_hash__in=[key_hash(row.key) for row in rows],
    ).update(state=KeyMapState.GONE, note="No longer in Odoo when it was to be updated.")
