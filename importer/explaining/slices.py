"""Reads the rows of one key out of many stored files at once: plans, prepared rows, sheets. Knows
files and keys, no models.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from importer.data.compiling import Bench
from importer.data.duck import open_duck, quote
from importer.data.macros import prelude
from importer.data.transforms.working import work
from importer.data.vanished import sheet_keys
from importer.errors import Refused

MOST_LINES = 200
Found = list[dict[str, Any]]


class Slices:
    """A private DuckDB that may read the given files and nothing else."""

    def __init__(self, duck: DuckDBPyConnection, folder: Path) -> None:
        self.duck = duck
        self._folder = folder

    def by_key(self, paths: Sequence[Path], key: str) -> Found:
        """Rows with this key, each with ``file``; files may have different columns."""
        return self._found(paths, "key = ?", [key])

    def by_record(self, paths: Sequence[Path], model: str, odoo_id: int) -> Found:
        """Rows of undo plans about this record, each with ``file``."""
        return self._found(paths, "model = ? AND odoo_id = ?", [model, odoo_id])

    def by_row(self, paths: Sequence[Path], rows: Mapping[Path, int]) -> Found:
        """The sheet row of each file, with ``file``."""
        wanted = " OR ".join("(file = ? AND _row = ?)" for _ in paths)
        values = [value for path in paths for value in (str(path), rows[path])]
        return self._found(paths, wanted, values)

    def _found(self, paths: Sequence[Path], condition: str, values: Sequence[Any]) -> Found:
        if not paths:
            return []
        files = ", ".join(quote(str(path)) for path in paths)
        found = self.duck.execute(
            f"SELECT * FROM read_parquet([{files}], union_by_name = true, filename = 'file') "
            f"WHERE {condition}",
            list(values),
        )
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def rows_of_key(self, path: Path, key_columns: Sequence[str], key: str) -> list[int]:
        """The sheet's rows that have this key, the first of them at most."""
        keys = sheet_keys(f"read_parquet({quote(str(path))})", key_columns)
        found = self.duck.execute(
            f"SELECT row FROM ({keys}) WHERE key = ? ORDER BY row LIMIT {MOST_LINES}", [key]
        )
        return [row for (row,) in found.fetchall()]

    def key_at(self, path: Path, key_columns: Sequence[str], row: int) -> str | None:
        """The key of one sheet row; None where the row is not there or has no whole key."""
        source = f"(SELECT * FROM read_parquet({quote(str(path))}) WHERE _row = {int(row)})"
        keys = sheet_keys(source, key_columns)
        found = self.duck.execute(f"SELECT key FROM ({keys})").fetchone()
        return found[0] if found else None

    def has_row(self, path: Path, row: int) -> bool:
        found = self.duck.execute(
            f"SELECT count(*) FROM read_parquet({quote(str(path))}) WHERE _row = ?", [int(row)]
        ).fetchone()
        return bool(found and found[0])

    def values(
        self, path: Path, row: int, bench: Bench, lists: Mapping[str, Path]
    ) -> dict[str, Any]:
        """What the bench makes of one row of the sheet, by the names it gives. ``lists``: the
        other sheets that it reads. Raises Refused where it cannot be computed."""
        self.duck.execute(
            f"CREATE OR REPLACE TEMP VIEW source AS SELECT * FROM read_parquet({quote(str(path))}) "
            f"WHERE _row = {int(row)}"
        )
        for wanted, view in bench.lookups.items():
            if wanted not in lists:
                raise Refused("A sheet in which a transform looks up is not there any more.")
            table = f"read_parquet({quote(str(lists[wanted]))})"
            self.duck.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM {table}")
        try:
            work(self.duck, bench.worked(), self._folder)
            found = self.duck.execute(bench.select())
            values = found.fetchone()
        except duckdb.InvalidInputException as error:
            raise Refused("The steps of the mapping cannot be done again for this row.") from error
        names = [column[0] for column in found.description or ()]
        return dict(zip(names, values, strict=True)) if values else {}


@contextmanager
def open_slices(
    folder: Path, paths: Sequence[Path], empty_words: Sequence[str]
) -> Iterator[Slices]:
    """``empty_words``: cells of the sheets that mean nothing is there."""
    readable = list(dict.fromkeys(paths))
    with open_duck(folder, readable=readable, seconds=60) as duck:
        duck.execute(prelude(empty_words))
        yield Slices(duck, folder)
