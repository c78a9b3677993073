"""Compares records that a load changed with what it found and left: what to give back, what to
leave because somebody edited it since. Reads only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from importer.choices import Linking
from importer.engine.belonging import BIRTH, is_other
from importer.engine.contexts import Place, place_context
from importer.engine.desk import Desk
from importer.engine.file_images import add_files, file_names
from importer.engine.recomputing import recomputed
from importer.engine.spill_rules import flowing_fields
from importer.engine.undoing.changes import touches
from importer.engine.undoing.ground import original_of, types_of
from importer.engine.undoing.judging import Reason
from importer.engine.undoing.reading import images, named, user_names, wide_context
from importer.engine.undoing.three_way import Restoration, restoration, restored_fields
from importer.odoo.protocols import FieldFacts


@dataclass
class Comparison:
    """One record. ``there``: it is still in Odoo. ``places``: what to do in each language and
    company; ``stamp`` and ``editor``: its write_date and write_uid now."""

    there: bool = False
    places: dict[Place, Restoration] = field(default_factory=dict)
    stamp: str = ""
    editor: int = 0

    @property
    def writes(self) -> dict[Place, dict[str, Any]]:
        return {place: one.values for place, one in self.places.items() if one.values}

    @property
    def written(self) -> list[str]:
        return sorted({name for values in self.writes.values() for name in values})

    @property
    def edited(self) -> list[str]:
        return sorted({name for one in self.places.values() for name in one.edited})


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a record from an earlier look. ``stamp``: its write_date then; ``stays``:
    fields found edited; ``written``: fields that this undo has written since."""

    stamp: str
    stays: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()


def compare(
    desk: Desk, model: str, ids: Sequence[int], known: Mapping[int, Known] | None = None
) -> dict[int, Comparison]:
    """A record that our own login has written since it was ``known`` may have been reached by this
    undo itself: an address that flows on is no edit."""
    fields = fields_of(desk, model)
    types = types_of(fields)
    touched = touches(original_of(desk.load), model, ids)
    found = {one: Comparison() for one in ids}
    for place in sorted({place for places in touched.values() for place in places}):
        here = {one: places[place] for one, places in touched.items() if place in places}
        names = {name for one in here.values() for name in restored_fields(one, types)}
        context = {**wide_context(desk.client), **place_context(place)}
        files = file_names(fields, names)
        now = images(desk.client, model, list(here), (names - set(files)) | {BIRTH}, context)
        add_files(desk.client, model, now, files, context=context, store=None)
        for one, image in now.items():
            if is_other(here[one].before.get(BIRTH), image[BIRTH]):
                continue  # another record has this id by now; ours is gone
            said = found[one]
            said.there, said.stamp = True, str(image["write_date"])
            said.editor = image["write_uid"] or 0
            earlier = (known or {}).get(one)
            said.places[place] = restoration(
                here[one],
                image,
                types,
                flowing=_flowing(desk, model, said, earlier),
                stays=earlier.stays if earlier else (),
                adds=_added_to(desk, model),
                follows=partial(recomputed, fields=fields),
            )
    return found


def _added_to(desk: Desk, model: str) -> frozenset[str]:
    """The lists to which the load has only added."""
    original = original_of(desk.load)
    if model != original.odoo_model:
        return frozenset()
    fields = original.mapping["fields"]
    return frozenset(raw["target"] for raw in fields if raw.get("linking") == Linking.ADD)


def _flowing(desk: Desk, model: str, said: Comparison, known: Known | None) -> frozenset[str]:
    if known is None:
        return frozenset()
    is_ours = said.editor == desk.client.uid and said.stamp != known.stamp
    return known.written | (flowing_fields(model) if is_ours else frozenset())


def fields_of(desk: Desk, model: str) -> dict[str, FieldFacts]:
    """What is known of the model's fields."""
    if model == desk.load.odoo_model:
        return dict(desk.facts.fields)
    return dict(desk.client.fields_get(model))


def edited_reason(desk: Desk, one: Comparison, names: Mapping[int, str]) -> Reason:
    """Which fields stay, who wrote them and when, and whether the others were given back."""
    who = named(one.editor, names)
    fields = ", ".join(one.edited)
    stays = "it stays" if len(one.edited) == 1 else "they stay"
    rest = " The other fields are given back." if one.writes else ""
    return Reason(
        "edited_since",
        f"Kept: {fields} changed since the load, last by {who} on {one.stamp} UTC; {stays}.{rest}",
    )


def editors(desk: Desk, some: Iterable[Comparison]) -> dict[int, str]:
    """Names of those who edited."""
    return user_names(desk.client, {one.editor for one in some if one.edited})
