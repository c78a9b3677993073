"""What an undo stands on: the load it reverts, its options, the fields that point at the model.

The pointing fields are looked up once, when the plan is made, and kept as a file beside it.
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from importer.data.storage import local_path, store_file
from importer.engine.contexts import write_context
from importer.engine.desk import Desk
from importer.engine.undoing.companions import goes_along, made_with
from importer.engine.undoing.finding import Pointers, find_pointers
from importer.engine.undoing.judging import Judge
from importer.engine.undoing.pointing import PointingField
from importer.engine.undoing.reading import wide_context
from importer.engine.undoing.usage import Freed
from importer.models import Load, OdooModel
from importer.odoo.protocols import FieldFacts

OPTIONS = "undo"
"""Key in the undo load's ``mapping``: ``{"archive": bool, "remove_edited": bool, "after": [id of a
load]}``."""
NUMBERS = "numbers"
"""Key in its ``verification``: what the plan comes to (undoing/numbers.py)."""
POINTING = "pointing"
"""Key in its ``verification``: the stored file of pointing fields."""


def original_of(load: Load) -> Load:
    if load.reverts is None:
        raise ValueError(f"load {load.pk} reverts nothing")
    return load.reverts


def may_archive(desk: Desk) -> bool:
    """Whether what cannot be removed is to be archived, and the model can be."""
    chosen = bool(desk.load.mapping.get(OPTIONS, {}).get("archive"))
    return chosen and "active" in desk.facts.fields


def may_remove_edited(desk: Desk) -> bool:
    """Whether created records go although somebody else edited them since."""
    return bool(desk.load.mapping.get(OPTIONS, {}).get("remove_edited"))


def own_context(desk: Desk) -> dict[str, Any]:
    """The context of writing calls."""
    return {**write_context(desk.load.odoo_model, desk.load.mapping), "active_test": False}


def types_of(fields: dict[str, FieldFacts]) -> dict[str, str]:
    return {name: fact.type for name, fact in fields.items()}


def look_up_pointers(desk: Desk) -> Pointers:
    """Asks the server; a quarter of a minute at worst."""
    model = desk.load.odoo_model
    fields = desk.client.fields_get(model)
    beside = (*goes_along(model), *made_with(model))
    models = dict.fromkeys(one.model for one in beside if one.field in fields)
    targets = {model: fields, **{one: desk.client.fields_get(one) for one in models}}
    known = OdooModel.objects.filter(connection=desk.load.connection_id)
    return find_pointers(desk.client, targets, known.values_list("name", flat=True))


def store_pointers(pointers: Pointers, folder: Path, load: Load) -> str:
    """The stored file's name."""
    path = folder / "pointing.json"
    path.write_text(json.dumps([one.as_dict() for one in pointers.fields]), encoding="utf-8")
    return store_file(path, f"loads/{load.pk}/{folder.name}/pointing.json")


def stored_pointers(load: Load) -> tuple[PointingField, ...]:
    raw = json.loads(local_path(load.verification[POINTING]).read_text(encoding="utf-8"))
    return tuple(PointingField(**one) for one in raw)


def judge_of(
    desk: Desk,
    pointers: tuple[PointingField, ...],
    leaving: Collection[int],
    model: str = "",
    freed: Freed | None = None,
) -> Judge:
    """Of records of the load's model, or of another one beside it."""
    return Judge(
        client=desk.client,
        model=model or desk.load.odoo_model,
        fields=() if model else desk.facts.fields.keys(),
        pointers=pointers,
        leaving=leaving,
        context=wide_context(desk.client),
        freed=freed or {},
    )
