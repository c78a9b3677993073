"""The part of a frozen mapping that one load sends, where two loads share the mapping.

A reference that closes a cycle of entities is cut: the first load ``holds`` it back, a second one
of the same entity (``is_link``) writes it once both ends are there, and holds back all the rest.
Pure.
"""

from collections.abc import Iterable, Mapping
from typing import Any

Frozen = dict[str, Any]


def without(frozen: Mapping[str, Any], targets: Iterable[str]) -> Frozen:
    """The mapping of the load that leaves these fields to a later one."""
    held = [*held_fields(frozen), *targets]
    return {**frozen, "held": sorted(set(held))}


def only(frozen: Mapping[str, Any], targets: Iterable[str]) -> Frozen:
    """The mapping of the load that writes nothing but these fields, to records that are there.
    Control totals are the first load's."""
    kept = set(targets)
    rest = [field["target"] for field in frozen["fields"] if field["target"] not in kept]
    rest += [one["nested_field"] for one in frozen.get("nested") or ()]
    return {
        **frozen,
        "on_existing": "update_only",
        "control_totals": [],
        "held": sorted({*rest, "active"} - kept),
        "is_link": True,
    }


def held_fields(frozen: Mapping[str, Any]) -> frozenset[str]:
    """The fields that another load of the entity sends."""
    return frozenset(frozen.get("held") or ())


def is_link(frozen: Mapping[str, Any]) -> bool:
    """Whether the load only writes references that were cut out of a cycle."""
    return bool(frozen.get("is_link"))


def sent_part(frozen: Mapping[str, Any]) -> Frozen:
    """The mapping without what it holds back: what is prepared."""
    held = held_fields(frozen)
    if not held:
        return dict(frozen)
    return {
        **frozen,
        "fields": [field for field in frozen["fields"] if field["target"] not in held],
        "nested": [one for one in frozen.get("nested") or () if one["nested_field"] not in held],
    }
