"""Records of one model in memory: what is set, by id, with indexes made on first use.

A record is a dict of its set fields only and is never changed in place: writers put a new one.
"""

from collections.abc import Iterable
from typing import Any

Record = dict[str, Any]


class Index:
    """Value -> ids. One id is kept bare, several as a dict in order: most values are unique."""

    __slots__ = ("_ids",)

    def __init__(self) -> None:
        self._ids: dict[Any, int | dict[int, None]] = {}

    def add(self, value: Any, record_id: int) -> None:
        held = self._ids.get(value)
        if held is None:
            self._ids[value] = record_id
        elif isinstance(held, dict):
            held[record_id] = None
        elif held != record_id:
            self._ids[value] = {held: None, record_id: None}

    def drop(self, value: Any, record_id: int) -> None:
        held = self._ids.get(value)
        if isinstance(held, dict):
            held.pop(record_id, None)
            if not held:
                del self._ids[value]
        elif held == record_id:
            del self._ids[value]

    def get(self, value: Any) -> list[int]:
        held = self._ids.get(value)
        if held is None:
            return []
        return sorted(held) if isinstance(held, dict) else [held]


class Table:
    """One model's records, the next free id and the indexes in use."""

    __slots__ = ("_indexes", "last_id", "model", "rows")

    def __init__(self, model: str) -> None:
        self.model = model
        self.rows: dict[int, Record] = {}
        self.last_id = 0
        self._indexes: dict[str, Index] = {}

    def next_id(self) -> int:
        """Never given back, also when the call is rolled back: ids have gaps."""
        self.last_id += 1
        return self.last_id

    def put(self, record_id: int, record: Record | None) -> Record | None:
        """Replaces a record (``None`` removes it); answers what was there before."""
        old = self.rows.get(record_id)
        for field, index in self._indexes.items():
            before = old.get(field) if old else None
            after = record.get(field) if record else None
            if before != after:
                _move(index, record_id, before, after)
        if record is None:
            self.rows.pop(record_id, None)
        else:
            self.rows[record_id] = record
            self.last_id = max(self.last_id, record_id)
        return old

    def index(self, field: str) -> Index:
        """The index of a field, made now if nobody asked before. Empty values are not in it."""
        known = self._indexes.get(field)
        if known is None:
            known = self._indexes[field] = Index()
            for record_id, record in self.rows.items():
                _move(known, record_id, None, record.get(field))
        return known

    def with_value(self, field: str, values: Iterable[Any]) -> list[int]:
        """Ids whose field is, or holds (many2many), one of the values; in id order."""
        index = self.index(field)
        found: set[int] = set()
        for value in values:
            found.update(index.get(value))
        return sorted(found)


def _move(index: Index, record_id: int, before: Any, after: Any) -> None:
    if before is not None:
        for value in before if isinstance(before, tuple) else (before,):
            index.drop(value, record_id)
    if after is not None:
        for value in after if isinstance(after, tuple) else (after,):
            index.add(value, record_id)
