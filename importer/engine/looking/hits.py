"""What the rules have hit, kept in a file until all rows are looked at: only then is it known
whether two rows hit the same record.
"""

import json
from array import array
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from itertools import islice
from pathlib import Path

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Hit:
    """A row and the records that fit it. ``line``: the rule, empty where the record was found under
    our own external id; ``columns``: the sheet's, behind the rule; ``stray``: the model of the
    record that an external id leads to, where that is another one."""

    key: str
    sheet_row: int
    ids: tuple[int, ...]
    line: str = ""
    columns: tuple[str, ...] = ()
    shown: str = ""
    stray: str = ""

    @property
    def is_found(self) -> bool:
        return not self.line

    @property
    def is_single(self) -> bool:
        return len(self.ids) == 1 and not self.stray


class Hits:
    """Written once, then read again as often as needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("w", encoding="utf-8")
        self._single = array("q")

    def add(self, hit: Hit) -> None:
        self._file.write(json.dumps(astuple(hit)) + "\n")
        if hit.is_single:
            self._single.append(hit.ids[0])

    def close(self) -> None:
        self._file.close()

    def chunks(self) -> Iterator[list[Hit]]:
        with self._path.open(encoding="utf-8") as lines:
            hits = (_read(line) for line in lines)
            while some := list(islice(hits, CHUNK)):
                yield some

    def doubles(self) -> dict[int, list[int]]:
        """Record -> the sheet rows that hit it, where there are several."""
        ordered = sorted(self._single)
        twice = {one for one, after in zip(ordered, ordered[1:], strict=False) if one == after}
        rows: dict[int, list[int]] = {}
        if twice:
            for some in self.chunks():
                for hit in some:
                    if hit.is_single and hit.ids[0] in twice:
                        rows.setdefault(hit.ids[0], []).append(hit.sheet_row)
        return rows


def _read(line: str) -> Hit:
    key, sheet_row, ids, rule, columns, shown, stray = json.loads(line)
    return Hit(key, sheet_row, tuple(ids), rule, tuple(columns), shown, stray)
