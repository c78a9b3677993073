"""Which known records are not there any more, and to which somebody else has written since."""

from collections.abc import Mapping, Sequence
from typing import Any

from importer.data.keys import display_key
from importer.engine.desk import Desk
from importer.engine.looking.rows import Known, Rows
from importer.engine.looking.said import Said, Sayer

CHUNK = 5000
_SYSTEM = 1
_SHOWN = 3
_EVERYTHING: dict[str, Any] = {"active_test": False}
_EDITED = (
    "Somebody else changed this record in Odoo after it was loaded. The row has not changed, so "
    "the record stays as it is. If the sheet is right, change it in Odoo."
)


def look_after(desk: Desk, rows: Rows, sayer: Sayer) -> None:
    """Say ``gone`` and ``edited`` of rows that the key map knows, and forget those that are gone.

    Odoo's own processes write too, and so do we, wherever a later record touches an earlier one:
    neither is an edit."""
    edited: list[str] = []
    for some in rows.known(CHUNK):
        gone = _gone(desk, some)
        for row in some:
            if row.odoo_id in gone:
                sayer.say(Said(row.key, "gone", row.odoo_id))
        for row in _edited(desk, some):
            edited.append(row.key)
            sayer.say(Said(row.key, "edited", row.odoo_id, message=_EDITED))
    rows.forget(sayer.looked.gone)
    _note(sayer, edited)


def _gone(desk: Desk, some: Sequence[Known]) -> set[int]:
    """A count is much cheaper than the ids, and mostly says it all."""
    model, ids = desk.load.odoo_model, sorted({row.odoo_id for row in some})
    domain = [["id", "in", ids]]
    if desk.client.search_count(model, domain, context=_EVERYTHING) == len(ids):
        return set()
    return set(ids) - set(desk.client.search(model, domain, context=_EVERYTHING))


def _edited(desk: Desk, some: Sequence[Known]) -> list[Known]:
    if "write_uid" not in desk.facts.fields:
        return []
    ours = [desk.client.uid, _SYSTEM]
    found = desk.client.search_read(
        desk.load.odoo_model,
        [["id", "in", [row.odoo_id for row in some]], ["write_uid", "not in", ours]],
        ["write_date", "write_uid"],
        context=_EVERYTHING,
    )
    now = {record["id"]: record for record in found}
    return [row for row in some if _is_edited(row, now.get(row.odoo_id))]


def _is_edited(row: Known, now: Mapping[str, Any] | None) -> bool:
    if now is None or not now["write_uid"] or not row.write_date:
        return False
    return bool(str(now["write_date"]) != row.write_date)


def _note(sayer: Sayer, edited: Sequence[str]) -> None:
    gone = sayer.looked.gone
    if gone:
        sayer.looked.notes.append(
            (
                "warning",
                f"{_counted(gone, 'record')} of earlier runs {_are(gone)} not in Odoo any more "
                f"({_some(gone)}); {'it is' if len(gone) == 1 else 'they are'} made anew.",
            )
        )
    if edited:
        sayer.looked.notes.append(
            (
                "warning",
                f"{_counted(edited, 'record')} {_have(edited)} been changed in Odoo by somebody "
                f"else since they were loaded ({_some(edited)}).",
            )
        )


def _counted(keys: Sequence[str], noun: str) -> str:
    return f"{len(keys)} {noun}{'' if len(keys) == 1 else 's'}"


def _are(keys: Sequence[str]) -> str:
    return "is" if len(keys) == 1 else "are"


def _have(keys: Sequence[str]) -> str:
    return "has" if len(keys) == 1 else "have"


def _some(keys: Sequence[str]) -> str:
    shown = "; ".join(display_key(key) for key in keys[:_SHOWN])
    return shown + ("; ..." if len(keys) > _SHOWN else "")
