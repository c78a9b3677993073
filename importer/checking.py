"""The rows of a dataset that a mapping finds bad, without any run: all of the sheet is prepared in
a child process, and what was found is kept for some minutes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from importer.bad_rows import RowIssue, Rules, Wanted
from importer.choices import IssueStage
from importer.data.companies import with_companies
from importer.data.duck import open_duck, quote
from importer.data.previewing import check_in_child
from importer.data.storage import local_path, work_dir
from importer.errors import Refused
from importer.freezing import freeze_mapping, sha256_of_json
from importer.kept_for_a_while import kept_folder
from importer.models import Connection, Dataset, Mapping as MappingRow, Sheet
from importer.rechecking import as_issue, asked_of, line_sheets

_KEPT_FOR_SECONDS = 600
_SECONDS = 300.0
_FIELDS = (
    'sheet, sheet_row AS "row", "column", value, level, '
    f"'{IssueStage.PREPARE.value}' AS stage, code, message"
)


@dataclass(frozen=True)
class CheckedRows:
    """Bad rows of the dataset under one mapping; see ``importer.bad_rows.BadRows``. Raises Refused
    for a mapping that does not fit, and OdooError where Odoo's lists cannot be read."""

    dataset: Dataset
    mapping: MappingRow
    connection: Connection
    wanted: Wanted = field(default_factory=Wanted)

    @cached_property
    def frozen(self) -> dict[str, Any]:
        return with_companies(freeze_mapping(self.mapping), self.connection.companies)

    @cached_property
    def sheet(self) -> Sheet:
        """The sheet that feeds the mapping: its usual one, else the only one there is."""
        usual = self.mapping.sheet_name.strip().casefold()
        sheets = list(self.dataset.sheets.order_by("position"))
        named = [one for one in sheets if one.name.strip().casefold() == usual]
        found = named or sheets
        if len(found) != 1:
            raise Refused(
                f"“{self.dataset}” has no sheet “{self.mapping.sheet_name}”. Name the usual sheet "
                f"of the mapping “{self.mapping}”."
            )
        return found[0]

    @cached_property
    def rules(self) -> Rules:
        names = (self.sheet.name, *(one.name for one in line_sheets(self.frozen, self.sheet)))
        frozen = self.frozen | {"fed_by": self.sheet.name}
        return Rules(self.connection, {name: [frozen] for name in names})

    @cached_property
    def _path(self) -> Path:
        sheets = [self.sheet, *line_sheets(self.frozen, self.sheet)]
        taken = str(self.connection.schema_taken_at)
        parts = [str(self.connection.pk), taken, self.frozen, [one.sha256 for one in sheets]]
        folder = kept_folder(
            "checks", sha256_of_json(parts), self._check, seconds=_KEPT_FOR_SECONDS
        )
        return folder / "issues.parquet"

    def _check(self, folder: Path) -> None:
        others = {
            one.name: local_path(one.stored_as) for one in line_sheets(self.frozen, self.sheet)
        }
        path = local_path(self.sheet.stored_as)
        asked = asked_of(self.frozen, self.sheet, path, others, self.connection)
        with work_dir() as work:
            check_in_child(asked, work, {}, seconds=_SECONDS)
            (folder / "issues.parquet").write_bytes((work / "out" / "issues.parquet").read_bytes())

    def counts(self) -> dict[str, int]:
        found = dict(
            self._select(f"SELECT sheet, count(DISTINCT sheet_row) FROM {self._bad} GROUP BY sheet")
        )
        names = self.dataset.sheets.order_by("position").values_list("name", flat=True)
        return {name: found[name] for name in names if name in found}

    def rows(self, sheet: str, offset: int, limit: int) -> list[int]:
        found = self._select(
            f"SELECT DISTINCT sheet_row FROM {self._bad} WHERE sheet = {quote(sheet)} "
            f"ORDER BY 1 LIMIT {int(limit)} OFFSET {int(offset)}"
        )
        return [row for (row,) in found]

    def issues(self, sheet: str, rows: Iterable[int]) -> list[RowIssue]:
        listed = ", ".join(str(int(row)) for row in rows) or "NULL"
        found = self._select(
            f"SELECT {_FIELDS} FROM {self._all} WHERE sheet = {quote(sheet)} "
            f"AND sheet_row IN ({listed}) ORDER BY ALL"
        )
        names = ("sheet", "sheet_row", "column", "value", "level", "stage", "code", "message")
        return [as_issue(dict(zip(names, one, strict=True))) for one in found]

    def write(self, path: Path) -> None:
        chosen = f"(sheet, sheet_row) IN (SELECT (sheet, sheet_row) FROM {self._bad})"
        select = f"SELECT {_FIELDS} FROM {self._all} WHERE {chosen} ORDER BY ALL"
        with self._opened(path.parent / "checked", path.parent) as duck:
            duck.execute(
                f"COPY ({select}) TO {quote(str(path.resolve()))} (FORMAT csv, HEADER false)"
            )

    @property
    def _all(self) -> str:
        levels = ", ".join(quote(level) for level in self.wanted.levels)
        source = f"read_parquet({quote(str(self._path.resolve()))})"
        return f"(SELECT * FROM {source} WHERE level IN ({levels}))"

    @property
    def _bad(self) -> str:
        asked = {"code": self.wanted.code, '"column"': self.wanted.column}
        tests = [f"{name} = {quote(text)}" for name, text in asked.items() if text]
        if self.wanted.value is not None:
            tests.append(f"value = {quote(self.wanted.value)}")
        return f"(SELECT * FROM {self._all} WHERE {' AND '.join(tests) or 'true'})"

    def _opened(self, folder: Path, *writable: Path) -> Any:
        return open_duck(folder, readable=[self._path], writable=writable)

    def _select(self, sql: str) -> list[tuple[Any, ...]]:
        with work_dir() as folder, self._opened(folder) as duck:
            found: list[tuple[Any, ...]] = duck.execute(sql).fetchall()
        return found
