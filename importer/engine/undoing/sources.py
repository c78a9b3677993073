"""What a load has left behind in our own tables, copied out as CSV: the records it created and
those it changed.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from importer.choices import KeyMapOrigin, KeyMapState, LoadKind
from importer.engine.extracts import copy_out
from importer.models import Load


@dataclass(frozen=True, slots=True)
class Created:
    """A record that the load made. ``level``: of the batch that made it; ``later``: the load that
    touched it afterwards and was not undone itself, 0 where there is none."""

    keymap: int
    key: str
    odoo_id: int
    level: int
    later: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A record that the load found and wrote to; ``keymap`` 0: it was changed along (spill)."""

    keymap: int
    key: str
    model: str
    odoo_id: int


def copy_created(original: Load, path: Path, *, retry: bool) -> Path:
    """Records under key map entries that the load made. ``retry``: without those archived."""
    left_out = str(KeyMapState.ARCHIVED) if retry else ""
    return copy_out(
        _CREATED,
        [
            original.pk,
            original.pk,
            str(LoadKind.LOAD),
            original.connection_id,
            str(KeyMapOrigin.CREATED),
            left_out,
        ],
        path,
    )


_CREATED = """
SELECT k.id, k.source_key, k.odoo_id, b.level, coalesce(later.load_id, 0)
FROM importer_keymap k
JOIN importer_batch b ON b.id = k.created_batch AND b.load_id = %s
LEFT JOIN (importer_batch later JOIN importer_load l ON l.id = later.load_id)
  ON later.id = k.last_batch AND later.load_id > %s AND l.kind = %s
  AND NOT EXISTS (SELECT 1 FROM importer_load u WHERE u.reverts_id = l.id AND u.state = 'done'
    AND NOT u.dry_run)
WHERE k.connection_id = %s AND k.origin = %s AND k.state <> %s
ORDER BY k.odoo_id DESC"""


def copy_changed(original: Load, path: Path, *, retry: bool) -> Path:
    """Records with before-images that the load did not create. ``retry``: only those whose entry
    still stands as the load left it."""
    values = [original.pk, original.pk, *([original.pk] if retry else [])]
    return copy_out(_CHANGED.format(only=_NOT_YET if retry else ""), values, path)


_NOT_YET = """AND (k.id IS NULL OR k.last_batch IN (
  SELECT id FROM importer_batch WHERE load_id = %s))"""
_CHANGED = """
SELECT coalesce(max(k.id), 0), coalesce(max(k.source_key), ''), c.odoo_model, c.odoo_id
FROM importer_change c
LEFT JOIN importer_keymap k ON k.id = coalesce(c.keymap_id, (
  SELECT met.id FROM importer_keymap met JOIN importer_batch b ON b.id = met.created_batch
  WHERE b.load_id = c.load_id AND met.odoo_model = c.odoo_model AND met.odoo_id = c.odoo_id
    AND met.origin <> 'created' LIMIT 1))
WHERE c.load_id = %s AND c.before IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM importer_keymap own JOIN importer_batch b ON b.id = own.created_batch
  WHERE own.connection_id = (SELECT connection_id FROM importer_load WHERE id = c.load_id)
    AND own.odoo_model = c.odoo_model AND own.odoo_id = c.odoo_id AND own.origin = 'created'
    AND b.load_id = %s) {only}
GROUP BY c.odoo_model, c.odoo_id
ORDER BY c.odoo_model, c.odoo_id"""


def copy_met(original: Load, path: Path) -> Path:
    """Records that the load came to know and did not write to: adopted or found, and equal
    already, or skipped."""
    return copy_out(_MET, [original.pk, str(KeyMapOrigin.CREATED)], path)


_MET = """
SELECT k.id, k.source_key, k.odoo_model, k.odoo_id
FROM importer_keymap k JOIN importer_batch b ON b.id = k.created_batch AND b.load_id = %s
WHERE k.origin <> %s AND NOT EXISTS (
  SELECT 1 FROM importer_change c WHERE c.load_id = b.load_id AND c.odoo_model = k.odoo_model
    AND c.odoo_id = k.odoo_id AND c.before IS NOT NULL)
ORDER BY k.odoo_id"""


def read_created(path: Path) -> Iterator[Created]:
    with path.open(encoding="utf-8", newline="") as file:
        for keymap, key, odoo_id, level, later in csv.reader(file):
            yield Created(int(keymap), key, int(odoo_id), int(level), int(later))


def read_changed(path: Path) -> Iterator[Changed]:
    with path.open(encoding="utf-8", newline="") as file:
        for keymap, key, model, odoo_id in csv.reader(file):
            yield Changed(int(keymap), key, model, int(odoo_id))
