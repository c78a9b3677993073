"""Looks at a draft with everything the database knows: its mappings, the connection's cached
schema, the dataset's sheets. Writes nothing and asks no Odoo.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from graphs.binding import SheetFacts, bind
from graphs.definition import Definition, Edge, Node, parse
from graphs.language_nodes import with_languages
from graphs.link_mappings import filled_cells, share_mappings
from graphs.ordering import Order, order_of
from graphs.references import complete, models_of
from graphs.stub_mappings import stub_mappings, stub_problems
from importer.choices import DatasetState
from importer.connections import schema_of
from importer.data.companies import check_company
from importer.data.languages import languages_of
from importer.data.pointing import check_targets, models_looked_up
from importer.data.stubs import feeder_of
from importer.errors import Problem, Refused
from importer.mappings import check_mapping, freeze_mapping
from importer.models import (
    Connection,
    Dataset,
    Entity,
    KeyMap,
    Mapping as MappingRow,
    OdooModel,
    Project,
)
from importer.odoo.schema import ModelFacts
from importer.schema_cache import is_absent

Frozen = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Examined:
    """A draft as it would be released. ``order`` is None while a cycle forbids one."""

    definition: Definition
    added_edges: tuple[Edge, ...]
    order: Order | None
    mappings: Mapping[str, Frozen]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.is_error)


def examine(
    spec: object,
    *,
    project: Project,
    connection: Connection | None = None,
    dataset: Dataset | None = None,
) -> Examined:
    """Every problem of a spec at once. Without a connection its models and fields are not
    checked, without a dataset its sheets are not."""
    definition, problems = parse(spec)
    mappings, more = _frozen_mappings(definition, project)
    problems += more
    facts = _facts(definition, mappings, connection)
    is_read = dataset is not None and dataset.state == DatasetState.READY
    bound, unbound = bind_sheets(mappings, dataset) if dataset and is_read else ({}, [])
    completed = complete(
        definition,
        mappings,
        has_key_maps=lambda entity: _has_key_maps(project, connection, entity),
        is_required=lambda node, field: _is_required(facts.get(node), field),
        filled=lambda node, field: filled_cells(mappings[node], field, bound.get(node)),
    )
    problems += completed.problems
    problems += unbound
    problems += _schema_problems(definition, mappings, bound, connection)
    has_cycle = any(problem.code == "cycle" for problem in problems)
    whole, languages = with_languages(completed.definition, mappings)
    order = None if has_cycle else order_of(whole)
    shared = share_mappings(mappings, completed.links, languages)
    released, unmade = stub_mappings(shared, completed.stubs, project)
    problems += unmade
    if connection is not None:
        problems += stub_problems(released, completed.stubs, partial(cached_facts, connection))
    return Examined(whole, completed.added_edges, order, released, tuple(problems))


def bind_sheets(
    mappings: Mapping[str, Frozen], dataset: Dataset
) -> tuple[dict[str, SheetFacts], list[Problem]]:
    """Node id -> sheet, and a problem for each node that no sheet feeds."""
    sheets = [
        SheetFacts(sheet.pk, sheet.name, tuple(sheet.column_names), sheet.n_rows)
        for sheet in dataset.sheets.all()
    ]
    bound: dict[str, SheetFacts] = {}
    problems: list[Problem] = []
    for node_id, frozen in mappings.items():
        found = bind(node_id, feeder_of(frozen), sheets)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            bound[node_id] = found
    return bound, problems


def _frozen_mappings(
    definition: Definition, project: Project
) -> tuple[dict[str, Frozen], list[Problem]]:
    frozen: dict[str, Frozen] = {}
    problems = []
    for node in definition.nodes:
        if not node.mapping:
            continue
        mapping = _find_mapping(project, node.mapping)
        if mapping is None:
            message = (
                f"Node “{node.id}” names the mapping “{node.mapping}”, which the project does "
                "not have."
            )
            problems.append(Problem("unknown_mapping", message, node=node.id))
            continue
        try:
            company = {"company": node.company} if node.company else {}
            frozen[node.id] = {**freeze_mapping(mapping), **company}
        except Refused as refusal:
            message = f"Node “{node.id}”: {refusal}"
            problems.append(Problem("bad_mapping", message, node=node.id))
    return frozen, problems


def _find_mapping(project: Project, name_or_id: str) -> MappingRow | None:
    rows = MappingRow.objects.filter(project=project)
    try:
        by_id = rows.filter(pk=UUID(name_or_id)).first()
    except ValueError:
        by_id = None
    return by_id or rows.filter(name=name_or_id).first()


def _facts(
    definition: Definition, mappings: Mapping[str, Frozen], connection: Connection | None
) -> dict[str, ModelFacts]:
    """Node id -> what the cache knows of its model; nodes whose model is unknown are left out."""
    facts = {}
    for node in definition.nodes:
        if connection is None or node.id not in mappings:
            continue
        known = cached_facts(connection, mappings[node.id]["entity"]["odoo_model"])
        if known is not None:
            facts[node.id] = known
    return facts


def cached_facts(connection: Connection, model: str) -> ModelFacts | None:
    """The cached schema of a model, or None where the database is not known to have it."""
    try:
        return schema_of(connection, model)
    except Refused:
        return None


def _is_required(facts: ModelFacts | None, field: str) -> bool | None:
    if facts is None or field not in facts.fields:
        return None
    return facts.fields[field].required


def _has_key_maps(project: Project, connection: Connection | None, entity: str) -> bool:
    known = KeyMap.objects.filter(project=project, entity__name=entity)
    if connection is not None:
        known = known.filter(connection=connection)
    return known.exists()


def _schema_problems(
    definition: Definition,
    mappings: Mapping[str, Frozen],
    bound: Mapping[str, SheetFacts],
    connection: Connection | None,
) -> list[Problem]:
    if connection is None:
        return []
    if not OdooModel.objects.filter(connection=connection).exists():
        message = (
            f"The models and fields of “{connection}” have not been read yet, so they are "
            "checked when the run starts. Test the connection to read them now."
        )
        return [Problem("schema_not_read", message, is_error=False)]
    problems: list[Problem] = []
    for node in definition.nodes:
        if node.id in mappings:
            problems += node_problems(node, mappings[node.id], connection, bound.get(node.id))
    return problems


def node_problems(
    node: Node, frozen: Frozen, connection: Connection, sheet: SheetFacts | None = None
) -> list[Problem]:
    """What is wrong with one node's mapping on one database, each problem with the node's id."""
    written, looked_up = models_of(frozen), models_looked_up(frozen)
    known = {model: cached_facts(connection, model) for model in (*written, *looked_up)}
    facts = known[frozen["entity"]["odoo_model"]]
    absent = [m for m, one in known.items() if one is None and is_absent(connection, m)]
    missing = [model for model in written if known[model] is None]
    if absent:
        return [_unknown_model(node, absent[0])]
    if facts is None or missing:
        return [_unread_model(node, missing[0])]
    found = check_mapping(
        frozen,
        facts=facts,
        columns=sheet.columns if sheet else None,
        nested_facts={model: one for model, one in known.items() if one is not None},
        languages=_asked_languages(frozen, connection),
    )
    found += check_targets(
        frozen,
        facts_of=lambda model: known.get(model) or cached_facts(connection, model),
        model_of=lambda entity: _model_of(connection, entity),
    )
    found += check_company(frozen, connection.companies)
    return [replace(problem, node=node.id) for problem in found]


def _asked_languages(frozen: Frozen, connection: Connection) -> list[str]:
    is_asked = bool(languages_of(frozen) or frozen.get("lang"))
    return list(connection.languages) if is_asked else []


def _model_of(connection: Connection, entity: str) -> str | None:
    rows = Entity.objects.filter(project=connection.project_id, name=entity)
    return rows.values_list("odoo_model", flat=True).first()


def _unknown_model(node: Node, model: str) -> Problem:
    message = f"Node “{node.id}”: the database has no model {model}"
    message += (
        ", so the node will be skipped."
        if node.is_optional
        else ", or does not show it to this login. Is its module there?"
    )
    return Problem("unknown_model", message, node=node.id, is_error=not node.is_optional)


def _unread_model(node: Node, model: str) -> Problem:
    """The cache holds what was asked for; silence about a model proves nothing."""
    message = (
        f"Node “{node.id}”: the fields of {model} have not been read yet, so they are checked "
        "when the run starts. Refresh the connection's schema to check them now."
    )
    return Problem("schema_not_read", message, node=node.id, is_error=False)
