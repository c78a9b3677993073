"""Prepares a load: the mapping's SELECT over the sheet, kept as files that never change.

Done by one hand under the load's lease; redone from scratch when that hand dies.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from importer.choices import ExecutionState, LoadState
from importer.data.holding import sent_part
from importer.data.lookups import LookupTable, read_lookups, wanted_lookups
from importer.data.prepared import Prepared
from importer.data.preparing import prepare
from importer.data.storage import local_path, store_file
from importer.engine.desk import Desk
from importer.engine.fields import layout
from importer.engine.leases import claim_step, end_step
from importer.engine.source_files import files_for
from importer.models import Execution, Load, Sheet

ISSUES = "issues.parquet"


def prepare_load(desk: Desk) -> bool:
    """Whether this hand prepared the load; False when another one is at it."""
    states = (LoadState.PENDING, LoadState.PREPARING)
    if not claim_step(desk.load, states, LoadState.PREPARING, desk.worker):
        return False
    desk.reporter.progressed(desk.load)
    out_dir = desk.folder / f"prepared_{uuid4().hex}"
    out_dir.mkdir()
    with _tracked(desk) as execution:
        prepared = _prepare(desk, out_dir)
        _keep(desk, prepared, execution)
    return True


def _sheet(load: Load) -> Sheet:
    if load.sheet is None:
        raise ValueError(f"load {load.pk} has no sheet")
    return load.sheet


def _prepare(desk: Desk, out_dir: Path) -> Prepared:
    load, sheet = desk.load, _sheet(desk.load)
    frozen = sent_part(load.mapping)
    nested = frozen.get("nested") or []
    wanted = {str(one.get("sheet_name") or "") for one in nested}
    others = sheet.dataset.sheets.filter(name__in=wanted)
    options = sheet.dataset.options
    return prepare(
        frozen,
        facts=desk.facts,
        sheet_path=local_path(sheet.stored_as),
        sheet=sheet.name,
        empty_words=options.get("empty_words", settings.STOWAGE_EMPTY_WORDS),
        lookups=_lookups(desk, out_dir),
        out_dir=out_dir,
        nested_facts={
            model: desk.facts_of(model) for model in {one["entity"]["odoo_model"] for one in nested}
        },
        nested_sheets={one.name: local_path(one.stored_as) for one in others},
        files=files_for(sheet.dataset, desk.files.keep),
    )


def _lookups(desk: Desk, out_dir: Path) -> dict[str, LookupTable]:
    frozen = sent_part(desk.load.mapping)
    if not wanted_lookups(frozen):
        return {}
    return read_lookups(frozen, desk.client, folder=out_dir / "lookups")


def _keep(desk: Desk, prepared: Prepared, execution: Execution) -> None:
    load = desk.load
    folder = f"loads/{load.pk}/{uuid4().hex}"
    stored = store_file(prepared.path, f"{folder}/prepared.parquet")
    issues = store_file(prepared.issues_path, f"{folder}/{ISSUES}")
    retry = load.verification.get("retry", False)
    totals = {name: str(total) for name, total in prepared.totals.items()}
    with transaction.atomic():
        kept = end_step(
            load,
            LoadState.PREPARING,
            desk.worker,
            state=LoadState.PLANNING,
            prepared_as=stored,
            prepared_sha256=prepared.sha256,
            fields=layout(desk.fields),
            rows_total=load.rows_total if retry else prepared.n_rows,
            error="",
            verification={"source": totals, "issues": issues, "retry": retry},
        )
        if not kept:
            return
        Execution.objects.filter(pk=execution.pk).update(
            sql=prepared.sql,
            output=stored,
            output_sha256=prepared.sha256,
            n_rows=prepared.n_rows,
        )
        desk.reporter.log(
            "info",
            f"Prepared {prepared.n_rows} rows: {prepared.n_failed} cannot be sent, "
            f"{prepared.n_warnings} warnings.",
        )
        desk.reporter.progressed(load)


@contextmanager
def _tracked(desk: Desk) -> Iterator[Execution]:
    """An Execution around the work; those of hands that died are marked unknown."""
    sheet, title = _sheet(desk.load), f"Prepare load {desk.load.pk}"
    Execution.objects.filter(title=title, state=ExecutionState.RUNNING).update(
        state=ExecutionState.UNKNOWN, ended_at=timezone.now()
    )
    execution = Execution.objects.create(
        project_id=desk.load.project_id,
        title=title,
        sql="",
        inputs=[{"name": sheet.name, "sha256": sheet.sha256}],
    )
    started, state, error = monotonic(), ExecutionState.FAILED, "It did not end well."
    try:
        yield execution
        state, error = ExecutionState.SUCCEEDED, ""
    except Exception as failure:
        error = str(failure)
        raise
    finally:
        Execution.objects.filter(pk=execution.pk, state=ExecutionState.RUNNING).update(
            state=state, error=error, seconds=monotonic() - started, ended_at=timezone.now()
        )
