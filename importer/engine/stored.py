"""Tells of values that Odoo stored otherwise than they were sent: rounded, trimmed, cleaned, or
computed anew. An information of its own; no later comparison stands on what was sent.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from importer.choices import IssueLevel, IssueStage
from importer.data.hiding import is_secret
from importer.engine.comparing import is_stored
from importer.engine.desk import Desk
from importer.engine.issues import RowProblem, add_problems
from importer.engine.plan_rules import PlanField, PlanRow
from importer.engine.works import Answered, Ready

CODE = "stored_differently"
WantedIds = Callable[[PlanField, str | None], list[int] | None]
_SHOWN = 200


def comparable(desk: Desk) -> list[str]:
    """The mapped fields whose stored value can be held against a cell without knowing more."""
    return sorted(one.target for one in desk.fields if one.kind == "plain" and _is_told(desk, one))


def _is_told(desk: Desk, one: PlanField) -> bool:
    """Not what is large or kept secret."""
    facts = desk.facts.fields[one.target]
    return facts.type not in ("binary", "one2many") and not is_secret(one.target)


def stored_differently(
    desk: Desk,
    sent: Iterable[tuple[PlanRow, Mapping[str, Any]]],
    wanted_ids: WantedIds,
) -> list[RowProblem]:
    """One problem for each row and field; ``sent``: rows with what Odoo read out afterwards."""
    fields = [one for one in desk.fields if one.kind != "lines" and _is_told(desk, one)]
    return [
        _problem(desk, row, one.target, image[one.target])
        for row, image in sent
        for one in fields
        if one.target in image
        and _is_sent(one, row)
        and not is_stored(
            desk.facts.fields[one.target],
            row.cells.get(one.target),
            image[one.target],
            wanted_ids(one, row.cells.get(one.target)),
            adds=one.adds,
        )
    ]


def tell_stored(desk: Desk, ready: Ready, answered: Answered) -> None:
    """Inside T3: note what of a kept call Odoo stored otherwise."""
    sent = zip(ready.rows, (answered.seen.get(one, {}) for one in answered.ids), strict=True)
    problems = stored_differently(desk, sent, ready.wanted_ids)
    if problems:
        add_problems(desk.load, IssueStage.ODOO, problems)


def _is_sent(one: PlanField, row: PlanRow) -> bool:
    """Whether the row's own cell was sent. In a create an empty one leaves Odoo its default."""
    return one.target in row.fields or (not row.fields and row.cells.get(one.target) is not None)


def _problem(desk: Desk, row: PlanRow, target: str, stored: Any) -> RowProblem:
    sent = desk.shown_cell(row, target)
    label = desk.facts.fields[target].label or target
    return RowProblem(
        position=row.position,
        row=row.sheet_row,
        key=row.key,
        code=CODE,
        message=(
            f"{label} was sent as “{_short(sent)}” and Odoo stored “{_short(_text(stored))}”. "
            "Nothing has to be done if that is what you want."
        ),
        field=target,
        column=desk.column_of(target),
        value=sent,
        level=IssueLevel.WARNING,
    )


def _text(stored: Any) -> str:
    if stored in (None, False):
        return ""
    return ", ".join(map(str, stored)) if isinstance(stored, list) else str(stored)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
