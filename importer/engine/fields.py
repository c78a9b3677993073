"""A frozen mapping's fields as the engine needs them. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from importer.data.companies import has_row_companies
from importer.data.holding import held_fields
from importer.data.languages import label_of
from importer.data.specs import read_field
from importer.engine.contexts import place_of, write_context
from importer.engine.grouping import default_text, is_fillable, is_sensitive
from importer.engine.plan_rules import PlanField
from importer.engine.recomputing import recomputed
from importer.odoo.protocols import ModelFacts

_OF_ONE_PIECE = ("ir.attachment",)
"""Models whose records are nothing without their file."""
_OF_THE_ROW = "company"
"""The label of what one company has, where the hash says which company it is."""


def plan_fields(frozen: Mapping[str, Any], facts: ModelFacts) -> tuple[PlanField, ...]:
    """Mapped fields in their order, then nested lines, then ``active`` where it is not mapped."""
    targets = [str(raw["target"]) for raw in frozen["fields"]]
    is_utc = write_context(facts.model, frozen)["tz"] == "UTC"
    follows = {one: recomputed([one], facts.fields) for one in targets}
    own = tuple(
        replace(one, follows=tuple(name for name in targets if one.target in follows[name]))
        for one in (_plan_field(raw, facts, frozen, is_utc=is_utc) for raw in frozen["fields"])
    )
    lines = tuple(
        PlanField(str(raw["nested_field"]), kind="lines", entity=str(raw["entity"]["name"]))
        for raw in frozen.get("nested") or ()
    )
    has_active = any(one.target == "active" for one in own) or "active" not in facts.fields
    shown = () if has_active else (PlanField("active", is_restored=True),)
    held = held_fields(frozen)
    return tuple(replace(one, is_held=one.target in held) for one in (*own, *lines, *shown))


def layout(
    frozen: Mapping[str, Any], fields: tuple[PlanField, ...], facts: ModelFacts
) -> tuple[str, ...]:
    """Order of the hashes in a key map entry's ``sent_fields``."""
    shared = tuple(
        str(one) if "@" in one else _label(str(one), facts, frozen) or str(one)
        for one in frozen.get("labels") or ()
    )
    return shared or tuple(one.slot for one in fields if not one.is_restored)


def _label(target: str, facts: ModelFacts, frozen: Mapping[str, Any]) -> str:
    """Of a field that one company has for itself: what was sent for another says nothing of it."""
    known = facts.fields.get(target)
    company = _OF_THE_ROW if has_row_companies(frozen) else str(place_of(frozen)[1] or "")
    is_own = company and known is not None and known.company_dependent
    return label_of(target, company) if is_own else ""


def grouping_parent(fields: tuple[PlanField, ...], facts: ModelFacts, entity: str) -> str:
    """The reference whose target's rows belong together: the entity's own parent, else the first
    required one; empty where there is none."""
    sent = [one for one in fields if not one.is_held]
    single = [one for one in sent if one.kind == "reference" and not one.is_list]
    own = [one for one in single if one.entity == entity]
    required = [one for one in single if facts.fields[one.target].required]
    return next((one.target for one in (*own, *required)), "")


def _plan_field(
    raw: Mapping[str, Any], facts: ModelFacts, frozen: Mapping[str, Any], *, is_utc: bool
) -> PlanField:
    spec = read_field(raw)
    known = facts.fields[spec.target]
    lang = str(frozen.get("lang") or "")
    kind = "lookup" if known.relation else "binary" if known.type == "binary" else "plain"
    is_number = spec.source == "reference" and not known.relation
    return PlanField(
        target=spec.target,
        kind="reference" if spec.source == "reference" else kind,
        columns=spec.columns,
        entity=spec.entity,
        via=spec.via,
        is_list=bool(spec.separator),
        may_be_missing=spec.may_be_missing,
        adds=spec.adds,
        is_sensitive=is_sensitive(known, facts.defaults),
        fill=default_text(known, facts.defaults),
        is_fillable=not is_number and not lang and is_fillable(known, is_utc=is_utc),
        is_apart=kind == "binary" and not known.required and facts.model not in _OF_ONE_PIECE,
        is_number=is_number,
        label=label_of(spec.target, lang) if lang else _label(spec.target, facts, frozen),
    )
