"""The mappings of the nodes that make stubs, and what keeps them from making any."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from graphs.stubs import Stub
from importer.data.checking import check_mapping
from importer.data.model_rules import missing_fields
from importer.data.stubs import said_fields, stub_mapping
from importer.errors import Problem
from importer.models import Entity, Project
from importer.odoo.schema import ModelFacts

Frozen = dict[str, Any]
FactsOf = Callable[[str], ModelFacts | None]


def stub_mappings(
    mappings: Mapping[str, Frozen], stubs: Sequence[Stub], project: Project
) -> tuple[dict[str, Frozen], list[Problem]]:
    """Node id -> mapping, for every node of the graph and its stubs. A problem for each whose
    entity the project does not have, or is not asked for by its whole key."""
    whole, problems = dict(mappings), []
    for stub in stubs:
        entity = _entity(stub, mappings, project)
        if entity is None:
            problems.append(_unknown(stub))
            continue
        problems += _asked_wrongly(stub, mappings[stub.asker], entity)
        beside = mappings.get(stub.beside)
        whole[stub.id] = stub_mapping(mappings[stub.asker], stub.fields, entity, beside)
    return whole, problems


def stub_problems(
    mappings: Mapping[str, Frozen], stubs: Sequence[Stub], facts_of: FactsOf
) -> Iterator[Problem]:
    """What a stub lacks, or is given wrongly; models that are not known are not held against it."""
    for stub in stubs:
        frozen = mappings.get(stub.id)
        facts = facts_of(frozen["entity"]["odoo_model"]) if frozen else None
        if frozen is None or facts is None:
            continue
        yield from _lacking(stub, frozen, facts)
        found = check_mapping(frozen, facts=facts, columns=frozen["entity"]["key_columns"])
        for problem in found:
            if problem.code != "missing_required":
                yield _said(stub, problem.code, problem.message, is_error=problem.is_error)


def _lacking(stub: Stub, frozen: Frozen, facts: ModelFacts) -> Iterator[Problem]:
    missing = missing_fields(facts, frozen)
    if missing:
        named = ", ".join(f"“{field}” ({facts.fields[field].label})" for field in missing)
        given = ", ".join(f"“{field['target']}”" for field in frozen["fields"])
        yield _said(
            stub,
            "stub_fields",
            f"{facts.model} needs {named}, and a stub is given only {given}. Say in “stub” of "
            f"field “{stub.fields[0]}” what else it is given, or choose another way for missing "
            "records.",
        )


def _asked_wrongly(stub: Stub, asker: Frozen, entity: Frozen) -> Iterator[Problem]:
    lists = [one for one in said_fields(asker, stub.fields) if one]
    if any(one != lists[0] for one in lists):
        yield _said(
            stub,
            "stub_differs",
            f"Fields {', '.join(stub.fields)} say differently what a stub is given. Say it once.",
        )
    width = len(entity["key_columns"])
    for field in asker["fields"]:
        if field["target"] in stub.fields and len(field["spec"].get("inputs") or ()) != width:
            key = ", ".join(entity["key_columns"])
            yield _said(
                stub,
                "stub_key",
                f"Field “{field['target']}” gives {len(field['spec'].get('inputs') or ())} values "
                f"for the key {key}. Give one for each of its columns.",
            )


def _entity(stub: Stub, mappings: Mapping[str, Frozen], project: Project) -> Frozen | None:
    beside = mappings.get(stub.beside)
    if beside is not None and beside["entity"]["name"] == stub.entity:
        return dict(beside["entity"])
    row = Entity.objects.filter(project=project, name=stub.entity).first()
    if row is None or beside is not None:
        return None
    return {
        "id": str(row.pk),
        "name": row.name,
        "odoo_model": row.odoo_model,
        "key_columns": list(row.key_columns),
    }


def _unknown(stub: Stub) -> Problem:
    if stub.beside:
        return _said(
            stub,
            "stub_entity",
            f"the entity is loaded as lines of node “{stub.beside}”, which cannot be alone.",
        )
    return _said(
        stub, "stub_entity", "the project has no such entity. Map it, or name another one."
    )


def _said(stub: Stub, code: str, message: str, *, is_error: bool = True) -> Problem:
    start = f"Node “{stub.asker}” makes stubs of “{stub.entity}”: "
    return Problem(code, f"{start}{message}", node=stub.asker, is_error=is_error)
