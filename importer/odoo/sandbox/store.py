"""All tables, changed only inside a transaction that can be rolled back to a savepoint.

A transaction's changes can also be taken out of sight and put back later: that is how a call
that is still running looks to the others.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from importer.odoo.sandbox.journal import Change, Journal
from importer.odoo.sandbox.refusals import SerializationConflict
from importer.odoo.sandbox.tables import Record, Table

REPEATED = 3


class Emptied(Exception):
    """All was forgotten while a call was under way: nothing of it may be kept."""


@dataclass
class Transaction:
    """The changes of one call so far: what stood there before, in order."""

    before: list[tuple[str, int, Record | None]] = field(default_factory=list)


class Store:
    """One database. The lock is held by a call while it looks at or changes records."""

    def __init__(self, journal: Journal | None = None) -> None:
        self.lock = threading.RLock()
        self.ended = threading.Condition(self.lock)
        self._tables: dict[str, Table] = {}
        self._journal = journal
        self._now: Transaction | None = None
        self._announcing = threading.Lock()
        self._announced: dict[str, int] = {}
        self._hidden: dict[tuple[str, int], int] = {}
        self.times_emptied = 0

    def table(self, model: str) -> Table:
        known = self._tables.get(model)
        if known is None:
            known = self._tables[model] = Table(model)
        return known

    @property
    def models(self) -> list[str]:
        return list(self._tables)

    def get(self, model: str, record_id: int) -> Record | None:
        return self.table(model).rows.get(record_id)

    def put(self, model: str, record_id: int, record: Record | None) -> None:
        """Replaces one record within the transaction under way."""
        if self._hidden and (model, record_id) in self._hidden:
            raise SerializationConflict
        old = self.table(model).put(record_id, record)
        if self._now is not None:
            self._now.before.append((model, record_id, old))

    def change(self, model: str, record_id: int, values: Record) -> None:
        """Puts a copy with some fields replaced; ``None`` unsets a field."""
        merged = {**self.table(model).rows[record_id], **values}
        self.put(model, record_id, {k: v for k, v in merged.items() if v is not None})

    # -- transactions -------------------------------------------------------------------------

    @contextmanager
    def transaction(self, times_emptied: int | None = None) -> Iterator[Transaction]:
        """Takes the lock; an exception undoes everything. Commit is the caller's act. Raises
        Emptied as ``check`` does."""
        with self.lock:
            self.check(times_emptied)
            self._now = Transaction()
            try:
                yield self._now
            except BaseException:
                self.rollback(0)
                raise
            finally:
                self._now = None

    def savepoint(self) -> int:
        return len(self._current.before)

    def rollback(self, savepoint: int) -> None:
        """Undoes what was changed since the savepoint. Ids that were taken stay taken."""
        before = self._current.before
        while len(before) > savepoint:
            model, record_id, old = before.pop()
            self.table(model).put(record_id, old)

    @property
    def _current(self) -> Transaction:
        if self._now is None:
            raise RuntimeError("This must be done inside a transaction.")
        return self._now

    def changes(self) -> list[Change]:
        """The transaction's net changes as they stand now."""
        keys = dict.fromkeys((model, record_id) for model, record_id, _ in self._current.before)
        return [(model, record_id, self.get(model, record_id)) for model, record_id in keys]

    def commit(self) -> None:
        changes = self.changes()
        if self._journal is not None and changes:
            self._journal.append(changes)
        self._current.before.clear()

    # -- calls under way ----------------------------------------------------------------------

    def announce(self, call: int, names: Iterable[str]) -> None:
        """From now on other calls that create these external ids meet a conflict. Does not wait
        for the lock: the one who came first is usually holding it."""
        names = list(names)
        with self._announcing:
            if any(self._announced.get(name, call) != call for name in names):
                raise SerializationConflict
            self._announced.update(dict.fromkeys(names, call))

    def forget(self, call: int) -> None:
        """The call has ended: its external ids and records are free."""
        with self._announcing:
            if call in self._announced.values():
                self._announced = {n: c for n, c in self._announced.items() if c != call}
        with self.ended:
            self._hidden = {key: c for key, c in self._hidden.items() if c != call}
            self.ended.notify_all()

    def hide(self, call: int) -> list[Change]:
        """Takes the transaction's changes out of sight; :meth:`show` commits them later."""
        changes = self.changes()
        self.rollback(0)
        self._hidden.update({(model, record_id): call for model, record_id, _ in changes})
        return changes

    def show(self, changes: list[Change], times_emptied: int | None = None) -> None:
        """Commits what :meth:`hide` took away, whatever became of the caller. Raises Emptied."""
        with self.lock:
            self.check(times_emptied)
            for model, record_id, record in changes:
                self.table(model).put(record_id, record)
            if self._journal is not None and changes:
                self._journal.append(changes)

    def check(self, times_emptied: int | None) -> None:
        """Raises Emptied where the store has been emptied more often than that."""
        if times_emptied not in (None, self.times_emptied):
            raise Emptied

    def empty(self) -> None:
        """No record is left, and calls under way keep nothing."""
        self.times_emptied += 1
        self._tables.clear()
        self._hidden.clear()
        with self._announcing:
            self._announced.clear()

    # -- file ---------------------------------------------------------------------------------

    def replay(self) -> int:
        """Takes over the journal's changes; answers how many records they concern. A journal
        that says things many times over is written anew."""
        if self._journal is None:
            return 0
        last: dict[tuple[str, int], Record | None] = {}
        count = 0
        for model, record_id, record in self._journal.read():
            last[model, record_id] = record
            count += 1
        changes: list[Change] = [(model, i, record) for (model, i), record in last.items()]
        for model, record_id, record in changes:
            self.table(model).put(record_id, record)
            self.table(model).last_id = max(self.table(model).last_id, record_id)
        if count > REPEATED * len(last):
            self._journal.rewrite(changes)
        return len(last)
