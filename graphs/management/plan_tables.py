"""Shows on a terminal what a rollback would do."""

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

_COLUMNS = {
    "removable": "Goes",
    "restorable": "Back",
    "edited": "Edited",
    "used": "Used",
    "needs_step": "Step",
    "kept_otherwise": "Stays",
    "nothing_to_do": "Nothing",
}


def show_plan(found: dict[str, Any], console: Console) -> None:
    """``found``: as graphs.rollback_plans.describe_plan says."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("Node and model", no_wrap=True)
    for label in _COLUMNS.values():
        table.add_column(label, justify="right")
    for node in found["nodes"]:
        who = Text(node["node"]).append(f"\n{node['model']}", style="dim")
        table.add_row(who, *(str(node[name]) for name in _COLUMNS))
    console.print(table)
    for line in _lines(found):
        console.print(Text(line))


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [found["error_message"]] if found["error_message"] else []
    for node in found["nodes"]:
        name = node["node"]
        lines += [
            f"{name}: {one['records']} edited or added to by {one['who']}, "
            f"last on {one['last']} UTC."
            for one in node["edited_by"]
        ]
        lines += [
            f"{name}: {one['records']} used by {one['uses']} of {one['model']} {one['field']}."
            for one in node["used_by"]
        ]
        lines += [f"{name}: {one['records']} stay: {one['step']}." for one in node["steps"]]
    lines += [f"A later run touched its records: {one}." for one in found["later_runs"]]
    lines += [f"Not looked at: {one}." for one in found["not_looked_at"]]
    return [*lines, "Nothing was sent."]
