"""Reads the ranges of a plan file that its batches are. Knows no verdict and writes nothing."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from importer.data.duck import open_duck, quote
from importer.data.storage import local_path
from importer.engine.plan_rules import PlanRow
from importer.models import Batch

_FIXED = (
    "plan_row, pos, sheet_row, key, depth, fields, odoo_id, ref, field_hashes, hash, origin, "
    "is_edited, cut"
)
_N_FIXED = 13


class PlanReader:
    """Reads ranges of plan files that never change. The private DuckDB stays open between two
    batches of one plan, as opening one costs more than reading a batch."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = ExitStack()
        self._path: Path | None = None
        self._duck: DuckDBPyConnection | None = None

    def close(self) -> None:
        self._open.close()
        self._path = self._duck = None

    def rows(self, batch: Batch) -> list[PlanRow]:
        """The batch's rows in the order of the plan, without those that were ejected."""
        path = local_path(batch.plan.stored_as)
        found = self._of(path).execute(
            f"""SELECT {_FIXED}, COLUMNS('^cell:.*') FROM read_parquet({quote(str(path))})
            WHERE plan_row BETWEEN ? AND ? ORDER BY plan_row""",
            [batch.first_pos, batch.first_pos + batch.n_rows - 1],
        )
        names = [column[0] for column in found.description or ()]
        targets = [name.removeprefix("cell:") for name in names[_N_FIXED:]]
        ejected = set(batch.ejected)
        return [_row(one, targets) for one in found.fetchall() if one[0] not in ejected]

    def _of(self, path: Path) -> DuckDBPyConnection:
        if self._duck is None or self._path != path:
            self.close()
            opened = open_duck(self._folder / "reading", readable=[path], seconds=None)
            self._duck, self._path = self._open.enter_context(opened), path
        return self._duck


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
