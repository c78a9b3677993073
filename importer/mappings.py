"""The verbs about mappings: make, change, check, freeze and preview one."""

from collections.abc import Mapping as MappingType, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction

from importer.choices import Linking, Winner
from importer.connections import open_client
from importer.data.checking import check_mapping
from importer.data.companies import with_companies
from importer.data.lookups import read_lookups, wanted_lookups
from importer.data.match_rules import read_rule
from importer.data.previewing import Asked, preview_in_child
from importer.data.row_companies import read_row_company
from importer.data.shapes import check_mapping_shape
from importer.data.specs import PARENT_TARGET, read_field
from importer.data.storage import local_path, work_dir
from importer.data.transforms.beside import sheets_beside
from importer.engine.source_files import files_for
from importer.errors import Invalid, Problem, Refused
from importer.freezing import Frozen, freeze_mapping, sha256_of_json
from importer.models import (
    Connection,
    Entity,
    FieldMapping,
    Mapping,
    Project,
    Sheet,
    User,
    ValueMap,
)
from importer.rights import require
from importer.schema_cache import schema_of

__all__ = (
    "check_field",
    "check_mapping",
    "check_row_company",
    "create_mapping",
    "delete_mapping",
    "freeze_mapping",
    "preview",
    "preview_question",
    "save_mapping",
    "save_value_map",
    "sha256_of_json",
)

Spec = MappingType[str, Any]
_PLAIN = (
    *("sheet_name", "row_filter", "row_company", "on_existing", "empty_cells", "match_rules"),
    *("vanished", "vanished_percent", "context", "control_totals"),
)


@transaction.atomic
def create_mapping(*, by: User, project: Project, spec: Spec) -> Mapping:
    """A new mapping from JSON (docs/mappings.md). Its entity is made when the project has none of
    that name. Raises Invalid with every field that cannot be read, Refused for a name in use."""
    require(by, "edit_mapping", project)
    check_mapping_shape(spec)
    _hold_names(project)
    name = str(spec.get("name") or "")
    if Mapping.objects.filter(project=project, name=name).exists():
        raise Refused(f"The project has a mapping “{name}” already. Choose another name.")
    return _write(Mapping(project=project, name=name), spec)


@transaction.atomic
def save_mapping(mapping: Mapping, *, by: User, spec: Spec) -> Mapping:
    """Bring a mapping to what the JSON says; its fields and nested mappings are made anew."""
    require(by, "edit_mapping", mapping.project)
    check_mapping_shape(spec)
    _hold_names(mapping.project)
    mapping.name = str(spec.get("name") or mapping.name)
    return _write(mapping, spec)


def _hold_names(project: Project) -> None:
    """Two people making mappings, entities or value maps of one name at once take turns."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def delete_mapping(mapping: Mapping, *, by: User) -> None:
    """With its fields. Refused while another mapping is nested in it: that one goes first."""
    require(by, "edit_mapping", mapping.project)
    try:
        mapping.delete()
    except models.ProtectedError as error:
        raise Refused(
            f"Another mapping is nested in “{mapping}”. Delete that one first."
        ) from error


def check_field(raw: Spec) -> None:
    """Refused says what one field (``{target, source, spec, default, on_missing}``) lacks."""
    read_field(_without_names(raw))


def check_row_company(raw: Any) -> None:
    """Refused says what is wrong with how a mapping's rows name their company."""
    is_named = isinstance(raw, dict) and isinstance(raw.get("value_map"), str)
    read_row_company({**raw, "value_map": None} if is_named else raw)


def save_value_map(
    *,
    by: User,
    project: Project,
    name: str,
    entries: MappingType[str, str],
    ignore_case: bool = True,
) -> ValueMap:
    """Make or change the project's value map of that name."""
    require(by, "edit_mapping", project)
    return _write_value_map(project, name, {"entries": entries, "ignore_case": ignore_case})


