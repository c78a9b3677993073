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
from importer.engine.prepared_before import inputs_sha256, prepared_before
from importer.engine.source_sheets import lookups_of, prepare_sheet, sheet_of
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
            _prepare(desk, out_dir, execution)
            _keep(desk, execution)
    except Stopped:
        let_go(desk.load, desk.worker)
        return False
    return True


def _prepare(desk: Desk, out_dir: Path, execution: Execution) -> None:
    """The execution gets what preparing gave: now, or when the same was prepared before."""
    if is_stub(desk.load.mapping):
        _store(desk, prepare_asked(desk, out_dir), execution)
        return
    sheet, frozen = sheet_of(desk.load), sent_part(desk.load.mapping)
    lookups = lookups_of(desk, frozen, out_dir)
    execution.inputs_sha256 = inputs_sha256(desk, frozen, sheet, lookups)
    before = prepared_before(desk, execution.inputs_sha256)
    if before is None:
        files = desk.files.keep
        _store(desk, prepare_sheet(desk, frozen, out_dir, keep=files, lookups=lookups), execution)
        return
    for name in ("sql", "output", "output_sha256", "n_rows"):
        setattr(execution, name, getattr(before, name))
    execution.outcome = {**before.outcome, "as_before": before.title}


def _store(desk: Desk, prepared: Prepared, execution: Execution) -> None:
    folder = f"loads/{desk.load.pk}/{uuid4().hex}"
    execution.sql = prepared.sql
    execution.output = store_file(prepared.path, f"{folder}/prepared.parquet")
    execution.output_sha256 = prepared.sha256
    execution.n_rows = prepared.n_rows
    execution.outcome = {
        "issues": store_file(prepared.issues_path, f"{folder}/{ISSUES}"),
        "totals": {name: str(total) for name, total in prepared.totals.items()},
        "n_failed": prepared.n_failed,
        "n_skipped": prepared.n_skipped,
        "n_warnings": prepared.n_warnings,
    }


def _keep(desk: Desk, execution: Execution) -> None:
    load, outcome = desk.load, execution.outcome
    retry = load.verification.get("retry", False)
    with transaction.atomic():
        kept = end_step(
            load,
            LoadState.PREPARING,
            desk.worker,
            state=LoadState.PLANNING,
            prepared_as=execution.output,
            prepared_sha256=execution.output_sha256,
            fields=list(layout(load.mapping, desk.fields, desk.facts)),
            rows_total=load.rows_total if retry else execution.n_rows,
            error="",
            verification={"source": outcome["totals"], "issues": outcome["issues"], "retry": retry},
        )
        if not kept:
            return
        execution.save(
            update_fields=(
                "sql",
                "output",
                "output_sha256",
                "n_rows",
                "inputs_sha256",
                "outcome",
            )
        )
        desk.reporter.log("info", _sentence(execution))
        desk.reporter.progressed(load)


def _sentence(execution: Execution) -> str:
    outcome = execution.outcome
    left_out = f", {outcome['n_skipped']} left out by a value map" if outcome["n_skipped"] else ""
    before = " Everything was as it had been prepared before." if "as_before" in outcome else ""
    return (
        f"Prepared {execution.n_rows} rows: {outcome['n_failed']} cannot be sent, "
        f"{outcome['n_warnings']} warnings{left_out}.{before}"
    )


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
