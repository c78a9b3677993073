"""JSON and keys as people read them."""

import json
from typing import Any

_WIDTH = 110
_FIRST = {
    name: place
    for place, name in enumerate(("id", "name", "type", "nodes", "edges", "source", "target"))
}


def readable_json(value: Any, indent: int = 0) -> str:
    """JSON with what fits on one line on one line, and names and ids first."""
    value = _sorted(value)
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= _WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    inner = indent + 2
    if isinstance(value, dict):
        parts = [f"{_text(key)}: {readable_json(one, inner)}" for key, one in value.items()]
    else:
        parts = [readable_json(one, inner) for one in value]
    left, right = ("{", "}") if isinstance(value, dict) else ("[", "]")
    lines = ",\n".join(" " * inner + part for part in parts)
    return f"{left}\n{lines}\n{' ' * indent}{right}"


def readable_key(key_text: str) -> str:
    """A row's key, kept as a JSON list of its columns' texts, as words."""
    try:
        parts = json.loads(key_text)
    except ValueError:
        return key_text
    return " · ".join(str(part) for part in parts) if isinstance(parts, list) else key_text


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return dict(sorted(value.items(), key=lambda item: _FIRST.get(item[0], len(_FIRST))))
    return value


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
