"""A frozen mapping's fields, read from their JSON into small immutable shapes.

docs/mappings.md describes the JSON. Nothing here looks at a sheet or at Odoo.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importer.data.binaries.sources import ORIGINS
from importer.data.duck import name as quoted
from importer.data.expressions import parse_expression
from importer.data.languages import label_of
from importer.data.transforms.registry import read_steps
from importer.data.transforms.shapes import Step
from importer.data.value_actions import action_of, makes_stubs
from importer.errors import Refused

EXTERNAL_ID_BY = "external_id"
_IMAGES = ("image", "logo")
PARENT_TARGET = ".parent"
"""Target under which a nested mapping keeps the inputs that give its parent's key."""


@dataclass(frozen=True, slots=True)
class ValueEntries:
    """Source value -> target value; an empty target empties the cell. ``actions``: source -> what
    else is done with it (data.value_actions); its target is empty then."""

    entries: tuple[tuple[str, str], ...]
    ignore_case: bool
    actions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """One value of a row: a column or an expression, then its transforms, then perhaps a value
    map. ``columns`` are those of the source itself."""

    sql: str
    columns: tuple[str, ...]
    is_column: bool
    values: ValueEntries | None
    steps: tuple[Step, ...] = ()

    @property
    def beside(self) -> tuple[str, ...]:
        """Further columns that the transforms read."""
        return tuple(dict.fromkeys(column for step in self.steps for column in step.columns))


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One mapped Odoo field. ``by`` holds alternatives, each as long as ``inputs``; ``origin``:
    what the input of a field that holds a file is (one of ORIGINS)."""

    target: str
    source: str
    inputs: tuple[Input, ...]
    constant: str = ""
    entity: str = ""
    via: str = ""
    model: str = ""
    by: tuple[tuple[str, ...], ...] = ()
    domain: tuple[Any, ...] = ()
    ignore_case: bool = True
    separator: str = ""
    default: str = ""
    may_be_missing: bool = False
    adds: bool = False
    makes_stubs: bool = False
    origin: str = "base64"
    image: bool | None = None
    lang: str = ""

    @property
    def must_be_image(self) -> bool:
        """Of a field that holds a file; where the mapping does not say, its name does."""
        return self.target.startswith(_IMAGES) if self.image is None else self.image

    @property
    def label(self) -> str:
        """The field with its language, ``name@fr_FR``; just the field in the base language."""
        return label_of(self.target, self.lang)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(column for one in self.inputs for column in one.columns))

    @property
    def is_by_external_id(self) -> bool:
        return self.by == ((EXTERNAL_ID_BY,),)

    @property
    def lookup(self) -> str:
        """The name of the lookup table this field needs, empty where it needs none."""
        if self.source != "lookup" or self.is_by_external_id:
            return ""
        return lookup_name(self.model, self.by, self.domain)


def lookup_name(model: str, by: Sequence[Sequence[str]], domain: Sequence[Any] = ()) -> str:
    """One name per distinct list to read: ``res.country by name``."""
    alternatives = " or ".join(" + ".join(parts) for parts in by)
    return f"{model} by {alternatives}" + (f" where {json.dumps(list(domain))}" if domain else "")


def read_field(raw: Mapping[str, Any]) -> FieldSpec:
    """One element of a frozen mapping's ``fields``; Refused says what its spec lacks."""
    reader = _READERS.get(str(raw.get("source")))
    target = str(raw.get("target", ""))
    if reader is None:
        raise Refused(
            f"Field “{target}” has the unknown source “{raw.get('source')}”. "
            f"Use one of {', '.join(_READERS)}."
        )
    spec = raw.get("spec") or {}
    try:
        own = reader(raw, spec)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused(
            f"The spec of field “{target}” is not complete or not of the right form "
            f"({error!r}). docs/mappings.md shows the form for source “{raw['source']}”."
        ) from error
    return FieldSpec(
        target=target,
        source=str(raw["source"]),
        default=str(raw.get("default") or ""),
        may_be_missing=raw.get("on_missing") == "empty",
        adds=raw.get("linking") == "add",
        makes_stubs=makes_stubs(raw),
        lang=str(raw.get("lang") or ""),
        **own,
    )


def read_inputs(raws: Sequence[Mapping[str, Any]], shared: Any = None) -> tuple[Input, ...]:
    """Inputs of a reference or a lookup; ``shared`` is the field's own value map, for one input."""
    return tuple(_input(raw, shared if len(raws) == 1 else None) for raw in raws)


