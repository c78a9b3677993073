"""Reads files as a dataset's job does and gives the sheets back as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from importer.data.files import SourceFile, read_files
from importer.data.options import checked_options, read_options
from importer.limits import Limits


@dataclass(frozen=True)
class ReadBack:
    """A sheet with its Parquet read back."""

    name: str
    columns: list[str]
    headers: list[str]
    rows: list[tuple[Any, ...]]  # _row first
    header_row: int
    notices: dict[str, dict[str, Any]]  # by code
    types: list[str]

    @property
    def codes(self) -> set[str]:
        return set(self.notices)


def read_bytes(folder: Path, name: str, content: bytes, **options: Any) -> list[ReadBack]:
    path = folder / "given" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return read_paths(folder, [path], **options)


def read_text(folder: Path, text: str, name: str = "customers.csv", **options: Any) -> ReadBack:
    (sheet,) = read_bytes(folder, name, text.encode(), **options)
    return sheet


def read_paths(
    folder: Path, paths: Sequence[Path], *, limits: Limits | None = None, **options: Any
) -> list[ReadBack]:
    work = folder / f"work-{len(list(folder.glob('work-*')))}"
    work.mkdir()
    files = [SourceFile(path, path.name) for path in paths]
    asked = read_options(checked_options(options))
    found = read_files(files, asked, limits or Limits(), work, lambda done, message: None)
    return [_read_back(sheet) for _, sheet in found]


def _read_back(sheet: Any) -> ReadBack:
    with duckdb.connect() as duck:
        result = duck.execute("SELECT * FROM read_parquet($1)", [str(sheet.path)])
        description = result.description
        rows = result.fetchall()
    assert len(rows) == sheet.n_rows
    assert [column[0] for column in description][1:] == [c["name"] for c in sheet.columns]
    return ReadBack(
        name=sheet.name,
        columns=[column["name"] for column in sheet.columns],
        headers=[column["header"] for column in sheet.columns],
        rows=rows,
        header_row=sheet.header_row,
        notices={notice.code: notice.as_dict() for notice in sheet.notices},
        types=[str(column[1]) for column in description],
    )
