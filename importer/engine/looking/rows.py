"""The prepared rows that a look is about, read from files in a private DuckDB."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from importer.data.companies import has_row_companies
from importer.data.duck import name, open_duck, quote
from importer.data.storage import local_path
from importer.engine.planning import KEYMAP_COLUMNS, read_table
from importer.models import Load


@dataclass(frozen=True, slots=True)
class Known:
    """A row with its key map entry."""

    key: str
    sheet_row: int
    odoo_id: int
    write_date: str


@dataclass(frozen=True, slots=True)
class New:
    """A row without one; ``cells`` in the order asked for, ``columns`` of the sheet itself."""

    key: str
    sheet_row: int
    cells: tuple[str | None, ...]
    columns: tuple[str | None, ...]
    company: int = 0


class Rows:
    """Rows in two kinds. A result must be read to its end before the next is asked for."""

    def __init__(self, duck: DuckDBPyConnection, sheet: Path) -> None:
        self._duck = duck
        self._sheet = sheet

    def known(self, size: int) -> Iterator[list[Known]]:
        """Portions of rows that the key map knows, by rising id."""
        self._duck.execute(
            "SELECT a.key, a.sheet_row, k.odoo_id, coalesce(k.write_date, '') FROM about AS a "
            "JOIN km AS k ON k.key = a.key ORDER BY k.odoo_id"
        )
        while some := self._duck.fetchmany(size):
            yield [Known(*row) for row in some]

    def forget(self, keys: Sequence[str]) -> None:
        """The records of these keys are gone: their rows are new ones."""
        if keys:
            self._duck.execute("DELETE FROM km WHERE key IN (SELECT unnest(?))", [list(keys)])

    def n_known(self) -> int:
        """Entries, of this sheet or not, whose records have our computed external ids."""
        condition = "origin <> 'adopted' AND coalesce(ref, '') = ''"
        row = self._duck.execute(f"SELECT count(*) FROM km WHERE {condition}").fetchone()
        return int(row[0]) if row else 0

    def has_cells(self, targets: Sequence[str]) -> bool:
        described = self._duck.execute("DESCRIBE SELECT * FROM about").fetchall()
        return {f"cell:{one}" for one in targets} <= {str(row[0]) for row in described}

    def new(self, targets: Sequence[str], columns: Sequence[str], size: int) -> Iterator[list[New]]:
        """Portions of rows that the key map does not know, in the order of the sheet."""
        cells = [f"a.{name(f'cell:{one}')}" for one in targets]
        own = [f"s.{name(one)}" for one in columns]
        sheet = f"read_parquet({quote(str(self._sheet))})"
        joined = f"LEFT JOIN {sheet} AS s ON s._row = a.sheet_row" if columns else ""
        listed = ", ".join(["a.key", "a.sheet_row", "a.company", *cells, *own])
        self._duck.execute(
            f"SELECT {listed} FROM about AS a {joined} "
            "WHERE a.key NOT IN (SELECT key FROM km) ORDER BY a.sheet_row"
        )
        after = 3 + len(cells)
        while some := self._duck.fetchmany(size):
            yield [
                New(row[0], row[1], tuple(row[3:after]), tuple(row[after:]), row[2]) for row in some
            ]


@contextmanager
def open_rows(load: Load, folder: Path, keymap: Path, only_rows: Path | None) -> Iterator[Rows]:
    """The rows that this pass of the load plans, without those that cannot be sent anyway."""
    prepared = local_path(load.prepared_as)
    sheet = local_path(load.sheet.stored_as) if load.sheet else prepared
    with open_duck(folder, readable=[prepared, sheet], memory="100MB") as duck:
        read_table(duck, "km", keymap, KEYMAP_COLUMNS)
        conditions = ["NOT p.failed"]
        if load.keys is not None:
            duck.execute(
                "CREATE TEMP TABLE chosen AS SELECT unnest(?::VARCHAR[]) AS key", [load.keys]
            )
            conditions.append("p.key IN (SELECT key FROM chosen)")
        if only_rows is not None:
            read_table(duck, "again", only_rows, {"sheet_row": "BIGINT"})
            conditions.append("p.sheet_row IN (SELECT sheet_row FROM again)")
        added = "" if has_row_companies(load.mapping) else ", 0 AS company"
        source = f"read_parquet({quote(str(prepared))})"
        duck.execute(
            f"CREATE TEMP VIEW about AS SELECT *{added} FROM {source} AS p "
            f"WHERE {' AND '.join(conditions)}"
        )
        yield Rows(duck, sheet)
