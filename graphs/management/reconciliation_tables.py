"""Shows a reconciliation on a terminal, or gives it to programs."""

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from graphs.choices import ReconciliationState
from graphs.difference_lists import DifferenceList
from graphs.models import Reconciliation
from graphs.reporting import contents

_SHOWN = 20


def as_facts(made: Reconciliation) -> dict[str, Any]:
    """What programs get: the report, its hash, who signed it, the first differences."""
    is_ready = made.state == ReconciliationState.READY
    return {
        "id": str(made.pk),
        "run": str(made.run_id),
        "state": made.state,
        "is_equal": made.is_equal,
        "n_differences": made.n_differences,
        "sha256": made.sha256,
        "error_message": made.error_message,
        "signed_by": made.signed_name,
        "signed_at": made.signed_at.isoformat() if made.signed_at else None,
        "comment": made.comment,
        "report": made.report,
        "differences": DifferenceList(made)[:_SHOWN] if is_ready else [],
    }


def show_reconciliation(made: Reconciliation, console: Console) -> None:
    """Counts and sums of each node, then the first differences."""
    if made.state != ReconciliationState.READY:
        console.print(Text(made.error_message or f"{made}: {made.get_state_display()}."))
        return
    console.print(_table(contents.counts(made)))
    for one in made.report["sections"]:
        for lines in (contents.sums(one), contents.totals(one), contents.dates(one)):
            if lines:
                console.print(_table([[one["node"], *lines[0][1:]], *lines[1:]]))
    for one in DifferenceList(made)[:_SHOWN]:
        console.print(Text(_line(one)))
    console.print(Text(contents.verdict(made)))
    console.print(Text(f"SHA-256 {made.sha256}"))


def _line(one: dict[str, Any]) -> str:
    place = f"{one['node']}, {one['key']}" + (
        f" (row {one['sheet_row']})" if one["sheet_row"] else ""
    )
    what = contents.kind_shown(one["kind"]).lower()
    values = f": {one['field']} “{one['source']}”, in Odoo “{one['odoo']}”" if one["field"] else ""
    return f"{place}: {what}{values}. {one['reason']}".rstrip()


def _table(lines: list[list[str]]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for title in lines[0]:
        table.add_column(title)
    for line in lines[1:]:
        table.add_row(*map(Text, line))
    return table
