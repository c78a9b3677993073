"""The verbs about suggestions: what a sheet's columns could be in Odoo, and taking it over as an
ordinary mapping. Suggesting writes nothing and asks no server.
"""

from collections.abc import Collection, Iterator, Mapping as MappingType, Sequence

from django.db import transaction

from importer.choices import DatasetState, FieldSource
from importer.data.profiling.facts import DatasetFacts
from importer.data.suggesting.drafting import Accepted, entity_name, mapping_spec, read_target
from importer.data.suggesting.normalising import squeezed
from importer.data.suggesting.profiled import pointers_of, with_profile
from importer.data.suggesting.shapes import (
    Column,
    DatasetSuggestion,
    Remembered,
    Sheet as SheetToSuggest,
    SheetSuggestion,
    Target,
)
from importer.data.suggesting.whole import suggest_dataset
from importer.datasets import sample_rows
from importer.errors import Refused
from importer.mappings import create_mapping
from importer.models import (
    Connection,
    Dataset,
    Entity,
    FieldMapping,
    Mapping,
    Project,
    Sheet,
    User,
)
from importer.profiles import profile_of
from importer.rights import require
from importer.schema_cache import schema_of, schemas_of

__all__ = (
    "accept_mapping",
    "entity_for",
    "suggest_draft",
    "suggest_mapping",
)

_SAMPLES = 100
_LONGEST_SAMPLE = 300

Targets = MappingType[str, str]
"""Column -> target as text (``data/suggesting/drafting.read_target``), empty for none."""


def suggest_mapping(
    sheet: Sheet,
    connection: Connection,
    *,
    by: User,
    model: str = "",
    profile: DatasetFacts | None = None,
) -> SheetSuggestion:
    """What the sheet holds and where each column goes. ``model``: chosen already, else guessed.
    The dataset's other sheets are looked at too, for what columns refer to."""
    chosen = {sheet.name: model} if model else {}
    draft = suggest_draft(
        sheet.dataset, connection, by=by, chosen=chosen, profile=profile, least=[sheet.name]
    )
    return next(one for one in draft.sheets if one.sheet == sheet.name)


def suggest_draft(
    dataset: Dataset,
    connection: Connection,
    *,
    by: User,
    chosen: MappingType[str, str] | None = None,
    profile: DatasetFacts | None = None,
    least: Sequence[str] = (),
) -> DatasetSuggestion:
    """The same for all sheets, and which waits for which. ``chosen``: sheet -> model. ``profile``:
    instead of the one that is kept, if there is any. ``least``: sheets whose chosen model must be
    known."""
    require(by, "view", dataset.project)
    _check(dataset, connection)
    models = schemas_of(connection)
    if not models:
        raise Refused(
            f"The fields of “{connection}” have not been read yet. Read its schema first; "
            "suggestions come from it."
        )
    for name in least:
        if (chosen or {}).get(name):
            schema_of(connection, (chosen or {})[name])
    profile = profile or profile_of(dataset).facts
    sheets = tuple(_sheet(sheet) for sheet in dataset.sheets.all())
    mappings = _mappings(dataset.project)
    return suggest_dataset(
        with_profile(sheets, profile) if profile else sheets,
        models,
        chosen=chosen or {},
        usual=_usual(dataset, mappings),
        pointers=pointers_of(profile) if profile else (),
        memory=tuple(_memory(dataset, mappings)),
    )


@transaction.atomic
def accept_mapping(
    sheet: Sheet,
    connection: Connection,
    *,
    by: User,
    model: str,
    key: Sequence[str],
    targets: Targets,
    name: str = "",
    entity: str = "",
    entities: MappingType[str, str] | None = None,
) -> Mapping:
    """Make an ordinary mapping of what was suggested and perhaps changed. Without a ``name`` it
    takes the sheet's, without an ``entity`` one that is called like a row of the sheet; an entity
    of the same model and key is used again. ``entities``: sheet -> entity of mappings that are
    made together with it. Raises Refused or Invalid with what is wrong."""
    project = sheet.project
    require(by, "edit_mapping", project)
    _check(sheet.dataset, connection)
    _check_columns(sheet, [*key, *targets])
    read = [(column, read_target(targets.get(column, ""))) for column in sheet.column_names]
    own = entity.strip() or entity_for(project, sheet.name, model, key)
    accepted = Accepted(
        sheet=sheet.name,
        model=model,
        key=tuple(key),
        targets=tuple((column, target) for column, target in read if target),
        name=name.strip() or _free_name(project, sheet.name),
        entity=own,
        entities={**_entities_by_sheet(project), **(entities or {}), sheet.name: own},
    )
    spec = mapping_spec(accepted, schema_of(connection, model))
    return create_mapping(by=by, project=project, spec=spec)


