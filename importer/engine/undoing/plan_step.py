"""Plans an undo: verdicts, then plan, batches, issues and counters in one transaction. Done by one
hand under the load's lease; redone from scratch when that hand dies.
"""

from collections.abc import Iterator
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from uuid import uuid4

from django.db import transaction

from importer.choices import BatchState, IssueStage, KeyMapState, LoadState, Verdict
from importer.data.duck import open_duck
from importer.data.storage import local_path, sha256_of, store_file
from importer.engine.desk import Desk
from importer.engine.leases import claim_step, end_step
from importer.engine.plan_step import next_seq
from importer.engine.undoing import keeping
from importer.engine.undoing.finding import Pointers
from importer.engine.undoing.ground import (
    POINTING,
    look_up_pointers,
    original_of,
    store_pointers,
)
from importer.engine.undoing.judging import Reason
from importer.engine.undoing.plan_file import (
    Portion,
    Row,
    cut,
    portions,
    verdict_counts,
    write_plan,
    write_rows,
)
from importer.engine.undoing.plan_rows import UndoRow, rows_where
from importer.engine.undoing.sources import (
    copy_changed,
    copy_created,
    read_changed,
    read_created,
)
from importer.engine.undoing.verdicts import GONE, Seen, changed_rows, created_rows
from importer.models import Batch, Issue, Load, Plan

_CHUNK = 1000


def plan_undo(desk: Desk) -> bool:
    """Whether this hand planned the undo; False when another one is at it."""
    if not claim_step(desk.load, (LoadState.PLANNING,), LoadState.PLANNING, desk.worker):
        return False
    desk.reporter.progressed(desk.load)
    folder = desk.folder / f"undo_{uuid4().hex}"
    folder.mkdir()
    seen, pointers = Seen(), look_up_pointers(desk)
    plan, portions_, counts = _write(desk, folder, pointers, seen)
    name = store_file(plan, f"loads/{desk.load.pk}/{folder.name}/plan.parquet")
    notes = _notes(pointers, seen) | {POINTING: store_pointers(pointers, folder, desk.load)}
    _keep(desk, plan, name, portions_, counts, notes)
    return True


def _write(
    desk: Desk, folder: Path, pointers: Pointers, seen: Seen
) -> tuple[Path, list[Portion], dict[str, int]]:
    original = original_of(desk.load)
    retry = desk.load.plans.exists()
    created_csv = copy_created(original, folder / "created.csv", retry=retry)
    changed_csv = copy_changed(original, folder / "changed.csv", retry=retry)
    created = list(read_created(created_csv))
    rows: Iterator[Row] = chain(
        changed_rows(desk, read_changed(changed_csv), seen),
        created_rows(desk, created, pointers.fields, seen),
    )
    if retry:
        rows = (row for row in rows if row.keymap or row.verdict != Verdict.UNCHANGED)
    write_rows(folder / "rows.csv", rows)
    prepared = local_path(original.prepared_as) if original.prepared_as else None
    path = folder / "plan.parquet"
    with open_duck(folder, readable=[prepared] if prepared else []) as duck:
        write_plan(duck, folder / "rows.csv", prepared, path)
        return path, portions(duck, path), verdict_counts(duck, path)


def _notes(pointers: Pointers, seen: Seen) -> dict[str, object]:
    """For ``Load.verification``: what was not looked at, and who edited created records."""
    unread = [f"{field}: {why}" for field, why in sorted(seen.unread.items())]
    return {
        "not_looked_at": [*pointers.not_looked_at, *unread],
        "edited_since": seen.edited,
    }


def _keep(
    desk: Desk,
    path: Path,
    name: str,
    found: list[Portion],
    counts: dict[str, int],
    notes: dict[str, object],
) -> None:
    load = desk.load
    with transaction.atomic():
        verification = {**load.verification, **notes, "retry": False}
        state = LoadState.SENDING
        if not end_step(
            load, LoadState.PLANNING, desk.worker, state=state, verification=verification
        ):
            return
        plan = _create_plan(load, path, name, counts)
        _create_batches(load, plan, found)
        Issue.objects.filter(load=load).delete()
        if plan.pass_number == 1:
            Load.objects.filter(pk=load.pk).update(rows_total=plan.n_rows)
        counters = _settle_unsent(desk, plan)
        _tell(desk, counts, notes)
        desk.count(**counters)


def _create_plan(load: Load, path: Path, name: str, counts: dict[str, int]) -> Plan:
    original = original_of(load)
    inputs = f"{original.pk} {original.mapping_sha256} {original.prepared_sha256}"
    return Plan.objects.create(
        project_id=load.project_id,
        load=load,
        pass_number=load.plans.count() + 1,
        depth="looked",
        counts=counts,
        n_rows=sum(counts.values()),
        stored_as=name,
        sha256=sha256_of(path),
        inputs_sha256=sha256(inputs.encode()).hexdigest(),
    )


def _create_batches(load: Load, plan: Plan, found: list[Portion]) -> None:
    cuts = [(one, *range_) for one in found for range_ in cut(one)]
    start = next_seq(load)
    Batch.objects.bulk_create(
        [
            Batch(
                project_id=load.project_id,
                load=load,
                plan=plan,
                seq=start + n,
                kind=one.kind,
                level=one.level,
                first_pos=first,
                n_rows=n_rows,
                state=BatchState.READY,
            )
            for n, (one, first, n_rows) in enumerate(cuts)
        ],
        batch_size=1000,
    )


def _settle_unsent(desk: Desk, plan: Plan) -> dict[str, int]:
    """Rows for which nothing is sent have their end now; the counters to move."""
    counters = {"unchanged": 0, "kept": 0}
    for rows in _chunked(plan, desk.folder, "kind = '' AND verdict = 'unchanged'"):
        keeping.forget(row for row in rows if row.code == GONE)
        keeping.give_back_entries(original_of(desk.load), [r for r in rows if r.code != GONE])
        counters["unchanged"] += len(rows)
    for rows in _chunked(plan, desk.folder, "kind = '' AND verdict = 'keep'"):
        said = [(row, Reason(row.code, row.reason)) for row in rows]
        keeping.mark(said, KeyMapState.KEPT)
        keeping.say(desk.load, IssueStage.PLAN, said)
        counters["kept"] += len(rows)
    return counters


def _chunked(plan: Plan, folder: Path, condition: str) -> Iterator[list[UndoRow]]:
    rows = iter(rows_where(plan, folder, condition))
    while some := list(islice(rows, _CHUNK)):
        yield some


def _tell(desk: Desk, counts: dict[str, int], notes: dict[str, object]) -> None:
    told = ", ".join(
        f"{counts[verdict]} {Verdict(verdict).label.lower()}"
        for verdict in Verdict.values
        if counts.get(verdict)
    )
    desk.reporter.log("info", f"Undo plan: {told or 'no records'}.")
    if notes["edited_since"]:
        desk.reporter.log(
            "warning",
            f"{notes['edited_since']} of the records that the load created were edited by others "
            "since; they are removed all the same.",
        )
    unseen = notes["not_looked_at"]
    if isinstance(unseen, list) and unseen:
        desk.reporter.log("warning", f"Not looked at: {'; '.join(unseen)}.")
