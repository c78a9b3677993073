"""Serializers of facts, made from their dataclasses, so that the API's schema says what a profile
holds and cannot differ from it.
"""

from dataclasses import fields
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from rest_framework import serializers

from importer.data.profiling.as_facts import Facts

_PLAIN: dict[type, type[serializers.Field[Any, Any, Any, Any]]] = {
    str: serializers.CharField,
    int: serializers.IntegerField,
    float: serializers.FloatField,
    bool: serializers.BooleanField,
}


@cache
def serializer_for(kind: Any) -> type[serializers.Serializer[Any]]:
    """A serializer of the JSON that ``Facts.as_json`` gives."""
    hints = get_type_hints(kind)
    members = {field.name: _field(hints[field.name]) for field in fields(kind)}
    documented = {**members, "__doc__": kind.__doc__}
    return type(f"{kind.__name__}Serializer", (serializers.Serializer,), documented)


def _field(kind: Any) -> serializers.Field[Any, Any, Any, Any]:
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        if _is(inner, Facts):
            return serializer_for(inner)(many=True)
        return serializers.ListField(child=_field(inner))
    allowed = get_args(kind)
    if NoneType in allowed:
        inner = next(one for one in allowed if one is not NoneType)
        if _is(inner, Facts):
            return serializer_for(inner)(allow_null=True)
        return _plain(inner, allow_null=True)
    if _is(kind, Facts):
        return serializer_for(kind)()
    if _is(kind, Enum):
        return serializers.ChoiceField(choices=[str(member) for member in kind])
    return _plain(kind)


def _plain(kind: type, **options: Any) -> serializers.Field[Any, Any, Any, Any]:
    return _PLAIN[kind](**options)


def _is(kind: Any, parent: type) -> bool:
    return isinstance(kind, type) and issubclass(kind, parent)
