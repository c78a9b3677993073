"""Reads which rows a run is asked for: ``{entity: [key, ...]}`` to key texts. Pure.

A key of one column may be given as it is; one of several columns is a list of their texts.
"""

import json
from collections.abc import Mapping

from importer.data.keys import key_text
from importer.errors import Refused

Keys = dict[str, list[str]]


def read_keys(value: object) -> Keys | None:
    """None means every row. Raises Refused with a sentence for any other shape."""
    if value is None:
        return None
    if not isinstance(value, Mapping) or not value:
        raise Refused(
            'Chosen keys must be given per entity, for example {"customer": ["C-001", "C-002"]}.'
        )
    return {str(entity): _read_list(str(entity), keys) for entity, keys in value.items()}


def typed_keys(text: str) -> dict[str, list[object]] | None:
    """``entity: key`` a line, as people type it, in the shape that ``read_keys`` takes; None for
    no line at all. A key in square brackets is a JSON list of the key columns' texts."""
    chosen: dict[str, list[object]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        entity, colon, key = (part.strip() for part in line.partition(":"))
        if not entity and not colon:
            continue
        if not entity or not key:
            raise Refused(f"Line {number} of the keys must look like “customer: C-001”.")
        chosen.setdefault(entity, []).append(_typed_key(number, key))
    return chosen or None


def _typed_key(number: int, key: str) -> object:
    if not key.startswith("["):
        return key
    try:
        return json.loads(key)
    except ValueError as error:
        raise Refused(f"The key in line {number} is no JSON list: {error}.") from error


def _read_list(entity: str, keys: object) -> list[str]:
    if not isinstance(keys, list | tuple) or not keys:
        raise Refused(f"Choose at least one key of “{entity}”, as a list.")
    return list(dict.fromkeys(_read_key(entity, key) for key in keys))


def _read_key(entity: str, key: object) -> str:
    parts = list(key) if isinstance(key, list | tuple) else [key]
    if not parts or not all(_is_text(part) for part in parts):
        raise Refused(f"A key of “{entity}” must be a text or a list of texts, not “{key}”.")
    return key_text([str(part) for part in parts])


def _is_text(part: object) -> bool:
    return isinstance(part, str | int) and not isinstance(part, bool)
