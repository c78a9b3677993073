"""References cut out of a cycle: noted while they wait, struck off when they are written. Inside
the transactions that make the records, plan their links and write them.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.db import connection
from duckdb import DuckDBPyConnection

from importer.data.duck import name, quote
from importer.data.keys import key_hash
from importer.engine.plan_rules import PlanField, PlanRow
from importer.models import Batch, KeyMap, Load

_CHUNK = 5000


def note_cut(load: Load, fields: Iterable[PlanField], rows: Sequence[PlanRow]) -> None:
    """Of rows that were just made: the references that a later pass writes."""
    by_target = {one.target: one for one in fields}
    noted = [
        (row.key, by_target[target], cell)
        for row in rows
        for target, cell in row.cut.items()
        if by_target[target].kind == "reference"
    ]
    _insert(load, noted)


def note_planned(
    duck: DuckDBPyConnection, load: Load, fields: Iterable[PlanField], plan: Path
) -> None:
    """Of the rows of a link node's plan: every reference that is to be written, or that waits for
    its target."""
    for one in fields:
        if one.is_held or one.kind != "reference":
            continue
        found = duck.execute(
            f"SELECT key, {name(f'cell:{one.target}')}, list_contains(fields, ?) "
            f"FROM read_parquet({quote(str(plan))}) WHERE verdict = 'update'",
            [one.target],
        )
        while rows := found.fetchmany(_CHUNK):
            _insert(load, [(key, one, cell) for key, cell, is_sent in rows if is_sent and cell])


def _insert(load: Load, noted: Sequence[tuple[str, PlanField, str]]) -> None:
    if not noted:
        return
    values: dict[str, Any] = {
        "project": load.project_id,
        "load": load.pk,
        "connection": load.connection_id,
        "entity": load.entity_id,
        "hashes": [key_hash(key) for key, _, _ in noted],
        "fields": [one.target for _, one, _ in noted],
        "targets": [one.entity for _, one, _ in noted],
        "keys": [cell for _, _, cell in noted],
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, values)


_NOTE = """
INSERT INTO importer_deferredlink (project_id, load_id, keymap_id, field, target, target_key,
  created_at)
SELECT %(project)s, %(load)s, k.id, u.field, u.target, u.target_key, now()
FROM unnest(%(hashes)s::bytea[], %(fields)s::text[], %(targets)s::text[], %(keys)s::text[])
  AS u(key_hash, field, target, target_key)
JOIN importer_keymap AS k ON k.connection_id = %(connection)s AND k.entity_id = %(entity)s
  AND k.key_hash = u.key_hash
ON CONFLICT (keymap_id, field) DO UPDATE SET target_key = excluded.target_key,
  load_id = excluded.load_id, written_at = NULL"""


def strike_off(load: Load, batch: Batch, rows: Sequence[PlanRow]) -> None:
    """The fields that this batch sends are written in these rows' records."""
    fields = [column.partition("/")[0] for column in batch.fields]
    with connection.cursor() as cursor:
        hashes = [key_hash(row.key) for row in rows]
        cursor.execute(_WRITTEN, [load.connection_id, load.entity_id, hashes, fields])


_WRITTEN = """
UPDATE importer_deferredlink AS d SET written_at = now() FROM importer_keymap AS k
WHERE d.keymap_id = k.id AND d.written_at IS NULL AND k.connection_id = %s AND k.entity_id = %s
  AND k.key_hash = ANY(%s::bytea[]) AND d.field = ANY(%s::text[])"""


def made_by(load: Load, rows: Sequence[PlanRow]) -> set[int]:
    """The plan rows among these whose records an earlier pass of the load made and did not count,
    because a reference of theirs was still to be written."""
    cut = {key_hash(row.key): row.plan_row for row in rows if row.cut}
    if not cut:
        return set()
    own = Batch.objects.filter(load=load).values("pk")
    made = KeyMap.objects.filter(
        connection=load.connection_id,
        entity=load.entity_id,
        key_hash__in=list(cut),
        created_batch__in=own,
    )
    return {cut[bytes(hashed)] for hashed in made.values_list("key_hash", flat=True)}
