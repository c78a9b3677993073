"""Verbs about value maps: made, changed and deleted by hand. Mappings name them; a release holds a
copy, so what is changed here changes no run.
"""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from importer.data.value_actions import ACTIONS
from importer.errors import Refused
from importer.models import Project, User, ValueMap
from importer.rights import require

Entries = dict[str, str | dict[str, str]]
"""Value -> the text it becomes, or ``{"action": ...}``."""


def create_value_map(
    *, by: User, project: Project, name: str, entries: Mapping[str, Any], ignore_case: bool = True
) -> ValueMap:
    """A new value map; Refused when the project has one of that name."""
    require(by, "edit_mapping", project)
    value_map = ValueMap(project=project, name=name.strip(), ignore_case=ignore_case)
    value_map.entries = checked_entries(entries)
    return _save(value_map)


def change_value_map(value_map: ValueMap, *, by: User, **changes: Any) -> ValueMap:
    """Change name, entries or ignore_case."""
    require(by, "edit_mapping", value_map.project)
    if "entries" in changes:
        changes["entries"] = checked_entries(changes["entries"])
    for field in ("name", "entries", "ignore_case"):
        if field in changes:
            setattr(value_map, field, changes[field])
    return _save(value_map)


def delete_value_map(value_map: ValueMap, *, by: User) -> None:
    """Refused while a field of a mapping uses it."""
    require(by, "edit_mapping", value_map.project)
    try:
        value_map.delete()
    except ProtectedError as error:
        raise Refused(
            f"“{value_map}” is used by a mapping's field. Choose another value map there first."
        ) from error


def checked_entries(entries: Any) -> Entries:
    """The entries as texts and actions; Refused for what is neither."""
    if not isinstance(entries, Mapping):
        raise Refused('The entries must be an object, such as {"UK": "GB", "USA": "US"}.')
    return {str(source): _checked(str(source), target) for source, target in entries.items()}


def _checked(source: str, target: Any) -> str | dict[str, str]:
    if isinstance(target, Mapping) and list(target) == ["action"]:
        if target["action"] not in ACTIONS:
            raise Refused(
                f"“{target['action']}” cannot be done with “{source}”. There are: "
                f"{', '.join(ACTIONS)}."
            )
        return {"action": str(target["action"])}
    if not isinstance(target, str | int | float) and target is not None:
        raise Refused(
            f"“{source}” must become one text, or have an action such as "
            f'{{"action": "skip"}}; it has “{target}”.'
        )
    return "" if target is None else str(target)


def _save(value_map: ValueMap) -> ValueMap:
    if not value_map.name:
        raise Refused("A value map needs a name.")
    try:
        with transaction.atomic():
            value_map.save()
    except IntegrityError as error:
        raise Refused(
            f"There is a value map named “{value_map.name}” already. Choose another name."
        ) from error
    return value_map
