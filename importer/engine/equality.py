"""Whether a record holds what its row wants already. Only compares; asks nobody."""

from importer.engine.comparing import holds
from importer.engine.desk import Desk
from importer.engine.images import Image
from importer.engine.payloads import keys_of
from importer.engine.plan_rules import PlanField, PlanRow
from importer.engine.references import Resolved


def is_equal(desk: Desk, row: PlanRow, image: Image, resolved: Resolved) -> bool:
    """Whether nothing is left to write."""
    return len(equal_fields(desk, row, image, resolved)) == len(set(row.fields))


def equal_fields(desk: Desk, row: PlanRow, image: Image, resolved: Resolved) -> frozenset[str]:
    """The row's fields that hold the wanted value already."""
    by_target = {one.target: one for one in desk.fields}
    return frozenset(
        target
        for target in row.fields
        if by_target[target].kind != "lines"
        and holds(
            desk.facts.fields[target],
            row.cells.get(target),
            image.get(target),
            wanted_ids(by_target[target], row.cells.get(target), resolved),
            adds=by_target[target].adds,
        )
    )


def wanted_ids(one: PlanField, cell: str | None, resolved: Resolved) -> list[int] | None:
    """The records that a relational cell leads to; None where that is not known."""
    if one.kind in ("plain", "binary") or cell is None:
        return None
    if one.kind == "reference":
        found = [resolved.ids.get((one.entity, key)) for key in keys_of(one, cell)]
    else:
        found = [
            int(part.removeprefix(".id:")) if part.startswith(".id:") else None
            for part in cell.split(",")
        ]
    known = [number for number in found if number is not None]
    return known if len(known) == len(found) else None
