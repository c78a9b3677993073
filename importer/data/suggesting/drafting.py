"""Writes what was accepted as the JSON of ordinary mappings (docs/mappings.md). Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importer.data.suggesting.normalising import words
from importer.data.suggesting.shapes import Target
from importer.errors import Refused
from importer.odoo.protocols import FieldFacts, ModelFacts

Spec = dict[str, Any]

_PARTS = ("first", "last")
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a person took for one sheet: ``targets`` are (column, target) in the order of the
    columns; ``entities``: for each sheet that is referred to, the entity it feeds."""

    sheet: str
    model: str
    key: tuple[str, ...]
    targets: tuple[tuple[str, Target], ...]
    name: str
    entity: str
    entities: Mapping[str, str]


def read_target(text: str) -> Target | None:
    """``country_id.code``, ``name+first``, ``partner_id@customers``, ``city``; None where empty.
    Raises Refused for what is none of these."""
    text = text.strip()
    if not text:
        return None
    found = re.fullmatch(r"(\w+)(?:\+(first|last)|\.(\w+)|@(.+))?", text)
    if found is None:
        raise Refused(
            f"“{text}” is no target. Write a field, a field and what its records are found by "
            "(country_id.code), or a field and the sheet it refers to (partner_id@customers)."
        )
    field, part, by, sheet = found.groups()
    return Target(field, by or "", part or "", sheet or "")


def mapping_spec(accepted: Accepted, facts: ModelFacts) -> Spec:
    """The mapping; Refused names a field that the model does not have, and one given twice."""
    fields = list(_fields(accepted, facts))
    if not accepted.key:
        raise Refused(f"Say which columns tell the rows of “{accepted.sheet}” apart.")
    return {
        "name": accepted.name,
        "sheet_name": accepted.sheet,
        "entity": {
            "name": accepted.entity,
            "odoo_model": accepted.model,
            "key_columns": list(accepted.key),
        },
        "fields": fields,
    }


def _fields(accepted: Accepted, facts: ModelFacts) -> Iterator[Spec]:
    taken: dict[str, str] = {}
    parts: dict[str, dict[str, str]] = {}
    for column, target in accepted.targets:
        field = facts.fields.get(target.field)
        if field is None:
            raise Refused(
                f"{accepted.model} has no field “{target.field}”, which column “{column}” was to "
                "go to. Choose another."
            )
        if target.part:
            parts.setdefault(target.field, {})[target.part] = column
        twice = taken.get(str(target)) if target.part else taken.get(target.field)
        if twice is not None:
            raise Refused(
                f"Columns “{twice}” and “{column}” both go to “{target}”. Leave one of them out."
            )
        taken[str(target) if target.part else target.field] = column
        if not target.part:
            yield _field(column, target, field, accepted)
    for name, given in parts.items():
        if name in taken:
            raise Refused(f"“{name}” comes whole from “{taken[name]}” and in parts as well.")
        yield _joined(name, [given[part] for part in _PARTS if part in given])


def _joined(field: str, columns: Sequence[str]) -> Spec:
    if len(columns) == 1:
        return {"target": field, "source": "column", "spec": {"column": columns[0]}}
    cells = ", ".join(_quoted(column) for column in columns)
    return {"target": field, "source": "expression", "spec": {"sql": f"concat_ws(' ', {cells})"}}


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _field(column: str, target: Target, field: FieldFacts, accepted: Accepted) -> Spec:
    if target.sheet:
        entity = accepted.entities.get(target.sheet)
        if entity is None:
            raise Refused(
                f"Column “{column}” refers to the sheet “{target.sheet}”, which has no mapping "
                "yet. Accept that sheet first, or look the records up in Odoo instead."
            )
        spec = {"entity": entity, "inputs": [{"column": column}]}
        return {"target": target.field, "source": "reference", "spec": spec}
    if field.type in ("many2one", "many2many"):
        return _lookup(column, target, field, accepted)
    return {"target": target.field, "source": "column", "spec": {"column": column}}


def _lookup(column: str, target: Target, field: FieldFacts, accepted: Accepted) -> Spec:
    by: list[str] = [target.by or "name"]
    inputs: list[Spec] = [{"column": column}]
    spec: Spec = {"model": field.relation, "by": by, "inputs": inputs}
    if field.type == "many2many":
        spec["separator"] = ","
    country = _country(accepted) if field.relation == "res.country.state" else None
    if country is None:
        return {"target": target.field, "source": "lookup", "spec": spec}
    # A state's name or code is unique only within its country.
    of_country = f"country_id.{country[1].by or 'name'}"
    spec["by"] = [[of_country, "code"], [of_country, "name"]]
    spec["inputs"] = [{"column": country[0]}, {"column": column}]
    return {"target": target.field, "source": "lookup", "on_missing": "empty", "spec": spec}


def _country(accepted: Accepted) -> tuple[str, Target] | None:
    names = ("country_id", "private_country_id")
    found = ((column, one) for column, one in accepted.targets if one.field in names)
    return next(found, None)


def entity_name(sheet: str) -> str:
    """``Sales Orders 2024`` -> ``sales_order``: what one row of the sheet may be called."""
    said = [word for word in words(sheet) if word.isascii() and not word.isdecimal()]
    if said and said[-1].endswith("ies"):
        said[-1] = said[-1].removesuffix("ies") + "y"
    elif said and not said[-1].endswith("ss"):
        said[-1] = said[-1].removesuffix("s")
    name = "_".join(said).lstrip("0123456789_")[:_LONGEST_NAME].strip("_")
    return name or "row"