def preview(
    mapping: Mapping, sheet: Sheet, connection: Connection, *, by: User, limit: int = 50
) -> dict[str, Any]:
    """The first rows as they would be sent, with their issues, and all issues in groups; shape:
    ``previewing.preview_in_child``. Reads lists from Odoo, writes nothing there. Raises Refused
    with a sentence when it takes too long or too much memory, OdooError when Odoo cannot be
    read."""
    require(by, "edit_mapping", mapping.project)
    with work_dir() as folder:
        asked = preview_question(mapping, sheet, connection, folder)
        return preview_in_child(asked, folder, limit=limit)


def preview_question(mapping: Mapping, sheet: Sheet, connection: Connection, folder: Path) -> Asked:
    """Everything that preparing the sheet needs; lists of Odoo's records are read into
    ``folder``."""
    frozen = with_companies(freeze_mapping(mapping), connection.companies)
    models_needed = {str(nested["entity"]["odoo_model"]) for nested in frozen["nested"]}
    others = sheet.dataset.sheets.filter(name__in=sheets_beside(frozen))
    return Asked(
        frozen=frozen,
        facts=schema_of(connection, frozen["entity"]["odoo_model"]),
        sheet_path=local_path(sheet.stored_as),
        sheet=sheet.name,
        empty_words=sheet.dataset.options.get("empty_words", settings.STOWAGE_EMPTY_WORDS),
        lookups=_lookups(frozen, connection, folder / "lookups"),
        nested_facts={model: schema_of(connection, model) for model in models_needed},
        nested_sheets={one.name: local_path(one.stored_as) for one in others},
        files=files_for(sheet.dataset),
    )


def _lookups(frozen: Frozen, connection: Connection, folder: Path) -> dict[str, Any]:
    if not wanted_lookups(frozen):
        return {}
    client = open_client(connection)
    try:
        return dict(read_lookups(frozen, client, folder=folder))
    finally:
        client.close()


def _write(mapping: Mapping, spec: Spec) -> Mapping:
    check_mapping_shape(spec)
    _readable(spec)
    for name, value_map in (spec.get("value_maps") or {}).items():
        _write_value_map(mapping.project, str(name), value_map)
    mapping.entity = _entity(mapping.project, spec.get("entity"))
    for attribute in _PLAIN:
        if attribute in spec:
            setattr(mapping, attribute, spec[attribute])
    mapping.nested_field = str(spec.get("nested_field") or mapping.nested_field)
    _clean(mapping)
    mapping.save()
    _write_fields(mapping, spec)
    _write_nested(mapping, spec.get("nested") or ())
    return mapping


def _readable(spec: Spec) -> None:
    """Every field and rule that cannot be read, at once; value maps by name are put in only at
    freezing."""
    problems = []
    try:
        check_row_company(spec.get("row_company"))
    except Refused as refusal:
        problems.append(Problem("row_company", str(refusal)))
    for raw in spec.get("match_rules") or ():
        try:
            read_rule(raw)
        except Refused as refusal:
            problems.append(Problem("match_rule", str(refusal)))
    for raw in spec.get("fields") or ():
        try:
            check_field(raw)
        except Refused as refusal:
            problems.append(Problem("bad_spec", str(refusal)))
    if problems:
        raise Invalid(problems)


def _without_names(raw: Spec) -> dict[str, Any]:
    field = {key: value for key, value in raw.items() if key != "value_map"}
    inner = field.get("spec") or {}
    if isinstance(inner, dict) and isinstance(inner.get("inputs"), list):
        inputs = [
            {key: value for key, value in one.items() if key != "value_map"}
            for one in inner["inputs"]
            if isinstance(one, dict)
        ]
        field["spec"] = inner | {"inputs": inputs}
    return field


