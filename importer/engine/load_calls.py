"""What create and update share: recipes, judging an answer of ``load``, blocked rows."""

from collections.abc import Mapping, Sequence

from importer.choices import BatchState, IssueLevel
from importer.engine.desk import Desk
from importer.engine.fields import plan_fields
from importer.engine.isolation import Judgement, judge
from importer.engine.issues import RowProblem
from importer.engine.payloads import Payload, Recipe
from importer.engine.plan_rules import PlanField, PlanRow
from importer.engine.references import Resolved
from importer.models import Batch
from importer.odoo.protocols import LoadAnswer


def recipe(desk: Desk, batch: Batch, refs: Mapping[str, str]) -> Recipe:
    return Recipe(
        namespace=desk.namespace,
        entity=desk.load.entity.name,
        header=batch.fields,
        fields={one.target: one for one in desk.fields},
        refs=refs,
        line_fields=_line_fields(desk),
        content=desk.files.encoded,
    )


def _line_fields(desk: Desk) -> dict[str, Sequence[PlanField]]:
    return {
        str(raw["nested_field"]): tuple(
            one
            for one in plan_fields(raw, desk.facts_of(str(raw["entity"]["odoo_model"])))
            if not one.is_restored
        )
        for raw in desk.load.mapping.get("nested") or ()
    }


def is_settling(batch: Batch) -> bool:
    """Whether an earlier call with these rows may have been committed, or still be."""
    return batch.state == BatchState.IN_DOUBT


def judged(
    desk: Desk, ready_rows: Sequence[PlanRow], call: Payload, answer: LoadAnswer
) -> Judgement:
    """Which of the rows a refused call names, or that its fence is gone."""
    if call.fence and any(one.is_error and call.fence in one.text for one in answer.messages):
        return Judgement(is_fenced_out=True)
    return judge(
        answer,
        dict(enumerate(call.record_of_row)),
        major=desk.client.version.major,
        inside=_inside(desk, ready_rows),
    )


def _inside(desk: Desk, rows: Sequence[PlanRow]) -> dict[int, frozenset[str]]:
    """Record -> fields that refer to another record of the same call."""
    own = [
        one.target
        for one in desk.fields
        if one.kind == "reference" and one.entity == desk.load.entity.name
    ]
    keys = {row.key for row in rows}
    return {
        number: frozenset(target for target in own if row.cells.get(target) in keys)
        for number, row in enumerate(rows)
    }


def blocked_rows(
    desk: Desk, rows: Sequence[PlanRow], resolved: Resolved
) -> list[tuple[PlanRow, RowProblem]]:
    """The rows whose references lead nowhere by now, each with its problem."""
    return [
        (row, _blocked(desk, row, *resolved.blocked[row.plan_row]))
        for row in rows
        if row.plan_row in resolved.blocked
    ]


def _blocked(desk: Desk, row: PlanRow, target: str, message: str) -> RowProblem:
    return RowProblem(
        position=row.position,
        row=row.sheet_row,
        key=row.key,
        code="parent_failed",
        message=message,
        field=target,
        column=desk.column_of(target),
        value=desk.shown_cell(row, target),
        level=IssueLevel.BLOCKED,
    )
