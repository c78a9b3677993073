"""Plans a load: extracts, the pure planner, then plan, batches, issues and counters in one
transaction. Done by one hand under the load's lease; redone from scratch when that hand dies.
"""

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from importer.choices import BatchKind, BatchState, Depth, IssueStage, LoadState, Verdict
from importer.data.companies import has_row_companies
from importer.data.duck import THREADS, open_duck, quote
from importer.data.holding import is_link
from importer.data.keys import display_key
from importer.data.match_rules import MatchRule, read_rules
from importer.data.storage import local_path, sha256_of, store_file
from importer.data.stubs import asking_columns, asking_place, is_stub
from importer.data.value_actions import skips_rows
from importer.data.vanished import ARCHIVE
from importer.engine.agreed import is_as_agreed
from importer.engine.contexts import company_context
from importer.engine.cutting import cut, most_rows
from importer.engine.deferring import note_planned
from importer.engine.desk import Desk
from importer.engine.extracts import copy_keymap, copy_parent, keymap_layouts, parent_load
from importer.engine.fields import grouping_parent, layout
from importer.engine.issues import (
    add_problems,
    copy_plan_issues,
    copy_prepared_issues,
    remove_issues,
)
from importer.engine.leases import claim_step, end_step
from importer.engine.looking.look import look
from importer.engine.looking.said import Looked
from importer.engine.passes import rows_of_next_pass
from importer.engine.plan_befores import Befores, read_befores
from importer.engine.plan_entries import note_gone, note_skipped
from importer.engine.plan_rules import Planned, PlanRules
from importer.engine.planning import plan_rows
from importer.engine.rights import check_rights
from importer.engine.trial.pieces import begin_trial
from importer.engine.vanishing import (
    Vanished,
    ask,
    look_for_vanished,
    must_ask,
    note,
    policy,
    told_of,
)
from importer.models import Batch, Load, Plan

_LOCAL = {
    Verdict.UNCHANGED: "unchanged",
    Verdict.SKIP: "skipped",
    Verdict.BLOCKED: "blocked",
    Verdict.ERROR: "failed",
    Verdict.AMBIGUOUS: "failed",
    Verdict.CONFLICT: "blocked",
}
_SHOWN_KEYS = 5
_WOULD_BE = {
    Verdict.CREATE: "created",
    Verdict.UPDATE: "updated",
    Verdict.ADOPT: "adopted",
    Verdict.ARCHIVE: "archived",
}
_KINDS = {Verdict.ADOPT: BatchKind.UPDATE, Verdict.ARCHIVE: BatchKind.VANISH}


def plan_load(desk: Desk) -> bool:
    """Whether this hand planned the load; False when another one is at it."""
    states = (LoadState.PLANNING,)
    if not claim_step(desk.load, states, LoadState.PLANNING, desk.worker):
        return False
    desk.reporter.progressed(desk.load)
    folder = desk.folder / f"plan_{uuid4().hex}"
    folder.mkdir()
    only_rows = rows_of_next_pass(desk.load, folder)
    vanished = look_for_vanished(desk, folder, only_rows)
    if vanished and must_ask(desk.load, vanished):
        ask(desk, vanished)
        return False
    planned, looked, inputs = _plan(desk, folder, only_rows, vanished)
    check_rights(desk, planned)
    stored = store_file(planned.path, f"loads/{desk.load.pk}/{folder.name}/plan.parquet")
    befores = _befores(desk, planned, stored, folder)
    if not is_as_agreed(desk, planned, stored, befores, is_again=only_rows is not None):
        return False
    kept = Kept(planned, looked, stored, inputs, vanished, befores)
    _keep(desk, kept, note(desk, vanished), is_first=only_rows is None)
    return True


