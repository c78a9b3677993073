"""Which keys are asked about: by a record in Odoo, by a source key, or by a row of a sheet."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from importer.choices import LoadKind
from importer.data.keys import key_hash
from importer.data.storage import local_path, work_dir
from importer.datasets import empty_words_of
from importer.explaining.slices import Slices, open_slices
from importer.models import Change, Connection, Entity, KeyMap, Load, Sheet

_NEWEST = 50


@dataclass(frozen=True, slots=True)
class Subject:
    """One key of an entity on one connection; ``record``: the Odoo id that was asked for;
    ``sheet`` and ``row``: where it was asked for, as several rows may have one key."""

    connection: Connection
    entity: Entity
    key: str
    record: int | None = None
    sheet: int | None = None
    row: int | None = None


def of_record(connection: Connection, model: str, odoo_id: int) -> list[Subject]:
    """By the key map; where that has forgotten the record, by what was once changed in it."""
    entries = KeyMap.objects.filter(
        connection=connection, odoo_model=model, odoo_id=odoo_id
    ).select_related("entity")
    found = [Subject(connection, one.entity, one.source_key, odoo_id) for one in entries]
    return found or _once_known(connection, model, odoo_id)


def _once_known(connection: Connection, model: str, odoo_id: int) -> list[Subject]:
    """An undo's plan names the records that it removed."""
    undos = list(
        Load.objects.filter(connection=connection, kind=LoadKind.UNDO, odoo_model=model)
        .select_related("entity")
        .prefetch_related("plans")
        .order_by("-pk")[:_NEWEST]
    )
    paths = {local_path(plan.stored_as): load for load in undos for plan in load.plans.all()}
    if not paths:
        return []
    with work_dir() as folder, open_slices(folder, list(paths), ()) as slices:
        found = slices.by_record(list(paths), model, odoo_id)
    keys = {(paths[Path(row["file"])].entity, row["key"]) for row in found if row["key"]}
    return [Subject(connection, entity, key, odoo_id) for entity, key in keys]


def of_key(entity: Entity, key: str, connection: Connection | None = None) -> list[Subject]:
    """On this connection, or on all that have loaded the entity."""
    if connection is not None:
        return [Subject(connection, entity, key)]
    return [Subject(one, entity, key) for one in _targets(Load.objects.filter(entity=entity))]


def _targets(loads: Any) -> list[Connection]:
    return list(Connection.objects.filter(pk__in=loads.values("connection")).order_by("name"))


def of_row(sheet: Sheet, row: int) -> list[Subject]:
    """The keys that the row has for each entity that was loaded from the sheet, or from another
    sheet of the dataset with this one's rows as its lines."""
    loads = _loads_near(sheet)
    path = local_path(sheet.stored_as)
    found: dict[tuple[Any, Any, str], Subject] = {}
    words = empty_words_of(sheet.dataset)
    with work_dir() as folder, open_slices(folder, [path], words) as slices:
        for load in loads:
            for key in _keys_at(slices, path, load, sheet, row):
                place = (load.connection_id, load.entity_id, key)
                found.setdefault(
                    place,
                    Subject(load.connection, load.entity, key, sheet=sheet.pk, row=row),
                )
    return list(found.values())


def _loads_near(sheet: Sheet) -> Iterable[Load]:
    return (
        Load.objects.filter(kind=LoadKind.LOAD, sheet__dataset=sheet.dataset_id)
        .exclude(mapping__has_key="stub")
        .select_related("connection", "entity")
        .order_by("-pk")[:_NEWEST]
    )


def _keys_at(slices: Slices, path: Path, load: Load, sheet: Sheet, row: int) -> list[str]:
    """Of the record itself, or of the document whose line the row is."""
    columns: list[list[str]] = []
    if load.sheet_id == sheet.pk:
        columns.append(list(load.mapping["entity"]["key_columns"]))
    for nested in load.mapping.get("nested") or ():
        if str(nested.get("sheet_name") or "") == sheet.name:
            columns.append(parent_columns(nested))
    known = set(sheet.column_names)
    keys = [slices.key_at(path, own, row) for own in columns if own and set(own) <= known]
    return [key for key in keys if key]


def parent_columns(nested: Any) -> list[str]:
    """The columns in which a line names its document; none where they are computed."""
    inputs = nested.get("parent_inputs") or ()
    return [str(one["column"]) for one in inputs if "column" in one and not one.get("value_map")]


def entry_of(subject: Subject) -> KeyMap | None:
    """The key map's entry."""
    return KeyMap.objects.filter(
        connection=subject.connection,
        entity=subject.entity,
        key_hash=key_hash(subject.key),
    ).first()


def records_of(subject: Subject, entry: KeyMap | None) -> list[tuple[str, int]]:
    """(model, id) of the record, now or once."""
    if entry is not None:
        return [(entry.odoo_model, entry.odoo_id)]
    return [(subject.entity.odoo_model, subject.record)] if subject.record else []


def changes_of(subject: Subject, records: list[tuple[str, int]]) -> list[Change]:
    """Every image of the record on this connection, the oldest first."""
    if not records:
        return []
    model, odoo_id = records[0]
    return list(
        Change.objects.filter(
            project_id=subject.connection.project_id,
            odoo_model=model,
            odoo_id=odoo_id,
            load__connection=subject.connection,
        ).order_by("pk")
    )
