"""What one hand has on its desk while it works on a load: client, facts, reporter, files.

A desk lives in one process for one call of ``work``; nothing on it is truth.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db.models import F

from importer.data.binaries.cells import is_cell, shown_size
from importer.data.binaries.store import FileStore
from importer.data.keys import display_keys
from importer.data.specs import FieldSpec, read_field
from importer.data.storage import work_dir
from importer.engine.fields import plan_fields
from importer.engine.leases import renew
from importer.engine.plan_reading import PlanReader
from importer.engine.plan_rules import PlanField, PlanRow
from importer.engine.retrying import RetryRules
from importer.heartbeats import beating
from importer.models import Entity, Load
from importer.odoo.protocols import ModelFacts, OdooClient
from importer.reporting import Reporter

_MOVING = tuple(
    one.attname
    for one in Load._meta.concrete_fields
    if one.name not in ("id", "mapping", "keys") and not one.is_relation
)


@dataclass
class Desk:
    """``open_client`` and ``facts_of`` come from the verbs: the engine knows no secrets and no
    schema cache."""

    load: Load
    reporter: Reporter
    worker: str
    open_client: Callable[[], OdooClient]
    facts_of: Callable[[str], ModelFacts]
    _kept: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._kept.close()

    @cached_property
    def client(self) -> OdooClient:
        client = self.open_client()
        self._kept.callback(client.close)
        return client

    @cached_property
    def folder(self) -> Path:
        return self._kept.enter_context(work_dir())

    @cached_property
    def plans(self) -> PlanReader:
        reader = PlanReader(self.folder)
        self._kept.callback(reader.close)
        return reader

    def start_heartbeat(self) -> None:
        keep = partial(renew, self.load.pk, self.worker)
        self._kept.enter_context(beating(keep, f"heartbeat-{self.load.pk}"))

    @cached_property
    def facts(self) -> ModelFacts:
        return self.facts_of(self.load.odoo_model)

    @cached_property
    def fields(self) -> tuple[PlanField, ...]:
        """The mapping's fields as the planner and the payloads see them."""
        return plan_fields(self.load.mapping, self.facts)

    @cached_property
    def specs(self) -> dict[str, FieldSpec]:
        """Target -> where its cells come from."""
        return {raw["target"]: read_field(raw) for raw in self.load.mapping["fields"]}

    @cached_property
    def entities(self) -> dict[str, Entity]:
        """The project's entities by name."""
        return {one.name: one for one in Entity.objects.filter(project_id=self.load.project_id)}

    @cached_property
    def namespace(self) -> str:
        return self.load.project.namespace

    @cached_property
    def rules(self) -> RetryRules:
        return RetryRules.outlasting(self.load.connection.answer_limit_seconds)

    @cached_property
    def files(self) -> FileStore:
        """The bytes of the project's files."""
        return FileStore(str(self.load.project_id))

    def count(self, **counters: int) -> None:
        """Move the load's counters and report it, in the transaction under way."""
        moved = {name: F(name) + n for name, n in counters.items() if n}
        if moved:
            Load.objects.filter(pk=self.load.pk).update(**moved)
        self.look_again()
        self.reporter.progressed(self.load)

    def look_again(self) -> None:
        """What of the load may have changed; not what it was opened with."""
        self.load.refresh_from_db(fields=_MOVING)

    def column_of(self, target: str) -> str:
        """The sheet's columns behind a field, as the user knows them."""
        spec = self.specs.get(target)
        return ", ".join(spec.columns) if spec else ""

    def shown_cell(self, row: PlanRow, target: str) -> str:
        """A cell as the user knows it: of a reference the keys, not our form of them; of a file
        its size."""
        cell = row.cells.get(target) or ""
        if is_cell(cell) and any(one.kind == "binary" for one in self.fields):
            return shown_size(cell)
        is_key = any(one.kind == "reference" and one.target == target for one in self.fields)
        return display_keys(cell) if is_key and cell else cell
