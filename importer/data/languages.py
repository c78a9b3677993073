"""Fields in a second language, and the part of a mapping that writes each language. Pure.

The first load makes the records in the base language; a load for each further one writes its texts
to records that are there. All have one layout, so that none forgets what another one sent.
"""

from collections.abc import Mapping
from typing import Any

Frozen = dict[str, Any]
BASE_LANGUAGE = "en_US"


def base_language(frozen: Mapping[str, Any]) -> str:
    """The language in which the records are made."""
    return str((frozen.get("context") or {}).get("lang") or BASE_LANGUAGE)


def second_language(raw: Mapping[str, Any], frozen: Mapping[str, Any]) -> str:
    """The language of a field, empty where it is that in which the records are made."""
    lang = str(raw.get("lang") or "")
    return "" if lang == base_language(frozen) else lang


def label_of(target: str, lang: str) -> str:
    """What a field is called where its languages stand side by side: ``name@fr_FR``."""
    return f"{target}@{lang}" if lang else target


def languages_of(frozen: Mapping[str, Any]) -> tuple[str, ...]:
    """The second languages of a mapping, in the order of its fields."""
    found = (second_language(raw, frozen) for raw in frozen["fields"])
    return tuple(dict.fromkeys(lang for lang in found if lang))


def base_part(frozen: Mapping[str, Any]) -> Frozen:
    """The mapping of the load that makes the records."""
    own = [_plain(raw) for raw in frozen["fields"] if not second_language(raw, frozen)]
    labels = {"labels": _labels(frozen)} if languages_of(frozen) else {}
    return {**frozen, "fields": own, **labels}


def language_part(frozen: Mapping[str, Any], lang: str) -> Frozen:
    """The mapping of the load that writes one second language. An empty cell sends nothing: Odoo
    would clear the text in all languages."""
    own = [raw for raw in frozen["fields"] if second_language(raw, frozen) == lang]
    return {
        **frozen,
        "fields": [_plain(raw) for raw in own],
        "nested": [],
        "labels": _labels(frozen),
        "lang": lang,
        "context": {**(frozen.get("context") or {}), "lang": lang},
        "on_existing": "update_only",
        "empty_cells": "keep",
        "match_rules": [],
        "control_totals": [],
        "held": ["active"],
        "is_link": True,
    }


def _plain(raw: Mapping[str, Any]) -> Frozen:
    return {name: value for name, value in raw.items() if name != "lang"}


def _labels(frozen: Mapping[str, Any]) -> list[str]:
    fields = [
        label_of(str(raw["target"]), second_language(raw, frozen)) for raw in frozen["fields"]
    ]
    return [*fields, *(str(one["nested_field"]) for one in frozen.get("nested") or ())]
