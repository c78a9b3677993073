"""Records of an update batch that Odoo keeps from the company it works in: their rows are told so,
each by itself, and the others go. Only reads.
"""

from collections.abc import Sequence

from importer.choices import IssueLevel
from importer.engine.contexts import read_context
from importer.engine.desk import Desk
from importer.engine.images import Image, read_images, record_id
from importer.engine.issues import RowProblem
from importer.engine.plan_rules import PlanRow
from importer.models import Batch
from importer.odoo.errors import AccessRefused

CODE = "not_in_company"
_EVERYWHERE = {"active_test": False}


def images_seen(
    desk: Desk, batch: Batch, rows: Sequence[PlanRow]
) -> tuple[dict[int, Image], list[tuple[PlanRow, RowProblem]]]:
    """The rows' records as they are, and the rows whose records another company has. Raises
    AccessRefused where the login is refused for another reason."""
    ids = [record_id(row) for row in rows]
    try:
        return read_images(desk, batch, ids), []
    except AccessRefused as error:
        hidden, said = _hidden(desk, batch, ids), str(error)
        if not hidden:
            raise
    seen = [one for one in ids if one not in hidden]
    problems = [(row, _problem(row, said)) for row in rows if record_id(row) in hidden]
    return read_images(desk, batch, seen), problems


def _hidden(desk: Desk, batch: Batch, ids: Sequence[int]) -> set[int]:
    """Those that all companies of the login see and this one does not."""
    domain, model = [["id", "in", list(ids)]], desk.load.odoo_model
    everywhere = desk.client.search(model, domain, context=_EVERYWHERE)
    here = desk.client.search(model, domain, context=read_context(desk.load.mapping, batch.context))
    return set(everywhere) - set(here)


def _problem(row: PlanRow, said: str) -> RowProblem:
    return RowProblem(
        position=row.position,
        row=row.sheet_row,
        key=row.key,
        code=CODE,
        message=(
            "This record belongs to a company that the row does not name, so it was not sent. "
            f"Correct the row's company, or that of the record in Odoo. Odoo says: "
            f"{' '.join(said.split())}"
        ),
        level=IssueLevel.BLOCKED,
    )
