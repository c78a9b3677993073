"""The undo's plan file: one row a record, sorted in the order of undoing. Pure over files.

Restores come first, then removals from the deepest level up and the newest record first, then
what is archived, then what stays as it is.
"""

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from duckdb import DuckDBPyConnection

from importer.data.duck import quote

RESTORING = 0
MOST_ROWS = 500
FEWEST_ROWS = 100
PROGRESS_STEPS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """``level``: the stage it is undone in; ``stamp``: write_date when the plan was made;
    ``kind``: restore, unlink, archive, or empty where nothing is sent; ``edited``: fields, by
    commas, that somebody had edited then; ``fields``: those to give back. ``editor`` and
    ``edited_at``: who wrote to the record last, where that was somebody else. ``uses``: JSON list
    of [model, field, number] that speak against a removal."""

    level: int
    verdict: str
    code: str
    reason: str
    kind: str
    model: str
    odoo_id: int
    keymap: int
    key: str
    stamp: str = ""
    edited: str = ""
    fields: str = ""
    editor: str = ""
    edited_at: str = ""
    uses: str = ""


COLUMNS = {
    one.name: "BIGINT" if one.name in ("level", "odoo_id", "keymap") else "VARCHAR"
    for one in fields(Row)
}


@dataclass(frozen=True, slots=True)
class Portion:
    """Neighbouring rows of one stage, kind and model."""

    level: int
    kind: str
    first: int
    n_rows: int


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(astuple(row) for row in rows)


def write_plan(duck: DuckDBPyConnection, rows: Path, prepared: Path | None, plan: Path) -> None:
    """``plan`` from the CSV ``rows``; ``prepared``: the reverted load's rows, for the numbers that
    the user knows them by."""
    typed = ", ".join(f"{quote(name)}: {quote(kind)}" for name, kind in COLUMNS.items())
    known = (
        f"(SELECT key AS k, min(sheet_row) AS sheet_row FROM read_parquet({quote(str(prepared))}) "
        "GROUP BY 1)"
        if prepared
        else "(SELECT '' AS k, 0 AS sheet_row WHERE FALSE)"
    )
    duck.execute(
        f"""COPY (
  SELECT row_number() OVER (ORDER BY level, kind, model, odoo_id DESC) - 1 AS plan_row,
    CAST(coalesce(p.sheet_row, 0) AS BIGINT) AS sheet_row, r.*
  FROM read_csv({quote(str(rows))}, header = false, auto_detect = false, delim = ',',
    quote = '"', escape = '"', nullstr = '\\N', columns = {{{typed}}}) AS r
  LEFT JOIN {known} AS p ON p.k = r.key
  ORDER BY plan_row) TO {quote(str(plan))} (FORMAT parquet, ROW_GROUP_SIZE 8192)"""
    )


def portions(duck: DuckDBPyConnection, plan: Path) -> list[Portion]:
    """What becomes batches, in the order of the file."""
    found = duck.execute(
        f"SELECT level, kind, min(plan_row), count(*) FROM read_parquet({quote(str(plan))}) "
        "WHERE kind <> '' GROUP BY level, kind, model ORDER BY 3"
    ).fetchall()
    return [Portion(*row) for row in found]


def verdict_counts(duck: DuckDBPyConnection, plan: Path) -> dict[str, int]:
    found = duck.execute(
        f"SELECT verdict, count(*) FROM read_parquet({quote(str(plan))}) GROUP BY 1"
    ).fetchall()
    return dict(found)


def cut(portion: Portion) -> list[tuple[int, int]]:
    """(first row, number of rows) of its batches: few rows still show some progress."""
    wanted = max(FEWEST_ROWS, -(-portion.n_rows // PROGRESS_STEPS))
    size = min(MOST_ROWS, wanted)
    end = portion.first + portion.n_rows
    return [(start, min(size, end - start)) for start in range(portion.first, end, size)]
