"""Copies of PostgreSQL's rows as CSV files for the planner, streamed by COPY."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from importer.choices import Depth, IssueLevel, IssueStage, KeyMapState, LoadKind, LoadState
from importer.data.duck import open_duck, quote
from importer.data.skipping import CODE as LEFT_OUT
from importer.data.storage import local_path
from importer.engine.plan_rules import ParentFiles
from importer.models import Entity, KeyMap, Load

Layouts = dict[int, tuple[str, ...]]


def copy_out(sql: str, values: Sequence[Any], path: Path) -> Path:
    """Write the rows of a SELECT as CSV without a header."""
    statement = f"COPY ({sql}) TO STDOUT (FORMAT csv)"
    with (
        connection.cursor() as cursor,
        cursor.copy(statement, values) as rows,
        path.open("wb") as file,
    ):
        for block in rows:
            file.write(block)
    return path


def keymap_layouts(load: Load) -> tuple[Layouts, dict[int, int]]:
    """The different orders of field hashes in the entity's key map: number -> fields, and
    load -> number."""
    senders = (
        KeyMap.objects.filter(connection=load.connection_id, entity=load.entity_id)
        .exclude(sent_load=None)
        .values_list("sent_load_id", flat=True)
        .distinct()
    )
    orders = dict(Load.objects.filter(pk__in=list(senders)).values_list("pk", "fields"))
    numbers: dict[tuple[str, ...], int] = {}
    of_load = {
        pk: numbers.setdefault(tuple(fields), len(numbers) + 1) for pk, fields in orders.items()
    }
    return {number: fields for fields, number in numbers.items()}, of_load


def copy_keymap(load: Load, of_load: Mapping[int, int], path: Path) -> Path:
    """The entity's key map as ``planning.KEYMAP_COLUMNS``."""
    return copy_out(_KEYMAP, [*_pairs(of_load), load.connection_id, load.entity_id, _GONE], path)


def _pairs(of_load: Mapping[int, int]) -> tuple[list[int], list[int]]:
    return list(of_load.keys()), list(of_load.values())


_GONE = str(KeyMapState.GONE)
_KIND = "CASE WHEN k.origin = 'adopted' AND k.ref = '' THEN 'd' ELSE 'x' END"
_KEYMAP = f"""
SELECT k.source_key, k.odoo_id, k.ref, {_KIND}, k.state, encode(k.sent_fields, 'hex'), l.number,
  k.origin, k.write_date
FROM importer_keymap k
LEFT JOIN unnest(%s::bigint[], %s::int[]) AS l(load, number) ON l.load = k.sent_load_id
WHERE k.connection_id = %s AND k.entity_id = %s AND k.state <> %s"""


def copy_parent(load: Load, entity: Entity, folder: Path) -> ParentFiles:
    """What is known of a referenced entity, from its key map and its latest load of this data."""
    found = [one for one in (parent_load(load, entity), _stub_load(load, entity)) if one]
    live = copy_out(_LIVE, [load.connection_id, entity.pk, _GONE], folder / f"live_{entity.name}")
    bad = [str(IssueLevel.ERROR), str(IssueLevel.BLOCKED)]
    values = [[one.pk for one in found], bad, LEFT_OUT]
    failed = copy_out(_FAILED, values, folder / f"failed_{entity.name}")
    for one in found:
        _add_never_sent(one, failed, folder)
    plans = [one.plans.order_by("-pass_number").first() for one in found if load.dry_run]
    files = tuple(local_path(one.stored_as) for one in plans if one)
    return ParentFiles(live, failed, files, _refused(load, found, entity, folder))


def _refused(load: Load, found: Sequence[Load], entity: Entity, folder: Path) -> Path | None:
    """What a server dry run has refused of the referenced entity."""
    if not load.dry_run or load.depth != Depth.SERVER:
        return None
    bad = [str(IssueLevel.ERROR), str(IssueLevel.BLOCKED)]
    values = [[one.pk for one in found], bad, str(IssueStage.ODOO)]
    return copy_out(_REFUSED, values, folder / f"refused_{entity.name}")


def _add_never_sent(load: Load, failed: Path, folder: Path) -> None:
    """Of a load that ended badly, all its rows that nothing is said of: those that were loaded
    nevertheless are looked for in the key map first."""
    if load.state not in (LoadState.FAILED, LoadState.ERRORED) or not load.prepared_as:
        return
    prepared, whole = local_path(load.prepared_as), failed.with_suffix(".whole")
    sheet = quote(load.sheet.name if load.sheet else "")
    with open_duck(folder, readable=[prepared]) as duck:
        duck.execute(
            f"COPY (SELECT key, {sheet}, min(sheet_row) FROM read_parquet({quote(str(prepared))}) "
            "WHERE key IS NOT NULL AND key NOT IN (SELECT key FROM read_csv("
            f"{quote(str(failed))}, header = false, auto_detect = false, delim = ',', "
            """quote = '"', escape = '"', columns = {'key': 'VARCHAR', 'sheet': 'VARCHAR', """
            "'row': 'BIGINT'})) GROUP BY key) "
            f"TO {quote(str(whole))} (FORMAT csv, HEADER false)"
        )
    with failed.open("ab") as file:
        file.write(whole.read_bytes())


_LIVE = f"""
SELECT k.source_key, {_KIND} FROM importer_keymap k
WHERE k.connection_id = %s AND k.entity_id = %s AND k.state <> %s"""

_FAILED = """
SELECT source_key, min(sheet), min(row) FROM importer_issue
WHERE load_id = ANY(%s) AND (level = ANY(%s) OR code = %s) AND source_key <> ''
GROUP BY source_key"""


_REFUSED = """
SELECT DISTINCT source_key FROM importer_issue
WHERE load_id = ANY(%s) AND level = ANY(%s) AND stage = %s AND source_key <> ''"""


def parent_load(load: Load, entity: Entity) -> Load | None:
    """The newest load of the entity from the same dataset into the same connection: in a run,
    the parent node's."""
    found = _earlier(load, entity).exclude(mapping__has_any_keys=["is_link", "stub"])
    if load.sheet:
        found = found.filter(sheet__dataset=load.sheet.dataset_id)
    return found.order_by("-pk").first()


def _stub_load(load: Load, entity: Entity) -> Load | None:
    """The newest load that made stubs of the entity for rows of this load's sheet."""
    found = _earlier(load, entity).filter(
        mapping__stub__of__entity__name=load.entity.name, sheet=load.sheet_id
    )
    return found.order_by("-pk").first()


def _earlier(load: Load, entity: Entity) -> QuerySet[Load]:
    return Load.objects.filter(
        kind=LoadKind.LOAD,
        connection=load.connection_id,
        entity=entity,
        dry_run=load.dry_run,
        pk__lt=load.pk,
    )
