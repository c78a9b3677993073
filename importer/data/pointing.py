"""Whether a mapping's references and lookups can lead where their fields point. Pure; what is not
known of a model is not held against the mapping.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from importer.data.specs import EXTERNAL_ID_BY, FieldSpec, read_field
from importer.errors import Problem, Refused
from importer.odoo.protocols import FieldFacts, ModelFacts

FactsOf = Callable[[str], ModelFacts | None]
"""Model -> what is known of it, None where nothing is."""
ModelOf = Callable[[str], str | None]
"""Entity -> its Odoo model, None where the project has no such entity."""

_MODEL_BESIDE = "res_model"
"""The field that names the model of the record whose number another one holds."""

_ALWAYS = frozenset(("id", "display_name", EXTERNAL_ID_BY))


def models_looked_up(frozen: Mapping[str, Any]) -> list[str]:
    """The models whose records a mapping and its nested ones look up."""
    specs = (raw.get("spec") or {} for raw in frozen.get("fields") or ())
    own = [str(spec["model"]) for spec in specs if isinstance(spec, dict) and spec.get("model")]
    nested = [model for one in frozen.get("nested") or () for model in models_looked_up(one)]
    return list(dict.fromkeys((*own, *nested)))


def check_targets(
    frozen: Mapping[str, Any], *, facts_of: FactsOf, model_of: ModelOf
) -> Iterator[Problem]:
    """A problem for each reference to an entity of another model than the field's, each ``via``
    that leads elsewhere, and each lookup by a field that the model does not have."""
    facts = facts_of(str(frozen["entity"]["odoo_model"]))
    for raw in frozen.get("fields") or ():
        try:
            spec = read_field(raw)
        except Refused:
            continue  # named by check_mapping
        known = facts.fields.get(spec.target) if facts else None
        if spec.source == "reference" and known is not None and known.relation:
            yield from _reference(spec, known, facts_of, model_of)
        if spec.source == "reference" and known is not None and not known.relation:
            yield from _number(spec, frozen, model_of)
        if spec.source == "lookup":
            yield from _lookup(spec, facts_of)
    for nested in frozen.get("nested") or ():
        yield from check_targets(nested, facts_of=facts_of, model_of=model_of)


def _reference(
    spec: FieldSpec, known: FieldFacts, facts_of: FactsOf, model_of: ModelOf
) -> Iterator[Problem]:
    model = model_of(spec.entity)
    if model is None:
        return
    place = f"Field “{spec.target}” points at {known.relation}"
    if not spec.via:
        if model != known.relation:
            yield Problem(
                "wrong_model",
                f"{place}, but the entity “{spec.entity}” is a {model}. Refer to an entity of "
                f"{known.relation}, or name the field of {model} that leads there (via).",
            )
        return
    facts = facts_of(model)
    between = facts.fields.get(spec.via) if facts else None
    if facts is not None and (between is None or between.relation != known.relation):
        yield Problem(
            "wrong_via",
            f"{place}, but “{spec.via}” of {model} (via) does not lead there. Name a field of "
            f"{model} that points at {known.relation}.",
        )


def _number(spec: FieldSpec, frozen: Mapping[str, Any], model_of: ModelOf) -> Iterator[Problem]:
    """A record's number says nothing without its model, which another field must name."""
    beside = _MODEL_BESIDE
    model = model_of(spec.entity)
    named = [
        str((raw.get("spec") or {}).get("value", ""))
        for raw in frozen.get("fields") or ()
        if raw.get("target") == beside and raw.get("source") == "constant"
    ]
    if model is not None and named != [model]:
        yield Problem(
            "wrong_model",
            f"Field “{spec.target}” holds the number of a {model} (entity “{spec.entity}”), so the "
            f"field “{beside}” must be the constant {model}. Map it so.",
        )


def _lookup(spec: FieldSpec, facts_of: FactsOf) -> Iterator[Problem]:
    for path in dict.fromkeys(part for parts in spec.by for part in parts):
        model, facts = spec.model, facts_of(spec.model)
        *before, last = path.split(".")
        for name in before:
            known = facts.fields.get(name) if facts else None
            if facts is not None and (known is None or not known.relation):
                yield _no_field(spec, path, name, model, "that points at records")
                break
            model = known.relation if known else ""
            facts = facts_of(model)
        else:
            if facts is not None and last not in facts.fields and last not in _ALWAYS:
                yield _no_field(spec, path, last, model, "")


def _no_field(spec: FieldSpec, path: str, name: str, model: str, kind: str) -> Problem:
    wanted = f"“{name}” {kind}".strip()
    return Problem(
        "unknown_field",
        f"Field “{spec.target}” is looked up by “{path}”, but {model} has no field {wanted}. "
        "Choose another, or refresh the connection's schema.",
    )
