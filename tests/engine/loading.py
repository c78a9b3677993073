"""A project with a connection to a sandbox, sheets made of rows, and loads run to their end."""

import csv
import itertools
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from importer import loads
from importer.choices import Environment
from importer.connections import open_client, refresh_schema
from importer.data.keys import key_text
from importer.data.storage import local_path, sha256_of, store_file
from importer.models import (
    Batch,
    Connection,
    ConnectionSecret,
    Dataset,
    DatasetFile,
    Entity,
    Issue,
    Load,
    Project,
    Sheet,
)
from importer.odoo.protocols import OdooClient
from importer.odoo.sandbox.server import SandboxServer
from importer.secrets import seal

Row = Mapping[str, str | None]
_numbers = itertools.count(1)


@dataclass
class Notes:
    """A Reporter that keeps what it is told."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    paused: list[str] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    stopping: bool = False

    def log(
        self,
        level: str,
        message: str,
        *,
        batch: int | None = None,
        error_type: str = "",
        traceback: str = "",
        once: bool = False,
    ) -> None:
        if not once or not self.said(message):
            self.lines.append((level, message))

    def progressed(self, load: Load) -> None:
        self.done.append(load.rows_done)

    def pause(self, sentence: str) -> None:
        self.paused.append(sentence)
        self.stopping = True

    def is_stopping(self) -> bool:
        return self.stopping

    def said(self, part: str) -> bool:
        return any(part in message for _, message in self.lines)


def column(target: str, name: str | None = None, **more: Any) -> dict[str, Any]:
    return _field(target, "column", {"column": name or target}, **more)


def refer(target: str, entity: str, name: str, via: str = "", **more: Any) -> dict[str, Any]:
    spec = {"entity": entity, "inputs": [{"column": name}]}
    return _field(target, "reference", spec | ({"via": via} if via else {}), **more)


def look_up(target: str, spec: dict[str, Any], **more: Any) -> dict[str, Any]:
    return _field(target, "lookup", spec, **more)


def _field(target: str, source: str, spec: dict[str, Any], **more: Any) -> dict[str, Any]:
    plain = {"default": "", "value_map": None, "on_missing": "error"}
    return {"target": target, "source": source, "spec": spec, **plain, **more}


@dataclass
class Harbour:
    """What a test needs to load rows and look at what came of it."""

    server: SandboxServer
    project: Project
    connection: Connection
    notes: Notes = field(default_factory=Notes)

    def entity(self, name: str, model: str, key: Sequence[str] = ("code",)) -> Entity:
        made, is_new = Entity.objects.get_or_create(
            project=self.project,
            name=name,
            defaults={"odoo_model": model, "key_columns": list(key)},
        )
        if is_new:
            refresh_schema(self.connection, [model])
        return made

    def frozen(
        self, entity: Entity, fields: Sequence[dict[str, Any]], **more: Any
    ) -> dict[str, Any]:
        return {
            "id": "00000000-0000-4000-8000-000000000001",
            "name": entity.name,
            "entity": {
                "id": str(entity.pk),
                "name": entity.name,
                "odoo_model": entity.odoo_model,
                "key_columns": entity.key_columns,
            },
            "sheet_name": "",
            "row_filter": "",
            "on_existing": "upsert",
            "empty_cells": "keep",
            "context": {},
            "control_totals": [],
            "fields": list(fields),
            "nested": [],
            **more,
        }

    def dataset(self) -> Dataset:
        return Dataset.objects.create(
            project=self.project, name="book", state="ready", sha256=f"{next(_numbers):064d}"
        )

    def sheet(
        self, rows: Sequence[Row], name: str = "Sheet1", dataset: Dataset | None = None
    ) -> Sheet:
        dataset = dataset or self.dataset()
        file = DatasetFile.objects.create(
            project=self.project, dataset=dataset, name="b.csv", size=1, sha256="0", stored_as="b"
        )
        names = list(dict.fromkeys(key for row in rows for key in row))
        stored = _stored_sheet(rows, names)
        return Sheet.objects.create(
            project=self.project,
            dataset=dataset,
            file=file,
            name=name,
            position=1,
            columns=[{"name": one, "header": one} for one in names],
            n_rows=len(rows),
            stored_as=stored,
            sha256=sha256_of(local_path(stored)),
        )

    def open(
        self,
        entity: Entity,
        rows: Sequence[Row],
        fields: Sequence[dict[str, Any]] | None = None,
        *,
        dry_run: bool = False,
        keys: Sequence[str] | None = None,
        name: str = "Sheet1",
        dataset: Dataset | None = None,
        **mapping: Any,
    ) -> Load:
        fields = fields or [column(one) for one in rows[0] if one not in entity.key_columns]
        return loads.open_load(
            project=self.project,
            connection=self.connection,
            entity=entity,
            frozen=self.frozen(entity, fields, **mapping),
            sheet=self.sheet(rows, name, dataset),
            dry_run=dry_run,
            keys=None if keys is None else [key_text([key]) for key in keys],
        )

    def run(self, load: Load, *, worker: str = "hand-1", seconds: float = 60) -> Load:
        """Work until the load has ended, or nothing is free."""
        while loads.work(load.pk, reporter=self.notes, worker=worker, seconds=seconds) is (
            loads.Work.WORKED_MORE_LEFT
        ):
            pass
        load.refresh_from_db()
        return load

    def load(self, entity: Entity, rows: Sequence[Row], *args: Any, **more: Any) -> Load:
        return self.run(self.open(entity, rows, *args, **more))

    def client(self) -> OdooClient:
        return open_client(self.connection)

    def read(
        self, model: str, domain: Sequence[Any], fields: Sequence[str]
    ) -> list[dict[str, Any]]:
        client = self.client()
        try:
            return client.search_read(model, domain, fields, context={"active_test": False})
        finally:
            client.close()

    def names(self, prefix: str = "Q") -> list[str]:
        found = self.read("res.partner", [["name", "=like", f"{prefix}%"]], ["name"])
        return sorted(record["name"] for record in found)

    def fault(self, kind: str, **wish: Any) -> None:
        self.server.database.caller.faults.add({"kind": kind, **wish})

    def calls(self, *methods: str) -> int:
        """Calls of these methods, of writing ones where none is named."""
        wanted = methods or ("load", "write", "create", "unlink")
        counts = self.server.database.caller.counts
        return sum(n for (_, method), n in counts.items() if method in wanted)

    def forget_calls(self) -> None:
        self.server.database.caller.counts.clear()


def _stored_sheet(rows: Sequence[Row], names: Sequence[str]) -> str:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as duck:
        source, path = Path(folder) / "rows.csv", Path(folder) / "sheet.parquet"
        with source.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            for n, row in enumerate(rows):
                writer.writerow([n + 2, *(row.get(name) or "" for name in names)])
        typed = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
        duck.execute(
            f"COPY (SELECT * FROM read_csv('{source}', header = false, auto_detect = false, "
            f"delim = ',', quote = '\"', escape = '\"', columns = {{'_row': 'BIGINT', {typed}}})) "
            f"TO '{path}' (FORMAT parquet)"
        )
        return store_file(path, f"sheets/{next(_numbers)}.parquet")


def make_harbour(server: SandboxServer, project: Project) -> Harbour:
    connection = Connection.objects.create(
        project=project,
        name="Sandbox",
        url=server.url,
        database="sandbox",
        environment=Environment.SANDBOX,
        answer_limit_seconds=20,
    )
    ConnectionSecret.objects.create(
        project=project, connection=connection, login="admin", secret=seal("admin")
    )
    harbour = Harbour(server, project, connection)
    harbour.client().close()
    connection.refresh_from_db()
    return harbour


def partners(n: int, prefix: str = "Q", **more: str) -> list[dict[str, str | None]]:
    return [{"code": f"{prefix}{k:04d}", "name": f"{prefix}{k:04d}", **more} for k in range(n)]


def issues(load: Load) -> list[Issue]:
    return list(Issue.objects.filter(load=load).order_by("row", "pk"))


def states(load: Load) -> list[str]:
    return list(Batch.objects.filter(load=load).order_by("seq").values_list("state", flat=True))
