"""Who edited records that a load created: the last write was neither by the login that created them
nor by ours now. Only reads; what these two logins wrote since cannot be told from the load.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from importer.engine.undoing.companions import Companion, goes_along
from importer.engine.undoing.judging import Reason
from importer.engine.undoing.reading import images, named, user_names
from importer.odoo.protocols import Context, OdooClient

_AUTHOR = ("create_uid",)
Images = Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Edit:
    """``who`` did something last, ``at`` as Odoo says it, in UTC; ``what``: parts of a sentence."""

    who: str
    at: str
    what: tuple[str, ...]

    @property
    def told(self) -> str:
        return "; ".join(self.what)

    @property
    def reason(self) -> Reason:
        return Reason("edited_since", f"Kept: {self.told}.")

    def with_(self, other: "Edit") -> "Edit":
        """Both in one, by whoever was the last."""
        last = max(self, other, key=lambda one: one.at)
        return Edit(last.who, last.at, (*self.what, *other.what))


def fields_of_edits(model: str, fields: Collection[str]) -> tuple[str, ...]:
    """What to read of the model's records, besides write_uid and write_date."""
    along = (one.field for one in goes_along(model) if one.field in fields)
    return (*_AUTHOR, *along)


def edits_of(client: OdooClient, model: str, now: Images, context: Context) -> dict[int, Edit]:
    """``now``: id -> what :func:`fields_of_edits` names, as read just now. An edit of what goes
    along with a record (a product's template) is one of the record."""
    found = _by_others(client, now)
    for one in goes_along(model):
        owners = companions_of(one, now)
        beside = images(client, one.model, sorted(owners), _AUTHOR, context) if owners else {}
        for companion, edit in _by_others(client, beside).items():
            for record in owners[companion]:
                found.setdefault(record, edit)
    return found


def companions_of(one: Companion, now: Images) -> dict[int, list[int]]:
    """Companion's id -> the records it goes along with."""
    owners: dict[int, list[int]] = {}
    for record, image in now.items():
        value = image.get(one.field) or []
        for companion in value if isinstance(value, list) else [value]:
            owners.setdefault(companion, []).append(record)
    return owners


def _by_others(client: OdooClient, now: Images) -> dict[int, Edit]:
    others = {
        one: image
        for one, image in now.items()
        if image["write_uid"] not in (False, client.uid, image["create_uid"])
    }
    names = user_names(client, {image["write_uid"] for image in others.values()})
    return {one: _edit(image, names) for one, image in others.items()}


def _edit(image: Mapping[str, Any], names: Mapping[int, str]) -> Edit:
    who, at = named(image["write_uid"], names), str(image["write_date"])
    return Edit(who, at, (f"edited since the load, last by {who} on {at} UTC",))
