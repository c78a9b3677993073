"""Which rows of a piece Odoo can try by themselves, and without which of their cells: what they
refer to may be a record that only the run itself will make.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from importer.engine.desk import Desk
from importer.engine.load_calls import recipe
from importer.engine.payloads import keys_of
from importer.engine.plan_rules import PlanField, PlanRow
from importer.engine.references import Resolved, known_targets, resolve
from importer.models import Batch, Issue

NOT_THERE = "{field} must be filled, and refers to records that this run makes."
NOT_MADE = "the records that they change are made by this run."
_LINES = "their lines refer to records that this run makes."
_LOST = (
    "{place}{key} is refused by Odoo, so this row would not be sent. Put right what is said of "
    "that row."
)


@dataclass
class Triable:
    """``rows`` to try; ``refs`` as sending resolves them; ``blocked``: plan row -> field and why;
    ``unchecked``: why -> rows; ``left_out``: field -> rows that are tried without it."""

    rows: list[PlanRow]
    refs: dict[str, str]
    blocked: dict[int, tuple[str, str]] = field(default_factory=dict)
    unchecked: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)


def triable(desk: Desk, batch: Batch, rows: Sequence[PlanRow]) -> Triable:
    """The rows of a piece, made ready."""
    there = [row for row in rows if batch.kind == "create" or row.odoo_id is not None]
    resolved = resolve(desk, batch.fields, there)
    found = Triable([], resolved.refs)
    found.unchecked[NOT_MADE] += len(rows) - len(there)
    references = _references(desk, batch)
    refused = _refused(desk) if references else set()
    own = {row.key for row in there}
    lines = _line_keys(desk, batch, there)
    for row in there:
        if lines.get(row.plan_row):
            found.unchecked[_LINES] += 1
            own.discard(row.key)
            continue
        _take(desk, row, references, resolved, refused, own, found)
    found.unchecked = +found.unchecked
    return found


def _take(
    desk: Desk,
    row: PlanRow,
    references: Sequence[PlanField],
    resolved: Resolved,
    refused: Collection[str],
    own: set[str],
    found: Triable,
) -> None:
    cells = dict(row.cells)
    for one in references:
        cell = cells.get(one.target)
        if not cell or not row.sends(one.target):
            continue
        is_own = one.entity == desk.load.entity.name
        keys = [key for key in keys_of(one, cell) if (one.entity, key) not in resolved.ids]
        lost = [key for key in keys if is_own and key in refused]
        if lost:
            found.blocked[row.plan_row] = (one.target, said_lost(one, lost[0]))
            own.discard(row.key)
            return
        if any(not (is_own and key in own) for key in keys):
            if desk.facts.fields[one.target].required:
                found.unchecked[NOT_THERE.format(field=one.target)] += 1
                own.discard(row.key)
                return
            found.left_out[one.target] += 1
            cells[one.target] = None
    found.rows.append(replace(row, cells=cells))


def said_lost(one: PlanField, key: str) -> str:
    """Why a row that refers to a refused one is blocked."""
    return _LOST.format(place=one.place, key=", ".join(json.loads(key)))


def _references(desk: Desk, batch: Batch) -> list[PlanField]:
    sent = {name.partition("/")[0] for name in batch.fields}
    return [
        one
        for one in desk.fields
        if one.kind == "reference" and not one.is_held and one.target in sent
    ]


def _refused(desk: Desk) -> set[str]:
    """Keys of this load that Odoo has refused in pieces before."""
    bad = Issue.objects.filter(load=desk.load, stage="odoo", level__in=("error", "blocked"))
    return set(bad.values_list("source_key", flat=True))


def _line_keys(desk: Desk, batch: Batch, rows: Sequence[PlanRow]) -> Mapping[int, bool]:
    """Plan row -> whether its lines refer to something that is not in Odoo."""
    line_fields = recipe(desk, batch, {}).line_fields
    wanted: dict[str, dict[int, set[str]]] = {}
    for name, fields in line_fields.items():
        for row in rows:
            for line in json.loads(row.cells.get(name) or "[]"):
                for one in fields:
                    cell = line["cells"].get(one.target)
                    if one.kind == "reference" and cell:
                        keys = wanted.setdefault(one.entity, {}).setdefault(row.plan_row, set())
                        keys.update(keys_of(one, cell))
    missing: dict[int, bool] = {}
    for entity, by_row in wanted.items():
        every = {key for keys in by_row.values() for key in keys}
        known = known_targets(desk, desk.entities[entity], every)
        for plan_row, keys in by_row.items():
            if not keys <= known.keys():
                missing[plan_row] = True
    return missing
