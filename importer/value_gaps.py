"""Looks for the values of a sheet that fit nothing under a mapping. Reads, and changes nothing;
what is to become of them is said by the verb of value_choices.
"""

from collections.abc import Iterator, Mapping as MappingType
from pathlib import Path
from typing import Any

from importer.choices import KeyMapState
from importer.data.gaps.finding import KnownKeys
from importer.data.gaps.similar import Said
from importer.data.model_rules import is_required
from importer.data.previewing import Asked, gaps_in_child
from importer.data.storage import local_path, work_dir
from importer.data.value_actions import CREATE, EMPTY, SKIP
from importer.engine.extracts import copy_out
from importer.errors import Refused
from importer.mappings import preview_question
from importer.models import Connection, Dataset, Entity, Mapping, Project, Sheet, User, ValueMap
from importer.rights import require
from importer.value_choices import MAP, place_of, users_of

_KEYS = """
SELECT source_key FROM importer_keymap
WHERE connection_id = %s AND entity_id = %s AND state <> %s"""


def value_gaps(
    mapping: Mapping, sheet: Sheet, connection: Connection, *, by: User
) -> list[dict[str, Any]]:
    """``gaps.finding.find_gaps`` of the sheet, each field also with ``value_map`` (the name of the
    map that its choices go to, perhaps not made yet), ``used_by`` (other mappings that use it) and
    ``may`` (what can be chosen). Reads lists from Odoo. Raises Refused where the mapping does not
    fit the sheet, OdooError when Odoo cannot be read."""
    require(by, "view", mapping.project)
    if {sheet.project_id, connection.project_id} != {mapping.project_id}:
        raise Refused("Mapping, sheet and connection must belong to one project.")
    with work_dir() as folder:
        asked = preview_question(mapping, sheet, connection, folder)
        known = _known_keys(mapping.project, asked.frozen, sheet.dataset, connection, folder)
        found = gaps_in_child(asked, folder, known=known, said=_said(mapping.project))
    return [one | _choosing(mapping, one, asked) for one in found]


def sheet_for(mapping: Mapping, dataset: Dataset, name: str = "") -> Sheet:
    """The sheet of that name, else the mapping's usual one, else the only one there is. Raises
    Refused where none of these is."""
    sheets = list(dataset.sheets.all())
    wanted = (name or mapping.sheet_name).casefold()
    found = [one for one in sheets if one.name.casefold() == wanted]
    if not found and not name and len(sheets) == 1:
        found = sheets
    if not found:
        names = ", ".join(one.name for one in sheets) or "none"
        raise Refused(
            f"“{dataset}” has no sheet “{name or mapping.sheet_name}”. Its sheets are: {names}."
        )
    return found[0]


def _known_keys(
    project: Project,
    frozen: MappingType[str, Any],
    dataset: Dataset,
    connection: Connection,
    folder: Path,
) -> dict[str, KnownKeys]:
    """Of each entity that is referred to: what the key map has, and what the dataset brings."""
    names = {str(raw["spec"]["entity"]) for raw in frozen["fields"] if raw["source"] == "reference"}
    entities = {one.name: one for one in Entity.objects.filter(project=project, name__in=names)}
    return {
        name: _keys_of(entities[name], dataset, connection, folder)
        if name in entities
        else KnownKeys()
        for name in names
    }


def _keys_of(entity: Entity, dataset: Dataset, connection: Connection, folder: Path) -> KnownKeys:
    values = [connection.pk, entity.pk, str(KeyMapState.GONE)]
    loaded = copy_out(_KEYS, values, folder / f"keys_{entity.name}.csv")
    columns = tuple(str(column) for column in entity.key_columns)
    fed = {one.sheet_name.casefold() for one in entity.mappings.filter(nested_in=None)}
    sheets = [
        one
        for one in dataset.sheets.all()
        if one.name.casefold() in fed and set(columns) <= set(one.column_names)
    ]
    paths = [str(local_path(one.stored_as).resolve()) for one in sheets]
    return KnownKeys((str(loaded.resolve()),), tuple((path, columns) for path in paths))


def _said(project: Project) -> Said:
    """What the project's value maps make of values."""
    said: dict[str, list[tuple[str, str]]] = {}
    for value_map in ValueMap.objects.filter(project=project):
        for value, to in value_map.entries.items():
            if isinstance(to, str) and to:
                said.setdefault(value.strip().casefold(), []).append((to, value_map.name))
    return said


def _choosing(mapping: Mapping, found: dict[str, Any], asked: Asked) -> dict[str, Any]:
    place = place_of(mapping, found["field"], found["lang"])
    return {
        "value_map": place.map_name,
        "used_by": [str(one) for one in users_of(mapping.project, place.map_name, but=mapping)],
        "may": list(_may(mapping, found, asked)),
    }


def _may(mapping: Mapping, found: dict[str, Any], asked: Asked) -> Iterator[str]:
    field = next((one for one in asked.frozen["fields"] if one["target"] == found["field"]), None)
    yield MAP
    is_elsewhere = found["entity"] and found["entity"] != mapping.entity.name
    has_one_input = field is not None and len(field["spec"].get("inputs") or ()) == 1
    if is_elsewhere and has_one_input and mapping.nested_in is None:
        yield CREATE
    if field is None or not is_required(asked.facts, found["field"], asked.frozen):
        yield EMPTY
    if mapping.nested_in is None:
        yield SKIP
