"""What a value map may do with a value besides giving it another text: leave the field empty, leave
the whole row out, make a record of it. Pure; reads frozen mappings only.
"""

from collections.abc import Iterator, Mapping
from typing import Any

EMPTY, SKIP, CREATE = "empty", "skip", "create"
ACTIONS = (EMPTY, SKIP, CREATE)
Frozen = dict[str, Any]
Raw = Mapping[str, Any]


def action_of(target: Any) -> str:
    """The action of an entry's target, ``{"action": "skip"}``; empty where it is a text."""
    return str(target.get("action") or "") if isinstance(target, Mapping) else ""


def with_skips(frozen: Frozen) -> Frozen:
    """The mapping with ``skips``, the inputs whose values leave rows out. Every load that shares
    the mapping asks all of them, also where it sends only some of the fields."""
    found = [one for raw in frozen["fields"] for one in _skipping(raw)]
    company = frozen.get("row_company")
    if company:
        found += _watched("company", "", company, None)
    return {**frozen, "skips": found} if found else frozen


def skips_rows(frozen: Raw) -> bool:
    """Whether a value of the mapping may leave its row out."""
    return bool(frozen.get("skips"))


def actions_in(raw: Raw) -> set[str]:
    """The actions of the value maps of one frozen field."""
    maps = [raw.get("value_map"), *(one.get("value_map") for one in _inputs(raw))]
    return {action for one in maps for action in _actions(one)}


def created_values(raw: Raw) -> tuple[str, ...]:
    """The values of a reference's one input of which records are to be made."""
    inputs = _inputs(raw)
    used = (inputs[0].get("value_map") if len(inputs) == 1 else None) or raw.get("value_map")
    entries = used.get("entries") or {} if isinstance(used, Mapping) else {}
    return tuple(str(value) for value, target in entries.items() if action_of(target) == CREATE)


def makes_stubs(raw: Raw) -> bool:
    """Whether stubs are made for keys of a frozen field: for all that are missing, or some."""
    if raw.get("source") != "reference":
        return raw.get("on_missing") == "stub"
    return raw.get("on_missing") == "stub" or bool(created_values(raw))


def _skipping(raw: Raw) -> Iterator[Frozen]:
    spec = raw.get("spec") or {}
    inputs = _inputs(raw)
    shared = raw.get("value_map")
    separator = str(spec.get("separator") or "")
    if not inputs:
        yield from _watched(str(raw["target"]), "", spec, shared)
    for one in inputs:
        own = shared if len(inputs) == 1 else None
        yield from _watched(str(raw["target"]), separator, one, own)


def _watched(target: str, separator: str, one: Raw, shared: Any) -> list[Frozen]:
    """The input with only the entries that leave rows out; none where there are none."""
    used = one.get("value_map") or shared
    if SKIP not in _actions(used):
        return []
    entries = {value: entry for value, entry in used["entries"].items() if action_of(entry) == SKIP}
    given = {"target": target, "value_map": {**used, "entries": entries}}
    return [{**one, **given, **({"separator": separator} if separator else {})}]


def _inputs(raw: Raw) -> list[Raw]:
    return list((raw.get("spec") or {}).get("inputs") or ())


def _actions(value_map: Any) -> set[str]:
    if not isinstance(value_map, Mapping):
        return set()
    found = {action_of(target) for target in (value_map.get("entries") or {}).values()}
    return found - {""}
