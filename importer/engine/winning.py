"""Who wins where a field was changed in Odoo and in the sheet as well: the source, Odoo, or whoever
a person names. Base is what we last read of the field, or Odoo's write date where that has not
moved since.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from importer.choices import IssueLevel, Linking, Winner
from importer.data.binaries.cells import is_cell, shown_size
from importer.engine.comparing import as_cell
from importer.engine.contexts import place_of
from importer.engine.desk import Desk
from importer.engine.issues import RowProblem
from importer.engine.plan_rules import PlanRow
from importer.engine.undoing.three_way import same
from importer.models import Batch, Change, KeyMap
from importer.odoo.protocols import FieldFacts

KEPT = "kept"
"""Key in ``Batch.refs``: JSON of plan row -> field -> the cell that leaves Odoo's value there."""

Image = dict[str, Any]
Kept = dict[str, dict[str, str]]


@dataclass
class Decided:
    """``rows``: without the fields that stay as Odoo has them. ``notes``: by plan row, told once
    the row has come to its end."""

    rows: list[PlanRow]
    kept: Kept = field(default_factory=dict)
    blocked: list[tuple[PlanRow, RowProblem]] = field(default_factory=list)
    notes: dict[int, list[RowProblem]] = field(default_factory=dict)


def winners(desk: Desk) -> dict[str, str]:
    """Field -> who wins, where it is not the source. A retry that names a winner answers what was
    asked."""
    named = {
        str(raw["target"]): str(raw.get("winner") or Winner.SOURCE)
        for raw in desk.load.mapping["fields"]
        if raw.get("linking") != Linking.ADD  # what is added takes nobody's value away
    }
    answered = {
        target: desk.load.winner if one == Winner.ASK and desk.load.winner else one
        for target, one in named.items()
    }
    return {target: one for target, one in answered.items() if one != Winner.SOURCE}


def decide(
    desk: Desk,
    batch: Batch,
    rows: Sequence[PlanRow],
    images: Mapping[int, Image],
    equal_fields: Mapping[int, frozenset[str]],
) -> Decided:
    """``equal_fields``: plan row -> fields that hold the wanted value already."""
    rules = winners(desk)
    if not rules:
        return Decided(list(rows))
    ruled = [row for row in rows if rules.keys() & set(row.fields)]
    bases = _bases(desk, batch, ruled, images)
    decided = Decided([])
    for row in rows:
        moved = [
            target
            for target in row.fields
            if target in rules
            and target not in equal_fields.get(row.plan_row, ())
            and _has_moved(desk, target, bases.get(row.odoo_id or 0), images[row.odoo_id or 0])
        ]
        _decide_row(desk, batch, row, {one: rules[one] for one in moved}, images, decided)
    return decided


def _decide_row(
    desk: Desk,
    batch: Batch,
    row: PlanRow,
    moved: Mapping[str, str],
    images: Mapping[int, Image],
    decided: Decided,
) -> None:
    now = images[row.odoo_id or 0]
    cells = {target: _cell(desk, batch, target, now) for target in moved}
    asked = [one for one, who in moved.items() if who == Winner.ASK or cells[one] is None]
    if asked:
        problems = [_conflict(desk, row, one, now) for one in asked]
        decided.blocked += [(row, problem) for problem in problems]
        return
    if moved:
        row = replace(row, fields=tuple(one for one in row.fields if one not in moved))
        decided.kept[str(row.plan_row)] = {one: cell or "" for one, cell in cells.items()}
        decided.notes[row.plan_row] = [_note(desk, row, one, now) for one in moved]
    decided.rows.append(row)


def _has_moved(desk: Desk, target: str, base: Image | None, now: Image) -> bool:
    """Without a base, whatever Odoo holds counts as its own, and nothing as nobody's."""
    kind = desk.facts.fields[target].type
    if base is None or target not in base:
        return now.get(target) not in (None, False, "", [], 0)
    return not same(kind, base[target], now.get(target))


