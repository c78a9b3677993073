"""Lets Odoo try the rows of a piece and tells the bad ones apart, as sending does."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from importer.choices import IssueLevel
from importer.engine.contexts import has_ids, write_context
from importer.engine.desk import Desk
from importer.engine.ejecting import problems_of, whole_batch_problems
from importer.engine.isolation import Judgement
from importer.engine.issues import RowProblem
from importer.engine.load_calls import blocked_rows, judged, recipe
from importer.engine.payloads import Payload, build, keys_of
from importer.engine.plan_rules import PlanRow
from importer.engine.references import Resolved
from importer.engine.splitting import halves
from importer.engine.trial.calls import try_rows
from importer.engine.trial.ready import said_lost, triable
from importer.models import Batch
from importer.odoo.errors import DataRefused, ServerBug, Transient
from importer.odoo.protocols import LoadAnswer

_INSERT_IF_ABSENT = {"mode": "update", "noupdate": True}
_NO_REASON = "Odoo refused this row without giving a reason."
_PATIENCE = 5


@dataclass
class Tried:
    """What became of a piece: rows ``tried``, plan rows ``refused`` and ``blocked``, what is told
    of them, and what was not tried (see :class:`Triable`)."""

    tried: int = 0
    refused: set[int] = field(default_factory=set)
    blocked: set[int] = field(default_factory=set)
    problems: list[RowProblem] = field(default_factory=list)
    unchecked: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)


def try_piece(desk: Desk, batch: Batch, rows: Sequence[PlanRow]) -> Tried:
    """Raises CannotTry, and what the connection raises."""
    found = triable(desk, batch, rows)
    tried = Tried(unchecked=found.unchecked, left_out=found.left_out)
    _block(desk, rows, found.blocked, tried)
    files = {one.target for one in desk.fields if one.kind == "binary"}
    for header, some in _by_header(batch, found.rows):
        sent = [name for name in header if name not in files]
        for name in set(header) & files:
            tried.left_out[name] += sum(1 for row in some if row.cells.get(name))
        batch.fields = sent
        _try(desk, batch, some, found.refs, tried)
    return tried


def _by_header(batch: Batch, rows: Sequence[PlanRow]) -> list[tuple[list[str], list[PlanRow]]]:
    """Updates go with the columns that each of them changes; a run fills merged ones up."""
    header = list(batch.fields)
    if batch.kind == "create":
        return [(header, list(rows))] if rows else []
    groups: dict[tuple[str, ...], list[PlanRow]] = {}
    for row in rows:
        names = tuple(
            name for name in header if name in ("id", ".id") or name.partition("/")[0] in row.fields
        )
        groups.setdefault(names, []).append(row)
    return [(list(names), some) for names, some in groups.items()]


def _try(desk: Desk, batch: Batch, rows: list[PlanRow], refs: dict[str, str], tried: Tried) -> None:
    """Until the rows that are left go through; each refusal takes some out."""
    waits = 0
    while rows:
        call = _call(desk, batch, rows, refs)
        try:
            answer = try_rows(desk.client, call.model, call.columns, call.rows, call.context)
        except (DataRefused, ServerBug) as error:
            judgement = Judgement(must_split=True)
            reason = f"Odoo refused this row: {' '.join(str(error).split())}"
        else:
            if answer.ids is not None:
                tried.tried += len(rows)
                return
            judgement, reason = judged(desk, rows, call, answer), _reason(answer)
        if judgement.is_transient:
            waits += 1
            if waits > _PATIENCE:
                raise Transient("Other transactions in Odoo were in the way again and again.")
            time.sleep(desk.rules.delay(waits))
        elif judgement.must_split and len(rows) > 1:
            for half in halves(rows):
                _try(desk, batch, _standing(desk, half, tried), refs, tried)
            return
        else:
            rows = _eject(desk, rows, judgement, reason, tried)


def _reason(answer: LoadAnswer) -> str:
    """Of a refusal that names no row: a check of the whole file, of one row by now."""
    said = dict.fromkeys(" ".join(one.text.split()) for one in answer.messages if one.is_error)
    return f"Odoo refused this row: {'; '.join(said)}" if said else _NO_REASON


def _eject(
    desk: Desk, rows: list[PlanRow], judgement: Judgement, reason: str, tried: Tried
) -> list[PlanRow]:
    bad = judgement.bad or {0: ()}
    refused = [rows[number] for number in sorted(bad)]
    tried.problems += problems_of(desk, rows, bad) or whole_batch_problems(refused, reason)
    tried.refused |= {row.plan_row for row in refused}
    tried.tried += len(refused)
    return _standing(desk, [row for row in rows if row.plan_row not in tried.refused], tried)


def _standing(desk: Desk, rows: Sequence[PlanRow], tried: Tried) -> list[PlanRow]:
    """Without those that refer to a row of this piece which Odoo has refused."""
    own = [
        one
        for one in desk.fields
        if one.kind == "reference" and one.entity == desk.load.entity.name and not one.is_held
    ]
    lost = {one.key for one in tried.problems}
    left = list(rows)
    while own and lost:
        gone = {
            row.plan_row: (one.target, said_lost(one, key))
            for row in left
            for one in own
            for key in keys_of(one, row.cells.get(one.target) or "")
            if key in lost
        }
        _block(desk, left, gone, tried)
        lost = {row.key for row in left if row.plan_row in gone}
        left = [row for row in left if row.plan_row not in gone]
    return left


def _block(
    desk: Desk, rows: Sequence[PlanRow], blocked: dict[int, tuple[str, str]], tried: Tried
) -> None:
    told = blocked_rows(desk, rows, Resolved(blocked=blocked))
    tried.problems += [problem for _, problem in told]
    tried.blocked |= set(blocked)
    assert all(problem.level == IssueLevel.BLOCKED for _, problem in told)


def _call(desk: Desk, batch: Batch, rows: list[PlanRow], refs: dict[str, str]) -> Payload:
    context = write_context(
        desk.load.odoo_model,
        desk.load.mapping,
        batch.context,
        by_id=has_ids(batch.fields),
        adds=any(one.adds for one in desk.fields if one.target in _targets(batch)),
    )
    if batch.kind == "create":
        context |= _INSERT_IF_ABSENT
    return build(desk.load.odoo_model, recipe(desk, batch, refs), rows, context)


def _targets(batch: Batch) -> set[str]:
    return {name.partition("/")[0] for name in batch.fields}
