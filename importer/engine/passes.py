"""Which rows the next pass of a load is about: all, those to look at again, or those of a retry."""

from pathlib import Path

from importer.choices import BatchState, IssueLevel
from importer.data.duck import open_duck, quote
from importer.data.storage import local_path
from importer.models import Batch, Issue, Load, Plan

AGAIN = "again"
"""Key in ``Batch.refs``: sheet rows whose record was found or gone, to be planned once more."""


def rows_of_next_pass(load: Load, folder: Path) -> Path | None:
    """A CSV of sheet rows, or None for the first pass, which is about all of them."""
    plan = load.plans.order_by("-pass_number").first()
    if plan is None:
        return None
    if load.verification.get("retry"):
        rows = _bad_rows(load) | _unsent_rows(plan, folder) | set(rows_again(plan))
    else:
        rows = set(rows_again(plan))
    path = folder / "again.csv"
    path.write_text("".join(f"{row}\n" for row in sorted(rows)), encoding="utf-8")
    return path


def rows_again(plan: Plan) -> list[int]:
    """Sheet rows that the batches of a pass put aside for the next one."""
    noted = Batch.objects.filter(plan=plan, refs__has_key=AGAIN).values_list("refs", flat=True)
    return [row for refs in noted for row in refs[AGAIN]]


def _bad_rows(load: Load) -> set[int]:
    """Rows of the load's own sheet; a document's bad line is also an issue of the document."""
    levels = (IssueLevel.ERROR, IssueLevel.BLOCKED)
    bad = Issue.objects.filter(load=load, level__in=levels, position__gte=0)
    if load.sheet:
        bad = bad.filter(sheet=load.sheet.name)
    return set(bad.values_list("row", flat=True))


def _unsent_rows(plan: Plan, folder: Path) -> set[int]:
    """Rows of the last pass whose batches never got their answer. Those of passes before it are
    in it already."""
    states = (BatchState.CANCELLED, BatchState.READY, BatchState.WAITING)
    batches = list(plan.batches.filter(state__in=states))
    if not batches:
        return set()
    path = local_path(plan.stored_as)
    rows: set[int] = set()
    with open_duck(folder, readable=[path]) as duck:
        for batch in batches:
            found = duck.execute(
                f"SELECT plan_row, sheet_row FROM read_parquet({quote(str(path))}) "
                "WHERE plan_row BETWEEN ? AND ?",
                [batch.first_pos, batch.first_pos + batch.n_rows - 1],
            ).fetchall()
            ejected = set(batch.ejected)
            rows |= {row for n, row in found if n not in ejected}
    return rows
