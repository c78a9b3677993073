"""The before- and after-images that a load has left, record by record."""

from collections.abc import Iterable

from importer.engine.contexts import Place
from importer.engine.undoing.three_way import Image, Touched, touched
from importer.models import Change, Load


def touches(original: Load, model: str, ids: Iterable[int]) -> dict[int, dict[Place, Touched]]:
    """Record -> place -> what the load did to it there."""
    changes = Change.objects.filter(load=original, odoo_model=model, odoo_id__in=list(ids))
    gathered: dict[int, dict[Place, list[tuple[Image | None, Image | None, Image | None]]]] = {}
    for one in changes.order_by("batch_id", "id"):
        places = gathered.setdefault(one.odoo_id, {})
        places.setdefault((one.lang, one.company), []).append((one.before, one.after, one.closing))
    found: dict[int, dict[Place, Touched]] = {}
    for record, places in gathered.items():
        for place, images in places.items():
            if one_touch := touched(images):
                found.setdefault(record, {})[place] = one_touch
    return found