def _bases(
    desk: Desk, batch: Batch, rows: Sequence[PlanRow], images: Mapping[int, Image]
) -> dict[int, Image]:
    ids = [row.odoo_id for row in rows if row.odoo_id is not None]
    bases: dict[int, Image] = {}
    lang, company = place_of(desk.load.mapping, batch.context)
    changes = Change.objects.filter(
        project=desk.load.project_id,
        odoo_model=desk.load.odoo_model,
        odoo_id__in=ids,
        load__connection=desk.load.connection_id,
        lang=lang,
        company=company,
        after__isnull=False,
    ).exclude(load__undos__state="done")
    for one in changes.order_by("pk"):
        bases[one.odoo_id] = {
            **bases.get(one.odoo_id, {}),
            **(one.after or {}),
            **(one.closing or {}),
        }
    dates = dict(
        KeyMap.objects.filter(
            connection=desk.load.connection_id, entity=desk.load.entity_id, odoo_id__in=ids
        ).values_list("odoo_id", "write_date")
    )
    still = {one: images[one] for one in ids if dates.get(one) == images[one]["write_date"]}
    return bases | still


def _cell(desk: Desk, batch: Batch, target: str, now: Image) -> str | None:
    """The cell that leaves the field as it is; None where there is none for it."""
    facts = desk.facts.fields[target]
    value = now.get(target)
    if not facts.relation or f"{target}/.id" in batch.fields:
        return as_cell(facts, value)
    ids = value if isinstance(value, list) else [value] if value else []
    named = desk.client.external_ids(facts.relation, ids)
    return ",".join(named[one] for one in ids) if len(named) == len(ids) else None


def kept_in(refs: Mapping[str, Any]) -> Kept:
    return dict(json.loads(refs.get(KEPT) or "{}"))


def without_kept(rows: Sequence[PlanRow], kept: Kept) -> list[PlanRow]:
    """Rows of a batch in doubt, as it was decided when they were sent."""
    return [
        replace(
            row,
            fields=tuple(one for one in row.fields if one not in kept.get(str(row.plan_row), {})),
        )
        for row in rows
    ]


def notes_of(
    desk: Desk, rows: Sequence[PlanRow], kept: Kept, images: Mapping[int, Image]
) -> dict[int, list[RowProblem]]:
    return {
        row.plan_row: [
            _note(desk, row, one, images[row.odoo_id or 0]) for one in kept[str(row.plan_row)]
        ]
        for row in rows
        if str(row.plan_row) in kept and row.odoo_id in images
    }


def _note(desk: Desk, row: PlanRow, target: str, now: Image) -> RowProblem:
    return _problem(
        desk,
        row,
        target,
        "odoo_kept",
        f"{_label(desk, target)} was changed in Odoo too, to “{_shown(now.get(target))}”, and Odoo "
        f"wins here by the mapping; “{desk.shown_cell(row, target)}” was not sent.",
        IssueLevel.WARNING,
    )


def _conflict(desk: Desk, row: PlanRow, target: str, now: Image) -> RowProblem:
    return _problem(
        desk,
        row,
        target,
        "conflict",
        f"{_label(desk, target)} was changed in Odoo to “{_shown(now.get(target))}” and in the "
        f"sheet to “{desk.shown_cell(row, target)}” since they were last equal. The row was not "
        "sent. Retry the run and name the winner, source or odoo.",
        IssueLevel.BLOCKED,
    )


def _problem(
    desk: Desk, row: PlanRow, target: str, code: str, message: str, level: IssueLevel
) -> RowProblem:
    return RowProblem(
        position=row.position,
        row=row.sheet_row,
        key=row.key,
        code=code,
        message=message,
        field=target,
        column=desk.column_of(target),
        value=desk.shown_cell(row, target),
        level=level,
    )


def _label(desk: Desk, target: str) -> str:
    facts: FieldFacts = desk.facts.fields[target]
    return facts.label or target


def _shown(value: Any) -> str:
    if value in (None, False):
        return ""
    if is_cell(value):
        return shown_size(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
