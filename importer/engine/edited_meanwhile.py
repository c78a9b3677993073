"""Rows of a batch in doubt that are left alone: somebody else has edited their records since. Reads
what is in hand; asks nobody.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from importer.choices import IssueLevel
from importer.engine.desk import Desk
from importer.engine.images import Image, journaled_images, record_id
from importer.engine.issues import RowProblem
from importer.engine.plan_rules import PlanRow
from importer.models import Batch


def edited_meanwhile(
    desk: Desk,
    batch: Batch,
    rows: Sequence[PlanRow],
    equal: Sequence[PlanRow],
    images: Mapping[int, Image],
) -> list[tuple[PlanRow, RowProblem]]:
    """Rows without the wanted values into which somebody else has written since the journal."""
    held = {row.plan_row for row in equal}
    before = journaled_images(batch)
    return [
        (row, _problem(row))
        for row in rows
        if row.plan_row not in held
        and images[record_id(row)]["write_uid"] != desk.client.uid
        and _stamp(images[record_id(row)]) != _stamp(before.get(record_id(row), {}))
    ]


def _stamp(image: Mapping[str, Any]) -> tuple[Any, Any]:
    return image.get("write_date"), image.get("write_uid")


def _problem(row: PlanRow) -> RowProblem:
    return RowProblem(
        position=row.position,
        row=row.sheet_row,
        key=row.key,
        code="edited_meanwhile",
        message=(
            "Somebody else changed this record in Odoo while the answer to our update was lost, so "
            "it was left as it is. Look at it; a retry writes the sheet's values."
        ),
        level=IssueLevel.BLOCKED,
    )