def read_values(raw: Any) -> ValueEntries | None:
    """A value map's JSON, ``{"entries": {...}, "ignore_case": bool}``, or None. An entry is a text
    or ``{"action": ...}``."""
    if not raw:
        return None
    if isinstance(raw, str):
        raise ValueError(f"the value map “{raw}” was not put in when the mapping was frozen")
    found = [(str(source), target, action_of(target)) for source, target in raw["entries"].items()]
    return ValueEntries(
        tuple((source, "" if action else str(target or "")) for source, target, action in found),
        bool(raw.get("ignore_case", True)),
        tuple((source, action) for source, _, action in found if action),
    )


def _input(raw: Mapping[str, Any], shared: Any) -> Input:
    values = read_values(raw.get("value_map") or shared)
    steps = read_steps(raw.get("transforms"))
    if "column" in raw:
        column = str(raw["column"])
        return Input(quoted(column), (column,), True, values, steps)
    expression = parse_expression(str(raw["sql"]))
    return Input(expression.sql, expression.columns, False, values, steps)


def _plain(raw: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    wanted = "column" if raw["source"] == "column" else "sql"
    own = {wanted: spec[wanted], "transforms": spec.get("transforms")}
    return {"inputs": (_input(own, raw.get("value_map")),)}


def _binary(raw: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    origin, image = str(spec.get("from") or "base64"), spec.get("image")
    if origin not in ORIGINS:
        raise ValueError(f"“from” must be one of {', '.join(ORIGINS)}")
    wanted = "sql" if "sql" in spec else "column"
    own = {wanted: spec[wanted], "transforms": spec.get("transforms")}
    one = _input(own, raw.get("value_map"))
    return {"inputs": (one,), "origin": origin, "image": None if image is None else bool(image)}


def _constant(raw: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    value = spec["value"]
    text = str(int(value)) if isinstance(value, bool) else str(value)
    if spec.get("transforms"):
        raise ValueError("a constant takes no transforms; write it as it is to be")
    return {"inputs": (), "constant": text}


def _reference(raw: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    _stub(spec)
    return {
        "inputs": _some_inputs(raw, spec),
        "entity": str(spec["entity"]),
        "via": str(spec.get("via") or ""),
        "separator": _separator(spec),
    }


def _stub(spec: Mapping[str, Any]) -> None:
    """What a stub of the target is given: names of its fields, or whole fields."""
    given = spec.get("stub") or []
    if not isinstance(given, list) or not all(isinstance(one, str | dict) for one in given):
        raise ValueError("“stub” must be a list of fields")
    for one in given:
        if isinstance(one, dict) and read_field(one).source == "reference":
            raise ValueError("a stub refers to no other entity")


def _lookup(raw: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    inputs = _some_inputs(raw, spec)
    by = spec["by"]
    alternatives = by if by and not isinstance(by[0], str) else [by]
    if any(len(parts) != len(inputs) for parts in alternatives):
        raise ValueError("“by” must name one field for each input")
    if any(str(part).count(".") > 1 for parts in alternatives for part in parts):
        raise ValueError("“by” may go through one other record, not through more")
    return {
        "inputs": inputs,
        "model": str(spec["model"]),
        "by": tuple(tuple(str(part) for part in parts) for parts in alternatives),
        "domain": tuple(spec.get("domain") or ()),
        "ignore_case": bool(spec.get("ignore_case", True)),
        "separator": _separator(spec),
    }


def _some_inputs(raw: Mapping[str, Any], spec: Mapping[str, Any]) -> tuple[Input, ...]:
    raws, shared = list(spec["inputs"]), spec.get("transforms")
    if shared and (len(raws) != 1 or raws[0].get("transforms")):
        raise ValueError("with several inputs, the transforms stand in each of them")
    if shared:
        raws = [{**raws[0], "transforms": shared}]
    inputs = read_inputs(raws, raw.get("value_map"))
    if not inputs:
        raise ValueError("no inputs")
    if len(inputs) > 1 and (spec.get("separator") or raw.get("default")):
        raise ValueError("a separator or a default needs exactly one input")
    return inputs


def _separator(spec: Mapping[str, Any]) -> str:
    return str(spec.get("separator") or "")


_READERS = {
    "column": _plain,
    "expression": _plain,
    "constant": _constant,
    "reference": _reference,
    "lookup": _lookup,
    "binary": _binary,
}
