"""Reads a few rows of a sheet's Parquet for people to look at."""

from pathlib import Path
from typing import Any

from importer.data.duck import open_duck
from importer.data.storage import work_dir

_SECONDS = 30.0


def read_sample(path: Path, *, offset: int, limit: int) -> list[dict[str, Any]]:
    """Rows as dictionaries, ``_row`` first, in the order of the file."""
    with work_dir() as work, open_duck(work, readable=[path], seconds=_SECONDS) as duck:
        found = duck.execute(
            "SELECT * FROM read_parquet($path) LIMIT $limit OFFSET $offset",
            {"path": str(path.resolve()), "limit": limit, "offset": offset},
        )
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
