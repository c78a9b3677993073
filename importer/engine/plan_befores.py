"""What the updates of a plan would find in Odoo: the value of each field that is to change, and
whether it holds what is wanted already or was changed on both sides. Only reads.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from importer.choices import BatchKind, Verdict
from importer.data.duck import open_duck, quote
from importer.data.storage import sha256_of
from importer.engine.comparing import as_cell
from importer.engine.contexts import company_context, read_context
from importer.engine.cutting import Cut, cut
from importer.engine.desk import Desk
from importer.engine.equality import equal_fields
from importer.engine.issues import RowProblem
from importer.engine.plan_rules import Planned, PlanRow
from importer.engine.references import resolve
from importer.engine.winning import decide
from importer.models import Batch, Plan
from importer.odoo.errors import AccessRefused
from importer.odoo.protocols import FieldFacts

COLUMNS = {
    "plan_row": "BIGINT",
    "field": "VARCHAR",
    "before": "VARCHAR",
    "shown": "VARCHAR",
    "said": "VARCHAR",
}
"""``before``: as a cell, records by database id; ``shown``: as people read it; ``said``: ``equal``
(nothing is left to write), ``conflict`` (the row waits), ``kept`` (Odoo's value stays)."""

_CHUNK = 500
_NO_IMAGE = "The records of {rows} rows could not be read ({why}), so their old values are unknown."
Image = dict[str, Any]


@dataclass
class Befores:
    """``path``: Parquet of COLUMNS; ``equal``: updates that need nothing; ``conflicts``: rows that
    wait for a decision, each with its problems; ``notes``: sentences for the run's log."""

    path: Path
    equal: int = 0
    conflicts: list[tuple[PlanRow, RowProblem]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        return sha256_of(self.path)

    @property
    def n_conflicts(self) -> int:
        return len({row.plan_row for row, _ in self.conflicts})


def read_befores(desk: Desk, planned: Planned, stored: str, folder: Path) -> Befores:
    """``stored``: the name of the plan's file. One read for each few hundred updates."""
    found = Befores(folder / "befores.parquet")
    lines = folder / "befores.csv"
    updates = [one for one in planned.portions if one.verdict in (Verdict.UPDATE, Verdict.ADOPT)]
    with lines.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for piece in cut(updates, most_rows=_CHUNK):
            writer.writerows(_lines(desk, piece_batch(desk, piece, stored), found))
    typed = ", ".join(f"{quote(name)}: {quote(kind)}" for name, kind in COLUMNS.items())
    with open_duck(folder / "befores", readable=[lines], writable=[folder]) as duck:
        duck.execute(
            f"COPY (SELECT * FROM read_csv({quote(str(lines))}, header = false, "
            "auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
            f"columns = {{{typed}}}) ORDER BY plan_row, field) "
            f"TO {quote(str(found.path))} (FORMAT parquet)"
        )
    return found


def piece_batch(desk: Desk, piece: Cut, stored: str) -> Batch:
    """A batch that is never saved: the piece as the code of sending sees it."""
    is_create = piece.verdict == Verdict.CREATE
    return Batch(
        load=desk.load,
        plan=Plan(stored_as=stored),
        kind=BatchKind.CREATE if is_create else BatchKind.UPDATE,
        first_pos=piece.first,
        n_rows=piece.n_rows,
        fields=list(piece.header),
        context=company_context(piece.company),
    )


def _lines(desk: Desk, batch: Batch, found: Befores) -> Iterator[Sequence[object]]:
    # A dry run also updates records that do not exist yet: those that it would make before.
    rows = [row for row in desk.plans.rows(batch) if row.odoo_id is not None]
    images = _images(desk, batch, rows, found)
    rows = [row for row in rows if row.odoo_id in images]
    if not rows:
        return
    resolved = resolve(desk, batch.fields, rows)
    equal = {row.plan_row: equal_fields(desk, row, images[_id(row)], resolved) for row in rows}
    decided = decide(desk, batch, rows, images, equal)
    found.conflicts += decided.blocked
    asked = {row.plan_row for row, _ in decided.blocked}
    shown = _names(desk, rows, images)
    for row in rows:
        kept = decided.kept.get(str(row.plan_row), {})
        if len(equal[row.plan_row]) == len(set(row.fields)) and not row.origin:
            found.equal += 1
        for target in row.fields:
            facts = desk.facts.fields.get(target)
            if facts is None or target not in images[_id(row)]:
                continue
            now = images[_id(row)][target]
            said = "equal" if target in equal[row.plan_row] else "kept" if target in kept else ""
            said = "conflict" if row.plan_row in asked and not said else said
            yield row.plan_row, target, _before(facts, now), _shown(facts, now, shown), said


def _images(desk: Desk, batch: Batch, rows: Sequence[PlanRow], found: Befores) -> dict[int, Image]:
    wanted = sorted({target for row in rows for target in row.fields} & desk.facts.fields.keys())
    if not wanted:
        return {}
    context = {**read_context(desk.load.mapping, batch.context), "bin_size": True}
    ids = sorted({_id(row) for row in rows})
    names = [*wanted, "write_date"]
    try:
        read = desk.client.read(desk.load.odoo_model, ids, names, context=context)
    except AccessRefused as error:
        why = " ".join(str(error).split())
        found.notes.append(_NO_IMAGE.format(rows=len(rows), why=why))
        return {}
    return {int(one["id"]): one for one in read}


def _id(row: PlanRow) -> int:
    return row.odoo_id or 0


def _names(
    desk: Desk, rows: Sequence[PlanRow], images: dict[int, Image]
) -> dict[tuple[str, int], str]:
    """(model, id) -> display name of the records that the old values are."""
    wanted: dict[str, set[int]] = {}
    for row in rows:
        for target in row.fields:
            facts = desk.facts.fields.get(target)
            if facts is not None and facts.relation:
                ids = wanted.setdefault(facts.relation, set())
                ids.update(_ids(images[_id(row)].get(target)))
    found: dict[tuple[str, int], str] = {}
    for model, ids in wanted.items():
        try:
            read = desk.client.read(
                model, sorted(ids), ["display_name"], context={"active_test": False}
            )
        except AccessRefused:
            continue  # their numbers are shown instead
        found |= {(model, int(one["id"])): str(one["display_name"] or "") for one in read}
    return found


def _ids(value: Any) -> list[int]:
    return value if isinstance(value, list) else [value] if value else []


def _before(facts: FieldFacts, now: Any) -> str:
    if facts.type == "binary":
        return str(now or "")
    return as_cell(facts, now)


def _shown(facts: FieldFacts, now: Any, names: dict[tuple[str, int], str]) -> str:
    if not facts.relation:
        return _before(facts, now)
    return ", ".join(names.get((facts.relation, one), str(one)) for one in _ids(now))