def _entity(project: Project, raw: Any) -> Entity:
    name = str(raw.get("name") if isinstance(raw, dict) else raw or "")
    known = Entity.objects.filter(project=project, name=name).first()
    if known is None:
        if not isinstance(raw, dict):
            raise Refused(
                f"The project has no entity “{name}”. Give its name, odoo_model and key_columns."
            )
        entity = Entity(
            project=project,
            name=name,
            alias=str(raw.get("alias") or ""),
            odoo_model=str(raw.get("odoo_model") or ""),
            key_columns=list(raw.get("key_columns") or ()),
        )
        _clean(entity)
        entity.save()
        return entity
    if isinstance(raw, dict):
        _same_entity(known, raw)
    return known


def _same_entity(known: Entity, raw: Spec) -> None:
    model = raw.get("odoo_model", known.odoo_model)
    key_columns = list(raw.get("key_columns", known.key_columns))
    if model == known.odoo_model and key_columns == list(known.key_columns):
        return
    raise Refused(
        f"The project's entity “{known.name}” is a {known.odoo_model} with the key "
        f"{', '.join(known.key_columns)}, but here it is a {model} with the key "
        f"{', '.join(key_columns)}. What was loaded hangs on both: use another entity name."
    )


def _write_value_map(project: Project, name: str, raw: Any) -> ValueMap:
    whole = isinstance(raw, dict) and isinstance(raw.get("entries"), MappingType)
    entries = dict(raw["entries"]) if whole else dict(raw)
    ignore_case = bool(raw.get("ignore_case", True)) if whole else True
    value_map, _ = ValueMap.objects.update_or_create(
        project=project, name=name, defaults={"entries": entries, "ignore_case": ignore_case}
    )
    return value_map


def _write_fields(mapping: Mapping, spec: Spec) -> None:
    mapping.fields.all().delete()
    raws: list[Spec] = list(spec.get("fields") or ())
    if spec.get("parent_inputs"):
        raws.append(_parent_field(mapping, spec["parent_inputs"]))
    for position, raw in enumerate(raws):
        field = FieldMapping(
            project=mapping.project,
            mapping=mapping,
            position=position,
            target=str(raw.get("target") or ""),
            lang=str(raw.get("lang") or ""),
            source=str(raw["source"]),
            spec=raw.get("spec") or {},
            default=str(raw.get("default") or ""),
            on_missing=str(raw.get("on_missing") or "error"),
            winner=str(raw.get("winner") or Winner.SOURCE),
            linking=str(raw.get("linking") or Linking.REPLACE),
            value_map=_field_value_map(mapping, raw),
        )
        _clean(field)
        field.save()


def _parent_field(mapping: Mapping, inputs: Any) -> Spec:
    parent = mapping.nested_in
    entity = parent.entity.name if parent else ""
    spec = {"entity": entity, "inputs": list(inputs)}
    return {"target": PARENT_TARGET, "source": "reference", "spec": spec}


def _field_value_map(mapping: Mapping, raw: Spec) -> ValueMap | None:
    given = raw.get("value_map")
    if not given:
        return None
    if isinstance(given, str):
        known = ValueMap.objects.filter(project=mapping.project, name=given).first()
        if known is None:
            raise Refused(
                f"Field “{raw.get('target')}” uses the value map “{given}”, which the project "
                "does not have. Add it, or choose another."
            )
        return known
    name = str(given.get("name") or f"{mapping.name}: {raw.get('target')}")
    return _write_value_map(mapping.project, name, given)


def _write_nested(mapping: Mapping, specs: Sequence[Spec]) -> None:
    kept = []
    for spec in specs:
        name = str(spec.get("name") or f"{mapping.name}: {spec.get('nested_field')}")
        nested = mapping.nested.filter(name=name).first() or Mapping(
            project=mapping.project, name=name, nested_in=mapping
        )
        kept.append(_write(nested, spec).pk)
    for gone in mapping.nested.exclude(pk__in=kept):
        gone.delete()


def _clean(row: models.Model) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        kind = row._meta.verbose_name
        said = "; ".join(
            f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items()
        )
        raise Refused(f"The {kind} “{row}” cannot be kept: {said}") from error
