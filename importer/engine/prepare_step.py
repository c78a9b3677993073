"""Prepares a load: the mapping's SELECT over the sheet, kept as files that never change.

Done by one hand under the load's lease; redone from scratch when that hand dies.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from importer.choices import ExecutionState, LoadState
from importer.data.binaries.sources import Stopped
from importer.data.holding import sent_part
from importer.data.prepared import Prepared
from importer.data.storage import store_file
from importer.data.stubs import is_stub
from importer.engine.asking import prepare_asked
from importer.engine.desk import Desk
from importer.engine.fields import layout
from importer.engine.leases import claim_step, end_step, let_go
from importer.engine.source_sheets import prepare_sheet, sheet_of
from importer.models import Execution

ISSUES = "issues.parquet"


def prepare_load(desk: Desk) -> bool:
    """Whether this hand prepared the load; False when another one is at it."""
    states = (LoadState.PENDING, LoadState.PREPARING)
    if not claim_step(desk.load, states, LoadState.PREPARING, desk.worker):
        return False
    desk.reporter.progressed(desk.load)
    out_dir = desk.folder / f"prepared_{uuid4().hex}"
    out_dir.mkdir()
    try:
        with _tracked(desk) as execution:
            prepared = _prepare(desk, out_dir)
            _keep(desk, prepared, execution)
    except Stopped:
        let_go(desk.load, desk.worker)
        return False
    return True


def _prepare(desk: Desk, out_dir: Path) -> Prepared:
    if is_stub(desk.load.mapping):
        return prepare_asked(desk, out_dir)
    return prepare_sheet(desk, sent_part(desk.load.mapping), out_dir, keep=desk.files.keep)


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
            fields=list(layout(load.mapping, desk.fields, desk.facts)),
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
            f"{prepared.n_warnings} warnings{_left_out(prepared)}.",
        )
        desk.reporter.progressed(load)


def _left_out(prepared: Prepared) -> str:
    n = prepared.n_skipped
    return f", {n} left out by a value map" if n else ""


@contextmanager
def _tracked(desk: Desk) -> Iterator[Execution]:
    """An Execution around the work; those of hands that died are marked unknown."""
    sheet, title = sheet_of(desk.load), f"Prepare load {desk.load.pk}"
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
