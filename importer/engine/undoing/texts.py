"""Gives texts of a second language back where they read like the base before: the language's own
text is taken away, so that it follows the base again. Where Odoo does not let us, it is written.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from importer.engine.contexts import Place, place_context
from importer.engine.desk import Desk
from importer.engine.undoing.restores import fields_of
from importer.odoo.errors import AccessRefused, DataRefused, ServerBug, Unsupported

_REFUSALS = (AccessRefused, DataRefused, ServerBug, Unsupported)
_BASE: Place = ("", 0)


def void_texts(
    desk: Desk, model: str, ids: Sequence[int], values: Mapping[str, Any], place: Place
) -> dict[str, Any]:
    """Of ``values``, which all these records are to have in the place: what is still to be
    written there."""
    left = dict(values)
    fields = fields_of(desk, model)
    for name in [one for one, text in values.items() if text and fields[one].translate]:
        if _is_base(desk, model, ids, name, values[name]) and _void(desk, model, ids, name, place):
            del left[name]
    return left


def _is_base(desk: Desk, model: str, ids: Sequence[int], name: str, text: Any) -> bool:
    """Whether all records have this text in the base language now."""
    context = {"active_test": False, **place_context(_BASE)}
    return all(one[name] == text for one in desk.client.read(model, ids, [name], context=context))


def _void(desk: Desk, model: str, ids: Sequence[int], name: str, place: Place) -> bool:
    try:
        if desk.client.version.major < 16:
            return _remove_rows(desk, model, ids, name, place[0])
        for one in ids:
            desk.client.call(
                model,
                "update_field_translations",
                [one],
                arguments={"field_name": name, "translations": {place[0]: False}},
            )
    except _REFUSALS:
        return False
    return True


def _remove_rows(desk: Desk, model: str, ids: Sequence[int], name: str, lang: str) -> bool:
    """Before version 16 each text of a second language is a record of its own."""
    domain = [["name", "=", f"{model},{name}"], ["lang", "=", lang], ["res_id", "in", list(ids)]]
    rows = desk.client.search("ir.translation", domain)
    if rows:
        desk.client.unlink("ir.translation", rows)
    return bool(rows)
