"""The differences of a report as a list that is read page by page, filtered by node, kind and
text. Reads the report's own file; asks nobody.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from graphs.models import Reconciliation
from importer.data.duck import open_duck, quote
from importer.data.storage import local_path, work_dir

KINDS = ("missing", "different", "extra")
COLUMNS = (
    "node",
    "entity",
    "model",
    "kind",
    "key",
    "sheet_row",
    "odoo_id",
    "field",
    "label",
    "source",
    "odoo",
    "written_at",
    "written_by",
    "is_edited",
    "reason",
)
_PAGE = 5000


@dataclass(frozen=True, slots=True)
class Asked:
    """Which differences; empty: all. ``text`` is looked for in key, values and reason."""

    node: str = ""
    kind: str = ""
    text: str = ""


class DifferenceList(Sequence[dict[str, Any]]):
    """Only what a slice asks for is read. Raises FileNotFoundError where the file is gone."""

    def __init__(self, made: Reconciliation, asked: Asked | None = None) -> None:
        self._path = local_path(made.differences_as)
        self._where, self._values = _where(asked or Asked())
        found = self._rows(f"SELECT count(*) FROM {self._source}")
        self._size = int(found[0][0])

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, at: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, at: slice) -> list[dict[str, Any]]: ...

    def __getitem__(self, at: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if isinstance(at, int):
            return self[at : at + 1][0]
        start, stop, _ = at.indices(self._size)
        found = self._rows(
            f"SELECT {', '.join(COLUMNS)} FROM {self._source} ORDER BY n "
            f"LIMIT {max(0, stop - start)} OFFSET {start}"
        )
        return [dict(zip(COLUMNS, row, strict=True)) for row in found]

    def pages(self, most: int) -> Iterator[list[dict[str, Any]]]:
        """The first of them, some thousand at a time."""
        for start in range(0, min(self._size, most), _PAGE):
            yield self[start : min(start + _PAGE, most)]

    @property
    def _source(self) -> str:
        return f"read_parquet({quote(str(self._path))}) WHERE {self._where}"

    def _rows(self, select: str) -> list[tuple[Any, ...]]:
        with work_dir() as folder, open_duck(folder, readable=[self._path]) as duck:
            return duck.execute(select, self._values).fetchall()


def _where(asked: Asked) -> tuple[str, list[str]]:
    conditions, values = ["TRUE"], []
    for column, wanted in (("node", asked.node), ("kind", asked.kind)):
        if wanted:
            conditions.append(f"{column} = ?")
            values.append(wanted)
    if asked.text:
        searched = "concat_ws(' ', key, field, source, odoo, written_by, reason)"
        conditions.append(f"contains(lower({searched}), lower(?))")
        values.append(asked.text)
    return " AND ".join(conditions), values
