"""Shows on a terminal what a rollback, or an agreed plan, would do."""

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


def show_load_plan(found: dict[str, Any], console: Console) -> None:
    """``found``: as graphs.plans.describe_load_plan says, with ``agreement``."""
    used = [name for name, n in found["totals"].items() if n]
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), title=found["depth_label"])
    table.add_column("Node and model", no_wrap=True)
    for name in used:
        table.add_column(name.capitalize(), justify="right")
    for node in found["nodes"]:
        who = Text(node["node"]).append(f"\n{node['model']}", style="dim")
        table.add_row(who, *(str(node["verdicts"][name]) for name in used))
    table.add_row("Total", *(str(found["totals"][name]) for name in used))
    console.print(table)
    for text in _plan_lines(found):
        console.print(Text(text))


def _plan_lines(found: dict[str, Any]) -> list[str]:
    lines = [found["error_message"]] if found["error_message"] else []
    lines += [f"Not checked: {text}" for text in found["not_checked"]]
    lines += [
        f"Canary of {one['rows_a_node']} rows a node on “{one['connection']}”: "
        f"{one['state_label']}. {one['error_message']}".rstrip()
        for one in found["canaries"]
    ]
    agreement = found["agreement"]
    if agreement:
        lines.append(f"Agreed to by {agreement['agreed_by']} on {agreement['agreed_at'][:19]}.")
        lines += agreement["changed"]
    return lines


def show_rows(rows: list[dict[str, Any]], console: Console) -> None:
    """Planned rows, a line each."""
    for row in rows:
        changes = "; ".join(
            f"{one['field']}: {one['before'] or '∅'} → {one['after'] or '∅'}"
            if one["before"] is not None
            else f"{one['field']}: {one['after']}"
            for one in row["changes"]
        )
        told = " ".join(text for text in (changes, row["reason"]) if text)
        place = f"{row['node']} {row['sheet']} {row['row']} {row['key']}"
        console.print(Text(f"{place}: {row['verdict']}. {told}"))


def show_differences(found: list[dict[str, Any]], console: Console) -> None:
    """What has changed in an agreed plan, by node."""
    for node in found:
        console.print(Text(f"{node['node']}: {node['sentence']}"))
        for row in node["differences"]:
            what = row["detail"] or row["what"]
            place = f"{row['sheet']} {row['row']} {row['key']}"
            console.print(Text(f"  {place}: {row['was']} → {row['now']} ({what})"))
    if not found:
        console.print(Text("Nothing waits for an agreement."))
