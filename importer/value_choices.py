"""The verb by which people say what becomes of values that fit nothing: it writes entries of the
project's value maps and lets the mapping use them. Sheets stay as they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from importer.choices import FieldSource
from importer.data.keys import key_part
from importer.data.specs import lookup_name
from importer.data.value_actions import ACTIONS
from importer.errors import Refused
from importer.models import FieldMapping, Mapping, Project, User, ValueMap
from importer.rights import require
from importer.value_maps import Entries

MAP = "map"
CHOICES = (MAP, *ACTIONS)
COMPANY = "company"
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of one value of a field: ``action`` is one of CHOICES, ``to`` the text that a
    value is mapped to. ``field``: the Odoo field, ``company`` for the company of the row."""

    field: str
    value: str
    action: str
    to: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the value map of a field stands: on the field, at one of its inputs, or at the company
    of the row (no field). ``inline``: entries that stand in the mapping itself."""

    field: FieldMapping | None
    map_name: str
    input: int | None = None
    inline: Entries | None = None


@transaction.atomic
def choose_values(mapping: Mapping, choices: Iterable[Choice], *, by: User) -> list[ValueMap]:
    """Put the choices into the value maps of the mapping's fields; a field without one gets the
    project's map for what it points at, which is made if need be. The maps that were changed, by
    name. A release holds a copy: publish again before the next run. Raises Refused with the first
    choice that makes no sense."""
    require(by, "choose_values", mapping.project)
    Project.objects.select_for_update(no_key=True).get(pk=mapping.project_id)
    grouped: dict[tuple[str, str], list[Choice]] = {}
    for choice in choices:
        _check(choice)
        grouped.setdefault((choice.field, choice.lang), []).append(choice)
    changed: dict[str, ValueMap] = {}
    for (field, lang), chosen in grouped.items():
        value_map = _put(mapping, place_of(mapping, field, lang), chosen)
        if value_map is not None:
            changed[value_map.name] = value_map
    return [changed[name] for name in sorted(changed)]


def place_of(mapping: Mapping, target: str, lang: str = "") -> Place:
    """Where the value map of a field stands, or will stand. Raises Refused for a field that the
    mapping does not have."""
    if target == COMPANY and mapping.row_company:
        return _at_company(mapping)
    field = mapping.fields.select_related("value_map").filter(target=target, lang=lang).first()
    if field is None:
        raise Refused(f"The mapping “{mapping}” has no field “{target}”.")
    inputs = field.spec.get("inputs") or []
    at = _own_input(field) if inputs else None
    used = inputs[at].get("value_map") if at is not None else None
    if isinstance(used, dict):
        return Place(field, "", at, _entries_of(used))
    if used:
        return Place(field, str(used), at)
    if field.value_map is not None and len(inputs) < 2:
        return Place(field, field.value_map.name)
    return Place(field, _usual_name(mapping, field), at if len(inputs) > 1 else None)


def users_of(project: Project, name: str, *, but: Mapping) -> list[Mapping]:
    """The other mappings that use the value map of that name."""
    found = []
    for mapping in Mapping.objects.filter(project=project).exclude(pk=but.pk):
        fields = mapping.fields.select_related("value_map")
        if any(name in _names(field) for field in fields) or (
            name and name == mapping.row_company.get("value_map")
        ):
            found.append(mapping)
    return found


def _names(field: FieldMapping) -> list[str]:
    own = [field.value_map.name] if field.value_map else []
    inputs = [one.get("value_map") for one in field.spec.get("inputs") or ()]
    return own + [one for one in inputs if isinstance(one, str) and one]


def _at_company(mapping: Mapping) -> Place:
    used = mapping.row_company.get("value_map")
    if isinstance(used, dict):
        return Place(None, "", None, _entries_of(used))
    return Place(None, str(used or "companies"))


def _own_input(field: FieldMapping) -> int:
    """The input whose value is the record's own (data.gaps.bench.GapField.own)."""
    by = field.spec.get("by") or []
    first = by[0] if by and isinstance(by[0], list) else by
    plain = [n for n, part in enumerate(first) if "." not in str(part)]
    return plain[-1] if plain else len(field.spec["inputs"]) - 1


