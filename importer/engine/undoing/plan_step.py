"""Plans an undo: verdicts, then plan, batches, issues and counters in one transaction. Done by one
hand under the load's lease; redone from scratch when that hand dies. A dry run ends here: counters
say what would be, our entries stay as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from importer.choices import BatchState, IssueStage, KeyMapState, LoadState, Verdict
from importer.data.duck import open_duck
from importer.data.storage import local_path, sha256_of, store_file
from importer.engine.desk import Desk
from importer.engine.leases import claim_step, end_step
from importer.engine.plan_step import next_seq
from importer.engine.send_step import unsettled
from importer.engine.undoing import keeping
from importer.engine.undoing.beside import freed_by_plans
from importer.engine.undoing.finding import Pointers
from importer.engine.undoing.ground import (
    NUMBERS,
    POINTING,
    look_up_pointers,
    may_remove_edited,
    original_of,
    store_pointers,
)
from importer.engine.undoing.judging import Reason
from importer.engine.undoing.numbers import numbers
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
    copy_met,
    read_changed,
    read_created,
)
from importer.engine.undoing.verdicts import GONE, Seen, changed_rows, created_rows, met_rows
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
    written = _write(desk, folder, pointers, seen)
    name = store_file(written.path, f"loads/{desk.load.pk}/{folder.name}/plan.parquet")
    notes = _notes(desk, pointers, seen) | {
        POINTING: store_pointers(pointers, folder, desk.load),
        NUMBERS: written.numbers,
    }
    _keep(desk, written, name, notes)
    return True


@dataclass(frozen=True, slots=True)
class Written:
    """A plan's file, what of it becomes batches, rows a verdict, and what it comes to."""

    path: Path
    portions: list[Portion]
    counts: dict[str, int]
    numbers: dict[str, Any]


def _write(desk: Desk, folder: Path, pointers: Pointers, seen: Seen) -> Written:
    original = original_of(desk.load)
    retry = desk.load.plans.exists()
    created_csv = copy_created(original, folder / "created.csv", retry=retry)
    changed_csv = copy_changed(original, folder / "changed.csv", retry=retry)
    created = list(read_created(created_csv))
    freed = freed_by_plans(desk, pointers.fields)
    rows: Iterator[Row] = chain(
        changed_rows(desk, read_changed(changed_csv), seen),
        met_rows(read_changed(copy_met(original, folder / "met.csv"))),
        created_rows(desk, created, pointers.fields, freed, seen),
    )
    if retry:
        rows = (row for row in rows if row.keymap or row.verdict != Verdict.UNCHANGED)
    write_rows(folder / "rows.csv", rows)
    prepared = local_path(original.prepared_as) if original.prepared_as else None
    path = folder / "plan.parquet"
    with open_duck(folder, readable=[prepared] if prepared else []) as duck:
        write_plan(duck, folder / "rows.csv", prepared, path)
        return Written(path, portions(duck, path), verdict_counts(duck, path), numbers(duck, path))


def _notes(desk: Desk, pointers: Pointers, seen: Seen) -> dict[str, object]:
    """For ``Load.verification``: what was not looked at, and who edited created records."""
    unread = [f"{field}: {why}" for field, why in sorted(seen.unread.items())]
    return {
        "not_looked_at": [*pointers.not_looked_at, *unread, *_in_doubt(desk)],
        "edited_since": seen.edited,
    }


def _in_doubt(desk: Desk) -> list[str]:
    """A plan that is only looked at settles nothing."""
    batches = unsettled(original_of(desk.load)).count()
    if not batches:
        return []
    return [f"{batches} batches whose answer never came; a rollback settles them first"]


def _keep(
    desk: Desk,
    written: Written,
    name: str,
    notes: dict[str, object],
) -> None:
    load = desk.load
    with transaction.atomic():
        verification = {**load.verification, **notes, "retry": False}
        columns = {
            "state": LoadState.DONE if load.dry_run else LoadState.SENDING,
            "ended_at": timezone.now() if load.dry_run else None,
            "verification": verification,
        }
        if not end_step(load, LoadState.PLANNING, desk.worker, **columns):
            return
        plan = _create_plan(load, written.path, name, written.counts)
        Issue.objects.filter(load=load).delete()
        if plan.pass_number == 1:
            Load.objects.filter(pk=load.pk).update(rows_total=plan.n_rows)
        if load.dry_run:
            counters = _would_be(desk, plan, written.numbers)
        else:
            _create_batches(load, plan, written.portions)
            counters = _settle_unsent(desk, plan)
        _tell(desk, written.counts, notes)
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


def _would_be(desk: Desk, plan: Plan, found: dict[str, Any]) -> dict[str, int]:
    """The counters as an undo would leave them if nothing changed until then."""
    kept = 0
    for rows in _chunked(plan, desk.folder, "verdict = 'keep' AND kind = ''"):
        keeping.say(
            desk.load, IssueStage.PLAN, [(row, Reason(row.code, row.reason)) for row in rows]
        )
        kept += len(rows)
    return {
        "removed": found["removable"],
        "restored": found["restorable"],
        "archived": found["archivable"],
        "unchanged": found["nothing_to_do"],
        "kept": kept,
    }


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
    depth = "Undo plan, nothing sent" if desk.load.dry_run else "Undo plan"
    desk.reporter.log("info", f"{depth}: {told or 'no records'}.")
    if notes["edited_since"]:
        what = "they are removed all the same" if may_remove_edited(desk) else "they stay"
        desk.reporter.log(
            "warning",
            f"{notes['edited_since']} of the records that the load created were edited by others "
            f"since, or hold files, activities or messages of others; {what}.",
        )
    unseen = notes["not_looked_at"]
    if isinstance(unseen, list) and unseen:
        desk.reporter.log("warning", f"Not looked at: {'; '.join(unseen)}.")
