"""Makes the report that holds a run's sheets against Odoo: by itself at the end of each real run,
and as a job whenever it is asked for. Sends nothing to Odoo, repairs nothing.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from graphs.choices import LogLevel, ReconciliationOrigin, ReconciliationState, RunKind
from graphs.journal import write_log
from graphs.last_look import run_lease
from graphs.models import GraphRun, NodeRun, Reconciliation
from graphs.progress import nodes_of
from graphs.reporter import RunReporter
from importer.background import Progress
from importer.data.duck import open_duck, quote
from importer.data.storage import sha256_of, store_file, work_dir
from importer.errors import StowageError
from importer.models import Job
from importer.odoo.errors import OdooError
from importer.reconciling import section_of
from importer.worker_names import own_name

FORMAT = 1
logger = logging.getLogger(__name__)
_OUR_BUG = "an error of Stowage itself ({kind}); the log of the worker has the details"
_ENDED = ReconciliationState.ended()
Tell = Callable[[int, int], None]


def is_reconciliation_due(run: GraphRun, nodes: Sequence[NodeRun]) -> bool:
    """Whether a run that is about to end has sheets to hold against Odoo, and no report yet. One
    that is cancelled ends at once; its report can be asked for."""
    if run.kind != RunKind.LOAD or run.dry_run or run.cancel_requested_at is not None:
        return False
    return bool(loaded_nodes(nodes)) and not _has_report(run)


def _has_report(run: GraphRun) -> bool:
    own = Reconciliation.objects.filter(run=run, attempt=run.attempt)
    return own.filter(origin=ReconciliationOrigin.RUN, state__in=_ENDED).exists()


def reconcile_at_the_end(run: GraphRun) -> bool:
    """True when it is done, or could not be; False while another hand is at it. A hand that dies
    leaves it to the next one."""
    with run_lease(run.pk, "reconciliation") as is_ours:
        if is_ours:
            made, _ = Reconciliation.objects.get_or_create(
                run=run,
                attempt=run.attempt,
                origin=ReconciliationOrigin.RUN,
                defaults={"project_id": run.project_id, "state": ReconciliationState.RUNNING},
            )
            _make_safely(made)
    return is_ours


def do_reconcile_job(job: Job, progress: Progress) -> None:
    """What was asked for: every field of every record is read."""
    made = Reconciliation.objects.select_related("run").get(pk=job.object_id)
    if made.is_finished:
        return
    Reconciliation.objects.filter(pk=made.pk).update(state=ReconciliationState.RUNNING)
    make_report(made, full=True, tell=lambda done, total: progress.report(done, total))


def after_failed_reconciliation(job: Job, sentence: str) -> None:
    """In the transaction that ends the job."""
    _fail(Reconciliation.objects.get(pk=job.object_id), sentence)


def loaded_nodes(nodes: Sequence[NodeRun]) -> list[NodeRun]:
    """Those whose rows were prepared, so that there is something to compare."""
    return [node for node in nodes if node.load is not None and node.load.prepared_as]


def make_report(made: Reconciliation, *, full: bool, tell: Tell) -> None:
    """Compare node by node and keep the report. Raises what reading Odoo raises."""
    began, run = timezone.now(), made.run
    nodes = loaded_nodes(nodes_of(run))
    sections, parts = [], []
    with work_dir() as folder:
        for number, node in enumerate(nodes):
            assert node.load is not None
            tell(number, len(nodes))
            parts.append(folder / f"differences_{number}.parquet")
            sections.append(
                section_of(
                    node.load,
                    node=node.node_id,
                    reporter=RunReporter(node),
                    worker=own_name(),
                    folder=folder / f"node_{number}",
                    path=parts[-1],
                    full=full,
                )
            )
        whole = folder / "differences.parquet"
        count = _join(parts, whole, folder)
        report = _report(made, began, sections, count, sha256_of(whole))
        _keep(made, report, count, store_file(whole, f"reconciliations/{made.pk}.parquet"))


def canonical(report: dict[str, Any]) -> bytes:
    """The one text of a report over which its hash is taken."""
    text = json.dumps(report, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def sha256_of_report(report: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(report)).hexdigest()


def _join(parts: Sequence[Path], whole: Path, folder: Path) -> int:
    """All differences in one file, numbered; how many there are."""
    files = ", ".join(quote(str(path)) for path in parts)
    with open_duck(folder / "joining", readable=list(parts), writable=[folder]) as duck:
        duck.execute(
            "COPY (SELECT row_number() OVER () - 1 AS n, * FROM "
            f"read_parquet([{files}])) TO {quote(str(whole))} "
            "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20000)"
        )
        counted = duck.execute(f"SELECT count(*) FROM read_parquet({quote(str(whole))})").fetchone()
    return int(counted[0]) if counted else 0


def _report(
    made: Reconciliation,
    began: datetime,
    sections: list[dict[str, Any]],
    count: int,
    file_sha256: str,
) -> dict[str, Any]:
    run = made.run
    version, connection, dataset = run.version, run.connection, run.dataset
    return {
        "format": FORMAT,
        "run": str(run.pk),
        "attempt": made.attempt,
        "origin": str(made.origin),
        "graph": str(version.graph),
        "release": version.number,
        "release_sha256": version.sha256,
        "dataset": {
            "name": str(dataset) if dataset else "",
            "sha256": dataset.sha256 if dataset else "",
        },
        "connection": {
            "name": connection.name,
            "url": connection.url,
            "database": connection.database,
            "environment": str(connection.environment),
            "version": connection.version,
        },
        "began": began.isoformat(timespec="seconds"),
        "ended": timezone.now().isoformat(timespec="seconds"),
        "sections": sections,
        "differences": {"count": count, "sha256": file_sha256},
        "is_equal": all(one["is_equal"] for one in sections),
    }


def _keep(made: Reconciliation, report: dict[str, Any], count: int, stored_as: str) -> None:
    with transaction.atomic():
        kept = Reconciliation.objects.filter(pk=made.pk, state=ReconciliationState.RUNNING).update(
            state=ReconciliationState.READY,
            report=report,
            sha256=sha256_of_report(report),
            differences_as=stored_as,
            n_differences=count,
            is_equal=report["is_equal"],
            ended_at=timezone.now(),
        )
        if kept:
            level = LogLevel.INFO if report["is_equal"] else LogLevel.WARNING
            write_log(made.run, level, _said(report))


def _said(report: dict[str, Any]) -> str:
    rows = sum(one["counts"]["rows"] for one in report["sections"])
    if report["is_equal"]:
        return f"Reconciled {rows} rows with Odoo: everything is equal."
    counted = {
        name: sum(one["counts"][name] for one in report["sections"])
        for name in ("missing", "values")
    }
    return (
        f"Reconciled {rows} rows with Odoo: {counted['missing']} are not there, "
        f"{counted['values']} values differ. The report lists them."
    )


def _make_safely(made: Reconciliation) -> None:
    """A report that cannot be made is said, and ends nothing badly."""
    try:
        make_report(made, full=False, tell=lambda done, total: None)
    except (OperationalError, InterfaceError):
        raise  # nothing may be concluded; dispatch sends another hand
    except (StowageError, OdooError) as error:
        _fail(made, str(error))
    except Exception as error:
        # Hand after hand would meet it again, and the run would never end.
        logger.exception("The reconciliation of run %s met a bug.", made.run_id)
        _fail(made, _OUR_BUG.format(kind=type(error).__name__))


def _fail(made: Reconciliation, sentence: str) -> None:
    with transaction.atomic():
        open_ones = Reconciliation.objects.filter(pk=made.pk).exclude(state__in=_ENDED)
        failed = open_ones.update(
            state=ReconciliationState.FAILED, error_message=sentence, ended_at=timezone.now()
        )
        if failed:
            said = f"The run was not reconciled with Odoo: {sentence}"
            write_log(made.run, LogLevel.WARNING, said)
