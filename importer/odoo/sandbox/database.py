"""One sandbox database: its store, its seed, its caller. Reset brings the seed back."""

from collections.abc import Mapping
from pathlib import Path

from importer.odoo.sandbox import rules
from importer.odoo.sandbox.calling import Caller
from importer.odoo.sandbox.facts import Catalogue
from importer.odoo.sandbox.faults import Faults
from importer.odoo.sandbox.journal import Journal
from importer.odoo.sandbox.seeding import seed
from importer.odoo.sandbox.store import Store

DEFAULT_NAME = "sandbox"


class Database:
    """``file`` keeps the changes over restarts; without it they live as long as the process."""

    def __init__(
        self,
        version: int,
        *,
        name: str = DEFAULT_NAME,
        file: Path | None = None,
        is_null: bool = False,
    ) -> None:
        rules.register_all()
        self.version = version
        self.name = name
        self._journal = Journal(file) if file is not None else None
        self._catalogue = Catalogue(version)
        self.caller = Caller(Store(self._journal), self._catalogue, Faults(), is_null)
        self._seed_and_replay()

    def _seed_and_replay(self) -> None:
        seed(self.caller.env(1, SEED_CONTEXT))
        self.caller.store.replay()

    def reset(self) -> None:
        """As new: no records but the seed, no faults, no counts, an empty file."""
        with self.caller.store.lock:
            if self._journal is not None:
                self._journal.clear()
            self.caller.store.empty()
            self._seed_and_replay()
        self.caller.faults.clear()
        self.caller.counts.clear()

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()


SEED_CONTEXT: Mapping[str, object] = {}
