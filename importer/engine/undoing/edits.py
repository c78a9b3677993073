"""Who edited records that a load created: the last write was neither by the login that created them
nor by ours now. Only reads; what these two logins wrote since cannot be told from the load.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from importer.engine.undoing.judging import Reason
from importer.engine.undoing.reading import user_names
from importer.odoo.protocols import OdooClient

AUTHOR = ("create_uid",)
"""What to read besides write_uid and write_date."""


@dataclass(frozen=True, slots=True)
class Edit:
    """``at``: as Odoo says it, in UTC."""

    who: str
    at: str

    @property
    def reason(self) -> Reason:
        sentence = f"Kept: edited since the load, last by {self.who} on {self.at} UTC."
        return Reason("edited_since", sentence)


def edits_of(client: OdooClient, now: Mapping[int, Mapping[str, Any]]) -> dict[int, Edit]:
    """``now``: id -> create_uid, write_uid and write_date as read just now."""
    others = {
        one: image
        for one, image in now.items()
        if image["write_uid"] not in (False, client.uid, image["create_uid"])
    }
    names = user_names(client, {image["write_uid"] for image in others.values()})
    return {one: _edit(image, names) for one, image in others.items()}


def _edit(image: Mapping[str, Any], names: Mapping[int, str]) -> Edit:
    editor = image["write_uid"]
    return Edit(names.get(editor) or f"user {editor}", str(image["write_date"]))
