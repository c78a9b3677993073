"""The sandbox's small file: one JSON line per committed call, replayed at the next start.

A line that was cut by a kill is dropped: its call was never answered.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from importer.odoo.sandbox.tables import Record

Change = tuple[str, int, Record | None]
PORTION = 1000


class Journal:
    """Append-only. Each commit is written and flushed before the call is answered."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._cut_broken_tail()
        self._file = path.open("a", encoding="utf-8")

    def append(self, changes: list[Change]) -> None:
        self._file.write(json.dumps(changes, separators=(",", ":")) + "\n")
        self._file.flush()

    def read(self) -> Iterator[Change]:
        with self._path.open(encoding="utf-8") as lines:
            for line in lines:
                for model, record_id, record in json.loads(line):
                    yield model, record_id, _record(record)

    def rewrite(self, changes: list[Change]) -> None:
        """Replaces the file by one that holds just these, in one step."""
        fresh = self._path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            for start in range(0, len(changes), PORTION):
                portion = changes[start : start + PORTION]
                file.write(json.dumps(portion, separators=(",", ":")) + "\n")
        self._file.close()
        fresh.replace(self._path)
        self._file = self._path.open("a", encoding="utf-8")

    def clear(self) -> None:
        self._file.close()
        self._file = self._path.open("w", encoding="utf-8")

    def close(self) -> None:
        self._file.close()

    def _cut_broken_tail(self) -> None:
        if not self._path.exists():
            return
        with self._path.open("rb+") as file:
            whole = 0
            for line in file:
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
            file.truncate(whole)


def _record(raw: dict[str, Any] | None) -> Record | None:
    """JSON knows no tuples: many2many values become tuples again."""
    if raw is None:
        return None
    return {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
