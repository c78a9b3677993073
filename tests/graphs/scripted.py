"""An engine that does what a test tells it, in place of importer.loads: for the rules of runs,
which must not depend on what a server happens to answer. The real engine has tests of its own.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from importer.choices import LoadKind, LoadState
from importer.loads import Work
from importer.models import Load
from importer.reporting import Reporter

Script = Callable[[Load, Reporter], Work]


class ScriptedEngine:
    """``scripts[model]`` is what one call of work does; without one every row is created."""

    def __init__(self) -> None:
        self.scripts: dict[str, Script] = {}
        self.opened: list[str] = []
        self.retried: list[str] = []
        self.worked: list[str] = []
        self.in_doubt: set[str] = set()
        self.wanted: dict[str, int] = {}

    def rows(self, node: str, **counters: int) -> None:
        """The node's next slice ends its load with these counters."""
        self.scripts[f"x.{node}"] = lambda load, reporter: finish(load, reporter, **counters)

    def open_load(self, **given: Any) -> Load:
        frozen = given["frozen"]
        load = Load.objects.create(
            project=given["project"],
            connection=given["connection"],
            entity=given["entity"],
            odoo_model=frozen["entity"]["odoo_model"],
            sheet=given["sheet"],
            dry_run=given["dry_run"],
            keys=given["keys"],
        )
        self.opened.append(load.odoo_model)
        return load

    def open_undo(self, load: Load, *, dry_run: bool = False, **options: Any) -> Load:
        self.opened.append(load.odoo_model)
        return Load.objects.create(
            project=load.project,
            connection=load.connection,
            entity=load.entity,
            odoo_model=load.odoo_model,
            kind=LoadKind.UNDO,
            reverts=load,
            dry_run=dry_run,
        )

    def open_retry(self, load: Load) -> None:
        self.retried.append(load.odoo_model)
        Load.objects.filter(pk=load.pk).update(state=LoadState.PENDING, failed=0, blocked=0)
        load.refresh_from_db()

    def work(self, load_id: int, *, reporter: Reporter, worker: str, seconds: float) -> Work:
        load = Load.objects.get(pk=load_id)
        self.worked.append(load.odoo_model)
        script = self.scripts.get(load.odoo_model)
        if script is not None:
            return script(load, reporter)
        name = "removed" if load.kind == LoadKind.UNDO else "created"
        return finish(load, reporter, **{name: 2})

    def cancel_load(self, load: Load) -> bool:
        if load.odoo_model in self.in_doubt:
            return False
        Load.objects.filter(pk=load.pk).update(state=LoadState.CANCELLED)
        return True

    def hands_wanted(self, load: Load, now: datetime) -> int:
        return self.wanted.get(load.odoo_model, 1)


def advance_counters(load: Load, reporter: Reporter, **counters: int) -> None:
    """Commit counters as a batch does."""
    Load.objects.filter(pk=load.pk).update(state=LoadState.SENDING, **counters)
    load.refresh_from_db()
    reporter.progressed(load)


def finish(load: Load, reporter: Reporter, **counters: int) -> Work:
    """End the load with these counters."""
    total = {"rows_total": sum(counters.values())}
    advance_counters(load, reporter, **counters, **total)
    Load.objects.filter(pk=load.pk).update(state=LoadState.DONE)
    return Work.ENDED