def entity_for(
    project: Project,
    sheet: str,
    model: str,
    key: Sequence[str],
    taken: Collection[str] = (),
) -> str:
    """The entity of this sheet's rows: a known one of that name, model and key, or a new name
    that is not ``taken``."""
    base = entity_name(sheet)
    known = {one.name: one for one in Entity.objects.filter(project=project)}
    name, number = base, 2
    while name in known or name in taken:
        row = known.get(name)
        if row and row.odoo_model == model and list(row.key_columns) == list(key):
            break
        name, number = f"{base[:36]}_{number}", number + 1
    return name


def _check(dataset: Dataset, connection: Connection) -> None:
    if connection.project_id != dataset.project_id:
        raise Refused(f"“{connection}” belongs to another project than “{dataset}”.")
    if dataset.state != DatasetState.READY:
        raise Refused(f"“{dataset}” has not been read. Wait until it is ready.")


def _check_columns(sheet: Sheet, names: Sequence[str]) -> None:
    unknown = [name for name in names if name not in sheet.column_names]
    if unknown:
        raise Refused(f"The sheet “{sheet}” has no column “{unknown[0]}”.")


def _free_name(project: Project, sheet: str) -> str:
    taken = set(Mapping.objects.filter(project=project).values_list("name", flat=True))
    name, number = sheet[:190], 2
    while name in taken:
        name, number = f"{sheet[:190]} {number}", number + 1
    return name


def _sheet(sheet: Sheet) -> SheetToSuggest:
    rows = sample_rows(sheet, limit=_SAMPLES)
    columns = tuple(
        Column(
            one["name"],
            one["header"] or one["name"],
            tuple(str(row.get(one["name"]) or "")[:_LONGEST_SAMPLE] for row in rows),
        )
        for one in sheet.columns
    )
    return SheetToSuggest(sheet.name, columns)


def _mappings(project: Project) -> list[Mapping]:
    """The project's mappings, the newest first; lines within documents are another matter."""
    found = Mapping.objects.filter(project=project, nested_in=None)
    rows = found.select_related("entity").prefetch_related("fields")
    return list(rows.order_by("-created_at"))


def _usual(dataset: Dataset, mappings: Sequence[Mapping]) -> dict[str, tuple[str, str]]:
    """Sheet -> model and name of the mapping for sheets of this name whose key columns it has."""
    usual: dict[str, tuple[str, str]] = {}
    for sheet in dataset.sheets.all():
        for one in mappings:
            same = one.sheet_name.strip().casefold() == sheet.name.strip().casefold()
            if same and set(one.entity.key_columns) <= set(sheet.column_names):
                usual.setdefault(sheet.name, (one.entity.odoo_model, one.name))
    return usual


def _memory(dataset: Dataset, mappings: Sequence[Mapping]) -> Iterator[Remembered]:
    """What columns of these headers went to before."""
    fed = {sheet.name.casefold(): sheet.name for sheet in dataset.sheets.all()}
    sheets = {
        one.entity.name: fed[one.sheet_name.casefold()]
        for one in reversed(mappings)
        if one.sheet_name.casefold() in fed
    }
    for one in mappings:
        for field in one.fields.all():
            found = _remembered(field, sheets)
            if found is not None:
                column, target = found
                yield Remembered(one.entity.odoo_model, squeezed(column), target, one.name)


def _remembered(field: FieldMapping, sheets: MappingType[str, str]) -> tuple[str, Target] | None:
    """The column and target of a field that is made of one column; None for any other."""
    if field.lang:
        return None
    spec = field.spec
    if field.source == FieldSource.COLUMN:
        return str(spec["column"]), Target(field.target)
    inputs = [one.get("column") for one in spec.get("inputs", ())]
    column = str(inputs[-1]) if inputs and inputs[-1] else ""
    if field.source == FieldSource.LOOKUP and column:
        by = spec["by"][-1]
        last = by[-1] if isinstance(by, list) else by
        return column, Target(field.target, by=str(last))
    sheet = sheets.get(str(spec.get("entity", "")))
    if field.source == FieldSource.REFERENCE and len(inputs) == 1 and column and sheet:
        return column, Target(field.target, sheet=sheet)
    return None


def _entities_by_sheet(project: Project) -> dict[str, str]:
    """Sheet -> the entity that the newest mapping for it makes."""
    found = Mapping.objects.filter(project=project, nested_in=None).exclude(sheet_name="")
    rows = found.select_related("entity").order_by("created_at")
    return {one.sheet_name: one.entity.name for one in rows}
