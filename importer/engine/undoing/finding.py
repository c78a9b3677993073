"""Finds the fields that point at a model: from the server's own list where the login may read it,
else from the fields of widely used models. Only reads; asks no database of ours.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from importer.engine.undoing.pointing import WIDELY_USED, PointingField, speaks_against
from importer.odoo.errors import AccessRefused, DataRefused, ServerBug, Unsupported
from importer.odoo.protocols import FieldFacts, OdooClient

_LIST_FIELDS = ("model", "name", "ttype", "required", "on_delete")
_SINGLE_OR_LIST = ("many2one", "many2many")
_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Pointers:
    """``fields`` speak against a removal. ``is_whole``: the server's own list was read, so no
    model is missing; else ``not_looked_at`` begins with a sentence that says so."""

    fields: tuple[PointingField, ...]
    is_whole: bool
    not_looked_at: tuple[str, ...] = field(default=())


def find_pointers(
    client: OdooClient, targets: Mapping[str, Mapping[str, FieldFacts]], known: Iterable[str]
) -> Pointers:
    """Everything that can point at the ``targets`` (model -> its fields). ``known``: further
    models of this database that the connection's schema cache has."""
    own_lines = [
        (fact.relation, fact.relation_field)
        for facts in targets.values()
        for fact in facts.values()
        if fact.type == "one2many" and fact.relation_field
    ]
    found = _from_list(client, list(targets))
    is_whole = found is not None
    if found is None:
        found = _from_fields(client, list(targets), [*targets, *known, *WIDELY_USED])
    fields = tuple(one for one in found if speaks_against(one, own_lines))
    return Pointers(fields, is_whole, () if is_whole else (NOT_WHOLE,))


NOT_WHOLE = (
    "this login may not read Odoo's list of fields, so only widely used models were searched; "
    "models of other add-ons were not"
)


def _from_list(client: OdooClient, targets: Sequence[str]) -> list[PointingField] | None:
    try:
        without_records = _without_records(client)
        rows = client.search_read(
            "ir.model.fields",
            [
                ["relation", "in", list(targets)],
                ["ttype", "in", list(_SINGLE_OR_LIST)],
                ["store", "=", True],
            ],
            [*_LIST_FIELDS, "relation"],
            limit=_PAGE,
        )
    except AccessRefused:
        return None
    return [_listed(row) for row in rows if row["model"] not in without_records]


def _without_records(client: OdooClient) -> set[str]:
    """Wizards, whose records pass by themselves, and, where the server tells, abstract models."""
    domain: list[Any] = [["transient", "=", True]]
    if "abstract" in client.fields_get("ir.model"):
        domain = ["|", *domain, ["abstract", "=", True]]
    return {row["model"] for row in client.search_read("ir.model", domain, ["model"])}


def _listed(row: Mapping[str, Any]) -> PointingField:
    return PointingField(
        model=row["model"],
        field=row["name"],
        target=row["relation"],
        is_list=row["ttype"] == "many2many",
        is_required=bool(row["required"]),
        on_delete=row["on_delete"] or "",
    )


def _from_fields(
    client: OdooClient, targets: Sequence[str], models: Iterable[str]
) -> list[PointingField]:
    found = []
    for model in dict.fromkeys(models):
        for fact in _fields(client, model):
            if fact.store and fact.type in _SINGLE_OR_LIST and fact.relation in targets:
                is_list = fact.type == "many2many"
                one = PointingField(model, fact.name, fact.relation, is_list, fact.required)
                found.append(one)
    return found


def _fields(client: OdooClient, model: str) -> Iterable[FieldFacts]:
    try:
        return client.fields_get(model).values()
    except (Unsupported, AccessRefused, DataRefused, ServerBug):
        return ()  # no such model here, or none of this login's: its records are not searched
