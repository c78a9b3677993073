"""The verbs about transforms: which there are, trying them on real rows, and keeping them with a
field of a mapping. Nothing is sent to Odoo.
"""

from collections.abc import Mapping as MappingType, Sequence
from typing import Any

from django.conf import settings

from importer.data.shapes import check_transforms_shape
from importer.data.storage import local_path, work_dir
from importer.data.transforms.beside import sheets_beside
from importer.data.transforms.registry import listed, read_steps
from importer.data.transforms.trying import SHOWN, Trial, try_in_child
from importer.errors import Refused
from importer.freezing import freeze_transforms
from importer.mappings import check_field
from importer.models import FieldMapping, Mapping, Project, Sheet, User
from importer.rights import require

__all__ = ("inputs_of", "keep_transforms", "list_transforms", "try_transforms")

Steps = Sequence[MappingType[str, Any]]
_PLAIN_SOURCES = ("column", "expression", "binary")


def list_transforms() -> list[dict[str, Any]]:
    """The pick list: ``{name, label, group, says, schema, example}`` each; ``schema`` is the JSON
    Schema of one step."""
    return listed()


def try_transforms(
    sheet: Sheet,
    *,
    by: User,
    transforms: Steps,
    column: str = "",
    sql: str = "",
    shown: int = SHOWN,
) -> dict[str, Any]:
    """What they make of a column's, or an expression's, first rows; shape:
    ``trying.try_in_child``. Changes nothing. Raises Refused, or Invalid, with what is wrong."""
    require(by, "view", sheet.project)
    if bool(column) == bool(sql):
        raise Refused("Give either a column or an expression whose values are to be tried.")
    check_transforms_shape(list(transforms))
    read_steps(list(transforms))
    draft = Mapping(project=sheet.project, name="draft")
    steps = freeze_transforms(draft, "A transform", list(transforms))
    raw = {**({"column": column} if column else {"sql": sql}), "transforms": steps}
    others = sheet.dataset.sheets.filter(name__in=sheets_beside({"draft": raw}))
    with work_dir() as folder:
        trial = Trial(
            sheet_path=local_path(sheet.stored_as),
            columns=sheet.column_names,
            raw=raw,
            empty_words=sheet.dataset.options.get("empty_words", settings.STOWAGE_EMPTY_WORDS),
            sheets={one.name: local_path(one.stored_as) for one in others},
        )
        return try_in_child(trial, folder, shown=shown)


def inputs_of(field: FieldMapping) -> list[dict[str, Any]]:
    """The inputs of a field that can have transforms: ``{"column" or "sql", "transforms"}``."""
    spec = field.spec
    if field.source in _PLAIN_SOURCES:
        return [spec]
    inputs = [one for one in spec.get("inputs") or () if isinstance(one, dict)]
    if len(inputs) == 1 and spec.get("transforms"):
        return [{**inputs[0], "transforms": spec["transforms"]}]
    return inputs


def keep_transforms(
    field: FieldMapping, *, by: User, transforms: Steps, place: int = 0, sql: str = ""
) -> FieldMapping:
    """Put the transforms in the place of those that the field's input has. ``sql``: the
    expression that the input is, where that is changed too. Raises Refused, or Invalid, with what
    is wrong."""
    require(by, "edit_mapping", field.project)
    check_transforms_shape(list(transforms))
    inputs = inputs_of(field)
    if not 0 <= place < len(inputs):
        raise Refused(f"Field “{field.target}” has no such input.")
    _named_maps(field.project, transforms)
    own = {key: value for key, value in inputs[place].items() if key != "transforms"}
    if transforms:
        own["transforms"] = [dict(one) for one in transforms]
    if sql and "sql" in own:
        own["sql"] = sql
    field.spec = _with_input(field, inputs, place, own)
    check_field({"target": field.target, "source": field.source, "spec": field.spec})
    field.save(update_fields=["spec"])
    return field


def _with_input(
    field: FieldMapping, inputs: list[dict[str, Any]], place: int, own: dict[str, Any]
) -> dict[str, Any]:
    if field.source in _PLAIN_SOURCES:
        return own
    rest = {key: value for key, value in field.spec.items() if key != "transforms"}
    return {**rest, "inputs": [*inputs[:place], own, *inputs[place + 1 :]]}


def _named_maps(project: Project, transforms: Steps) -> None:
    """A value map that is named must be there now, not only when the mapping is frozen."""
    freeze_transforms(Mapping(project=project, name="draft"), "A transform", list(transforms))