def _befores(desk: Desk, planned: Planned, stored: str, folder: Path) -> Befores | None:
    """Read where somebody is shown the plan, or has agreed to it; a plain run reads what its
    updates find when it sends them."""
    if not (desk.load.dry_run or desk.load.agreed):
        return None
    return read_befores(desk, planned, stored, folder)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a planning has made, to be kept in one transaction."""

    planned: Planned
    looked: Looked
    stored: str
    inputs: str
    vanished: Vanished | None
    befores: Befores | None


def _plan(
    desk: Desk, folder: Path, only_rows: Path | None, vanished: Vanished | None
) -> tuple[Planned, Looked, str]:
    load = desk.load
    layouts, of_load = keymap_layouts(load)
    keymap = copy_keymap(load, of_load, folder / "keymap.csv")
    looked = look(desk, folder, keymap, only_rows)
    parents = {
        name: copy_parent(load, desk.entities[name], folder)
        for name in {
            one.entity for one in desk.fields if one.kind == "reference" and not one.is_held
        }
        if name != load.entity.name
    }
    prepared = local_path(load.prepared_as)
    rules = PlanRules(
        entity=load.entity.name,
        fields=desk.fields,
        layouts=layouts,
        on_existing=load.mapping["on_existing"],
        empty_cells=load.mapping["empty_cells"],
        streams=load.connection.streams,
        keys=None if load.keys is None or is_stub(load.mapping) else tuple(load.keys),
        only_rows=only_rows,
        together=grouping_parent(desk.fields, desk.facts, load.entity.name),
        is_link=is_link(load.mapping),
        made=_made(load),
        labels=layout(load.mapping, desk.fields, desk.facts),
        by_company=has_row_companies(load.mapping),
        has_skips=skips_rows(load.mapping),
        vanished=vanished.path if vanished and policy(load) == ARCHIVE else None,
        **_stub_rules(load),
    )
    planned_parents = [path for files in parents.values() for path in files.planned]
    readable = [prepared, *planned_parents, *([rules.made] if rules.made else [])]
    with open_duck(folder, readable=readable, memory="100MB", threads=THREADS) as duck:
        planned = plan_rows(
            duck,
            prepared=prepared,
            keymap=keymap,
            parents=parents,
            rules=rules,
            out_dir=folder,
            looked=looked.path,
        )
    inputs = f"{load.prepared_sha256}{sha256_of(keymap)}{sha256_of(looked.path)}"
    inputs += sha256_of(vanished.path) if vanished else ""
    return planned, looked, sha256(inputs.encode()).hexdigest()


def _stub_rules(load: Load) -> dict[str, str]:
    if not is_stub(load.mapping):
        return {}
    fields = ", ".join(load.mapping["stub"]["fields"])
    return {"stub_fields": fields, "stub_place": asking_place(load.mapping)}


def _made(load: Load) -> Path | None:
    """In a dry run the records that a link needs are only in the plan of the load before it."""
    if not (load.dry_run and is_link(load.mapping)):
        return None
    first = parent_load(load, load.entity)
    plan = first.plans.order_by("-pass_number").first() if first else None
    return local_path(plan.stored_as) if plan else None


def _keep(desk: Desk, kept: Kept, noted: dict[str, Any], *, is_first: bool) -> None:
    load, planned, looked = desk.load, kept.planned, kept.looked
    befores = kept.befores
    retry = bool(load.verification.get("retry"))
    kept_notes = {name: load.verification[name] for name in ("source", "issues")}
    if load.dry_run and load.depth == Depth.SERVER:
        kept_notes |= begin_trial(planned)
    is_over = load.dry_run and load.depth == Depth.LOCAL
    with transaction.atomic():
        # With nothing to send, the next step is this hand's too.
        after = LoadState.SENDING if planned.portions else LoadState.VERIFYING
        state = LoadState.DONE if is_over else LoadState.VERIFYING if load.dry_run else after
        if not end_step(
            load,
            LoadState.PLANNING,
            desk.worker,
            state=state,
            verification=kept_notes,
            **noted,
            ended_at=timezone.now() if is_over else None,
        ):
            return
        counts = _counts(load, planned, befores)
        plan = _create_plan(load, planned, kept.stored, kept.inputs, counts, befores)
        if not load.dry_run:
            _create_batches(load, plan, planned)
            note_gone(load, looked.gone)
            if planned.counts.get(Verdict.SKIP):
                note_skipped(load, plan, planned.path, next_seq(load))
            _note_links(desk, planned)
        if is_first or retry:
            _replace_issues(desk, planned, is_first=is_first)
            for level, sentence in looked.notes:
                desk.reporter.log(level, sentence)
        if load.dry_run and befores is not None:
            _tell_befores(desk, befores)
        desk.reporter.log("info", _sentence(load, counts))
        if kept.vanished and kept.vanished.count:
            desk.reporter.log("warning", told_of(load, kept.vanished))
        if planned.unknown_keys and is_first:
            desk.reporter.log("warning", _unknown_keys(planned.unknown_keys))
        moved = dict(_LOCAL | _WOULD_BE if is_over else _LOCAL)
        if load.dry_run:
            moved |= {Verdict.ARCHIVE: "archived"}  # what Odoo does not try
        counters = Counter[str]()
        for verdict, name in moved.items():
            counters[name] += counts.get(verdict, 0)
        if is_first:
            Load.objects.filter(pk=load.pk).update(rows_total=planned.n_rows)
        desk.count(**counters)


def _unknown_keys(keys: tuple[str, ...]) -> str:
    shown = "; ".join(display_key(key) for key in keys[:_SHOWN_KEYS])
    more = "; ..." if len(keys) > _SHOWN_KEYS else ""
    return f"{len(keys)} of the chosen keys are in no row of the sheet: {shown}{more}."


def _counts(load: Load, planned: Planned, befores: Befores | None) -> dict[str, int]:
    """Verdict -> rows. In a dry run what the run would find out while it sends is known already:
    updates that need nothing, and rows changed on both sides."""
    if befores is None or not load.dry_run:
        return planned.counts
    counts = Counter(planned.counts)
    counts[Verdict.UPDATE] -= befores.equal
    counts[Verdict.UNCHANGED] += befores.equal
    for row in {row.plan_row: row for row, _ in befores.conflicts}.values():
        counts[Verdict.ADOPT if row.is_adopted else Verdict.UPDATE] -= 1
        counts[Verdict.CONFLICT] += 1
    return {str(verdict): n for verdict, n in counts.items() if n}


def _tell_befores(desk: Desk, befores: Befores) -> None:
    add_problems(desk.load, IssueStage.PLAN, [problem for _, problem in befores.conflicts])
    for sentence in befores.notes:
        desk.reporter.log("warning", sentence)


def _create_plan(
    load: Load,
    planned: Planned,
    stored: str,
    inputs: str,
    counts: dict[str, int],
    befores: Befores | None,
) -> Plan:
    name = stored.replace("plan.parquet", "befores.parquet")
    return Plan.objects.create(
        project_id=load.project_id,
        load=load,
        pass_number=load.plans.count() + 1,
        depth=Depth.LOCAL,
        befores_as=store_file(befores.path, name) if befores else "",
        befores_sha256=befores.sha256 if befores else "",
        counts=counts,
        n_rows=planned.n_rows,
        stored_as=stored,
        sha256=sha256_of(planned.path),
        inputs_sha256=inputs,
    )


def _create_batches(load: Load, plan: Plan, planned: Planned) -> None:
    start = next_seq(load)
    Batch.objects.bulk_create(
        [
            Batch(
                project_id=load.project_id,
                load=load,
                plan=plan,
                seq=start + n,
                kind=_KINDS.get(Verdict(one.verdict), one.verdict),
                level=one.stage,
                group=one.group,
                stream=one.stream,
                first_pos=one.first,
                n_rows=one.n_rows,
                fields=list(one.header),
                context=company_context(one.company),
                state=BatchState.READY,
            )
            for n, one in enumerate(
                cut(planned.portions, most_rows=most_rows(load.connection.streams))
            )
        ],
        batch_size=1000,
    )


def _note_links(desk: Desk, planned: Planned) -> None:
    if is_link(desk.load.mapping):
        with open_duck(planned.path.parent, readable=[planned.path]) as duck:
            note_planned(duck, desk.load, desk.fields, planned.path)


def next_seq(load: Load) -> int:
    last = Batch.objects.filter(load=load).order_by("-seq").values_list("seq", flat=True).first()
    return 0 if last is None else last + 1


def _replace_issues(desk: Desk, planned: Planned, *, is_first: bool) -> None:
    load = desk.load
    issues = local_path(load.verification["issues"])
    columns = {rule.line: _columns_of(desk, rule) for rule in read_rules(load.mapping)}
    columns |= {target: desk.column_of(target) for target in desk.specs}
    if is_stub(load.mapping):
        columns[_stub_rules(load)["stub_fields"]] = ", ".join(asking_columns(load.mapping))
    folder = planned.path.parent
    with open_duck(folder, readable=[issues, planned.path]) as duck:
        if not is_first:
            plan = quote(str(planned.path))
            rows = duck.execute(f"SELECT sheet_row, key FROM read_parquet({plan})").fetchall()
            keys = [key for _, key in rows] if is_stub(load.mapping) else None
            remove_issues(load, [row for row, _ in rows], keys)
        copy_prepared_issues(duck, load, issues, planned.path, all_rows=is_first)
        copy_plan_issues(duck, load, planned.issues, list(columns.items()))


def _columns_of(desk: Desk, rule: MatchRule) -> str:
    """The sheet's columns behind a match rule."""
    columns = dict.fromkeys(desk.column_of(name) for name in rule.fields)
    return rule.external_id_column or ", ".join(column for column in columns if column)


def _sentence(load: Load, counts: dict[str, int]) -> str:
    told = ", ".join(
        f"{counts[verdict]} {Verdict(verdict).label.lower()}"
        for verdict in Verdict.values
        if counts.get(verdict)
    )
    depth = "Local plan, nothing sent" if load.dry_run else "Plan"
    return f"{depth}: {told or 'no rows'}."
