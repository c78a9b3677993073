"""Frozen facts to plain JSON values and back, whatever they are nested in. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Self, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True)
class Facts:
    """A dataclass of text, numbers, booleans, None, other facts and tuples of those."""

    def as_json(self) -> dict[str, Any]:
        """Dictionaries, lists and plain values only."""
        return {field.name: _written(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """The facts that ``as_json`` wrote. A missing name is a KeyError."""
        own: Any = cls
        return cls(**{name: _read(kind, given[name]) for name, kind in _kinds(own)})


def _written(value: Any) -> Any:
    if isinstance(value, Facts):
        return value.as_json()
    if isinstance(value, tuple):
        return [_written(one) for one in value]
    return value


@cache
def _kinds(cls: type[Facts]) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(cls)
    return tuple((field.name, hints[field.name]) for field in fields(cls))


def _read(kind: Any, value: Any) -> Any:
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], one) for one in value)
    if isinstance(kind, type) and issubclass(kind, Facts):
        return kind.of(value)
    if isinstance(kind, type) and issubclass(kind, str):
        return kind(value)
    return value
