"""Reads which rows a run is asked for: ``{entity: [key, ...]}`` to key texts. Pure.

A key of one column may be given as it is; one of several columns is a list of their texts.
"""

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
