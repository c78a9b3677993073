"""Updates that were given up on while nobody knew whether Odoo kept them: before they are undone,
what Odoo holds tells. Only reads Odoo.
"""

from importer.choices import BatchKind, BatchState
from importer.engine.desk import Desk
from importer.engine.images import is_written, read_after, save_after
from importer.models import Batch


def look_at_abandoned(desk: Desk) -> None:
    """``desk`` of the reverted load. What our login has changed in such a batch's records becomes
    its after-image, so that it is given back like any other update. Repeating it is safe."""
    kinds = (BatchKind.UPDATE, BatchKind.WRITE)
    left = Batch.objects.filter(load=desk.load, state=BatchState.ABANDONED, kind__in=kinds)
    for batch in left.order_by("seq"):
        rows = desk.plans.rows(batch)
        ids = tuple(row.odoo_id for row in rows if row.odoo_id is not None)
        if ids and is_written(desk, batch, ids):
            save_after(batch, read_after(desk, batch, ids))
