"""What PostgreSQL cannot keep in a text: NUL and half a surrogate pair. Pure."""

import re
from typing import Any

_BAD = re.compile("[\x00\ud800-\udfff]")
_DEEPEST = 60


def unstorable_text(value: Any, *, depth: int = 0) -> str:
    """A sentence about the first text in the JSON value (keys too) that cannot be stored, or that
    it is nested too deep; empty when all is well."""
    if depth > _DEEPEST:
        return f"The JSON is nested deeper than {_DEEPEST} levels."
    if isinstance(value, str):
        return _sentence(value)
    inner: list[Any] = []
    if isinstance(value, dict):
        inner = [*value.keys(), *value.values()]
    elif isinstance(value, list):
        inner = value
    for one in inner:
        found = unstorable_text(one, depth=depth + 1)
        if found:
            return found
    return ""


def _sentence(text: str) -> str:
    found = _BAD.search(text)
    if found is None:
        return ""
    return (
        f"The text “{text[: found.start()][-40:]}…” holds the character U+{ord(found[0]):04X}, "
        "which cannot be stored. Take it out."
    )
