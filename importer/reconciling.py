"""Verb on loads: hold one against Odoo. Reads Odoo, sends nothing, needs no lease."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from importer.connections import open_client, schema_of
from importer.engine.desk import Desk
from importer.engine.reconciling.section import reconcile_load
from importer.models import Load
from importer.reporting import Reporter

__all__ = ("section_of",)


def section_of(
    load: Load, *, node: str, reporter: Reporter, worker: str, folder: Path, path: Path, full: bool
) -> dict[str, Any]:
    """One load's part of a report (JSON); its differences as Parquet at ``path``. ``folder``: a
    directory to work in. ``full``: read every compared field, however many records there are.
    Raises StowageError or OdooError."""
    whole = Load.objects.select_related("connection", "entity", "project", "sheet__dataset")
    load = whole.get(pk=load.pk)
    with ExitStack() as kept:
        desk = kept.enter_context(
            Desk(
                load=load,
                reporter=reporter,
                worker=worker,
                open_client=lambda: open_client(load.connection),
                facts_of=lambda model: schema_of(load.connection, model),
            )
        )
        return reconcile_load(desk, node, folder, path, full=full)
