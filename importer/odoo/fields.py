"""What ``fields_get`` says of a field, as FieldFacts. Pure."""

from collections.abc import Mapping
from typing import Any

from importer.odoo.protocols import FieldFacts

FIELD_ATTRIBUTES = (
    "string",
    "type",
    "required",
    "readonly",
    "store",
    "relation",
    "relation_field",
    "size",
    "translate",
    "company_dependent",
    "depends",
    "selection",
    "searchable",
)


def field_facts(name: str, said: Mapping[str, Any]) -> FieldFacts:
    """FieldFacts of one entry of ``fields_get``, whatever the version leaves out."""
    size = said.get("size")
    return FieldFacts(
        name=name,
        label=str(said.get("string") or name),
        type=str(said.get("type") or ""),
        required=bool(said.get("required")),
        readonly=bool(said.get("readonly")),
        store=bool(said.get("store", True)),
        relation=str(said.get("relation") or ""),
        relation_field=str(said.get("relation_field") or ""),
        size=size if type(size) is int and size > 0 else None,
        translate=bool(said.get("translate")),
        company_dependent=bool(said.get("company_dependent")),
        depends=tuple(str(path) for path in said.get("depends") or ()),
        selection=_selection(said.get("selection")),
        searchable=bool(said.get("searchable", said.get("store", True))),
    )


def _selection(said: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(said, list):
        return ()
    return tuple((str(key), str(label)) for key, label in said)