def _usual_name(mapping: Mapping, field: FieldMapping) -> str:
    """One map for all fields that point at the same."""
    if field.source == FieldSource.LOOKUP:
        by = field.spec["by"]
        return lookup_name(str(field.spec["model"]), by if isinstance(by[0], list) else [by])[:200]
    if field.source == FieldSource.REFERENCE:
        return f"keys of {field.spec['entity']}"
    return f"{mapping.entity.odoo_model} {field.target}"


def _check(choice: Choice) -> None:
    if choice.action not in CHOICES:
        raise Refused(
            f"“{choice.action}” cannot be done with a value. There are: {', '.join(CHOICES)}."
        )
    if not choice.value.strip() or len(choice.value) > _LONGEST:
        raise Refused("Say which value is meant: a text of 1 to 1 000 characters.")
    if choice.action == MAP and not choice.to.strip():
        raise Refused(
            f"Say what “{choice.value}” is mapped to, or choose to leave the field empty."
        )
    if choice.action != MAP and choice.to:
        raise Refused(f"“{choice.value}” is not mapped, so it has no text “{choice.to}”.")


def _put(mapping: Mapping, place: Place, chosen: Iterable[Choice]) -> ValueMap | None:
    if place.inline is not None:
        _put_inline(mapping, place, chosen)
        return None
    value_map, _ = ValueMap.objects.select_for_update().get_or_create(
        project=mapping.project, name=place.map_name
    )
    value_map.entries = _with(value_map.entries, chosen, ignore_case=value_map.ignore_case)
    value_map.save(update_fields=("entries",))
    _use(mapping, place, value_map)
    return value_map


def _use(mapping: Mapping, place: Place, value_map: ValueMap) -> None:
    if place.field is None:
        mapping.row_company = mapping.row_company | {"value_map": value_map.name}
        mapping.save(update_fields=("row_company",))
    elif place.input is None:
        place.field.value_map = value_map
        place.field.save(update_fields=("value_map",))
    else:
        _at_input(place.field, place.input, value_map.name)


def _at_input(field: FieldMapping, at: int, value_map: Any) -> None:
    inputs = [dict(one) for one in field.spec["inputs"]]
    inputs[at]["value_map"] = value_map
    field.spec = field.spec | {"inputs": inputs}
    field.save(update_fields=("spec",))


def _put_inline(mapping: Mapping, place: Place, chosen: Iterable[Choice]) -> None:
    ignore_case = _raw(mapping, place).get("ignore_case", True)
    entries = _with(place.inline or {}, chosen, ignore_case=bool(ignore_case))
    whole = {"entries": entries, "ignore_case": bool(ignore_case)}
    if place.field is None:
        mapping.row_company = mapping.row_company | {"value_map": whole}
        mapping.save(update_fields=("row_company",))
    elif place.input is not None:
        _at_input(place.field, place.input, whole)


def _raw(mapping: Mapping, place: Place) -> dict[str, Any]:
    if place.field is None:
        return dict(mapping.row_company["value_map"])
    return dict(place.field.spec["inputs"][place.input or 0]["value_map"])


def _entries_of(raw: dict[str, Any]) -> Entries:
    return dict(raw["entries"] if isinstance(raw.get("entries"), dict) else raw)


def _with(entries: Entries, chosen: Iterable[Choice], *, ignore_case: bool) -> Entries:
    """The entries with the choices; what was said of the same value before is replaced."""
    kept = {_compared(value, ignore_case): (value, to) for value, to in entries.items()}
    for one in chosen:
        to: str | dict[str, str] = one.to if one.action == MAP else {"action": one.action}
        kept[_compared(one.value, ignore_case)] = (one.value, to)
    return dict(kept.values())


def _compared(value: str, ignore_case: bool) -> str:
    text = key_part(value)
    return text.lower() if ignore_case else text
