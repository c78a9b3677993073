"""Reads a batch's range of its plan file."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from importer.data.duck import open_duck, quote
from importer.data.storage import local_path
from importer.engine.plan_rules import PlanRow
from importer.models import Batch

_FIXED = (
    "plan_row, pos, sheet_row, key, depth, fields, odoo_id, ref, field_hashes, hash, origin, "
    "is_edited, cut"
)
_N_FIXED = 13


def batch_rows(batch: Batch, folder: Path) -> list[PlanRow]:
    """The batch's rows in the order of the plan, without those that were ejected."""
    ejected = set(batch.ejected)
    path = local_path(batch.plan.stored_as)
    with _reading(path, folder) as rows:
        found = rows(batch.first_pos, batch.first_pos + batch.n_rows - 1)
        return [row for row in found if row.plan_row not in ejected]


@contextmanager
def _reading(path: Path, folder: Path) -> Iterator[Any]:
    with open_duck(folder / "reading", readable=[path]) as duck:

        def rows(first: int, last: int) -> Iterator[PlanRow]:
            source = quote(str(path))
            found = duck.execute(
                f"""SELECT {_FIXED}, COLUMNS('^cell:.*') FROM read_parquet({source})
                WHERE plan_row BETWEEN ? AND ? ORDER BY plan_row""",
                [first, last],
            )
            names = [column[0] for column in found.description or ()]
            targets = [name.removeprefix("cell:") for name in names[_N_FIXED:]]
            for values in found.fetchall():
                yield _row(values, targets)

        yield rows


def _cut(text: str) -> dict[str, str]:
    cells: dict[str, str | None] = json.loads(text) if text else {}
    return {target: cell for target, cell in cells.items() if cell is not None}


def _row(values: tuple[Any, ...], targets: list[str]) -> PlanRow:
    plan_row, position, sheet_row, key, depth, fields, odoo_id, ref = values[:8]
    hashes, row_hash, origin, is_edited, cut = values[8:_N_FIXED]
    return PlanRow(
        plan_row,
        position,
        sheet_row,
        key,
        depth,
        tuple(fields or ()),
        odoo_id,
        ref or "",
        bytes.fromhex(hashes),
        bytes.fromhex(row_hash),
        dict(zip(targets, values[_N_FIXED:], strict=True)),
        origin,
        is_edited,
        _cut(cut),
    )
