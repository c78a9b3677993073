"""Reads an undo plan: a batch's range of it, and which records it has yet to remove."""

from dataclasses import dataclass
from pathlib import Path

from importer.data.duck import open_duck, quote
from importer.data.storage import local_path
from importer.engine.plan_rules import PlanRow
from importer.models import Batch, Plan


@dataclass(frozen=True, slots=True)
class UndoRow:
    """One planned row. ``as_planned``: the same in the shape of the batch loop."""

    plan_row: int
    sheet_row: int
    key: str
    model: str
    odoo_id: int
    keymap: int
    code: str
    reason: str
    stamp: str
    edited: str

    @property
    def record(self) -> str:
        """``res.partner,42``"""
        return f"{self.model},{self.odoo_id}"

    def as_planned(self) -> PlanRow:
        return PlanRow(
            plan_row=self.plan_row,
            position=self.plan_row,
            sheet_row=self.sheet_row,
            key=self.key,
            depth=0,
            fields=(),
            odoo_id=self.odoo_id,
            ref="",
            field_hashes=b"",
            row_hash=b"",
            cells={},
        )


_COLUMNS = "plan_row, sheet_row, key, model, odoo_id, keymap, code, reason, stamp, edited"


def undo_rows(batch: Batch, folder: Path) -> list[UndoRow]:
    """The batch's rows in the order of the plan, without those that were put aside."""
    ejected = set(batch.ejected)
    range_ = [batch.first_pos, batch.first_pos + batch.n_rows - 1]
    found = _read(batch.plan, folder, _COLUMNS, "plan_row BETWEEN ? AND ?", range_)
    return [UndoRow(*row) for row in found if row[0] not in ejected]


def rows_where(plan: Plan, folder: Path, condition: str) -> list[UndoRow]:
    """Rows of the whole plan that match a condition of ours."""
    return [UndoRow(*row) for row in _read(plan, folder, _COLUMNS, condition, [])]


def still_leaving(batch: Batch, folder: Path) -> set[int]:
    """Ids that this batch and those after it are to remove. What an earlier batch was to remove
    and is still there was kept."""
    condition = "kind = 'unlink' AND plan_row >= ?"
    found = _read(batch.plan, folder, "odoo_id", condition, [batch.first_pos])
    return {row[0] for row in found}


def _read(plan: Plan, folder: Path, columns: str, condition: str, values: list[int]) -> list[tuple]:  # type: ignore[type-arg]
    path = local_path(plan.stored_as)
    with open_duck(folder / "undo_reading", readable=[path]) as duck:
        return duck.execute(
            f"SELECT {columns} FROM read_parquet({quote(str(path))}) "
            f"WHERE {condition} ORDER BY plan_row",
            values,
        ).fetchall()
