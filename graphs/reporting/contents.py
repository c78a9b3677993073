"""What a report's workbook and PDF say, as plain tables of texts."""

from collections.abc import Mapping
from typing import Any

from graphs.models import Reconciliation

Table = list[list[str]]
_KINDS = {"missing": "Not in Odoo", "different": "Other value", "extra": "Only in Odoo"}


def kind_shown(kind: str) -> str:
    """What people call a kind of difference."""
    return _KINDS.get(kind, kind)


def heading(made: Reconciliation) -> str:
    return f"Reconciliation of {made.report['graph']} v{made.report['release']}"


def verdict(made: Reconciliation) -> str:
    """The outcome in one sentence."""
    if made.is_equal and made.n_differences:
        return f"Sheet and Odoo are equal; {made.n_differences} further records are listed."
    if made.is_equal:
        return "Sheet and Odoo are equal."
    return f"Sheet and Odoo differ: {made.n_differences} findings are listed."


def facts(made: Reconciliation) -> Table:
    """What was compared with what, and the hashes by which it can be known again."""
    said = made.report
    dataset, connection = said["dataset"], said["connection"]
    where = f"{connection['name']} ({connection['url']}, database {connection['database']})"
    return [
        ["Run", f"{said['run']}, attempt {said['attempt']}"],
        ["Dataset", f"{dataset['name']} (SHA-256 {dataset['sha256']})"],
        ["Release", f"v{said['release']} (SHA-256 {said['release_sha256']})"],
        ["Odoo", f"{where}, {connection['environment']}, version {connection['version']}"],
        ["Read", f"{said['began']} to {said['ended']}"],
        ["Differences", f"{made.n_differences} (SHA-256 {said['differences']['sha256']})"],
        ["SHA-256 of this report", made.sha256],
    ]


def signature(made: Reconciliation) -> Table:
    """Who signed, or that nobody did."""
    if not made.is_signed:
        return [["Signed", "Nobody has signed this report."]]
    assert made.signed_at is not None
    return [
        ["Signed by", f"{made.signed_name} ({made.signed_role})"],
        ["On", made.signed_at.isoformat(timespec="seconds")],
        ["Comment", made.comment or "-"],
        ["For the report with SHA-256", made.sha256],
    ]


COUNTS = ("rows", "left_out", "keys", "in_odoo", "missing", "extra", "different", "values")
_COUNTED = {
    "rows": "Rows",
    "left_out": "Left out",
    "keys": "Keys",
    "in_odoo": "In Odoo",
    "missing": "Missing",
    "extra": "Only in Odoo",
    "different": "Records that differ",
    "values": "Values that differ",
}


def counts(made: Reconciliation) -> Table:
    """A line for each node, the header first."""
    lines = [["Node", "Model", *(_COUNTED[one] for one in COUNTS), "Equal"]]
    for one in made.report["sections"]:
        numbers = [str(one["counts"][name]) for name in COUNTS]
        lines.append([one["node"], one["model"], *numbers, _yes(one["is_equal"])])
    return lines


def sums(section: Mapping[str, Any]) -> Table:
    """The amounts of a node; empty where it has none."""
    lines = [
        [
            f"{one['label']} ({one['field']})",
            " · ".join(part for part in (group["currency"], group["company"]) if part) or "-",
            *(group[name] for name in ("rows", "source", "rounded", "odoo", "difference")),
        ]
        for one in section["sums"]
        for group in one["groups"]
    ]
    head = ["Amount", "Currency, company", "Rows", "Sheet", "As Odoo rounds", "Odoo", "Difference"]
    return [head, *([str(cell) for cell in line] for line in lines)] if lines else []


def totals(section: Mapping[str, Any]) -> Table:
    """The mapping's own control totals."""
    lines = [
        [one["name"], one["field"], one["source"], one["odoo"], one["difference"]]
        for one in section["control_totals"]
    ]
    return [["Control total", "Field", "Sheet", "Odoo", "Difference"], *lines] if lines else []


def dates(section: Mapping[str, Any]) -> Table:
    """Earliest and latest of each date."""
    head = ["Date", "Sheet: first", "last", "Odoo: first", "last", "Equal"]
    lines = [
        [f"{one['label']} ({one['field']})", *one["source"], *one["odoo"], _yes(one["is_equal"])]
        for one in section["dates"]
    ]
    return [head, *lines] if lines else []


def keys(section: Mapping[str, Any]) -> Table:
    """The hash of the keys of both sides."""
    both = section["keys"]
    return [
        ["Hash of the keys, sheet", both["source"]],
        ["Hash of the keys, Odoo", both["odoo"]],
    ]


def notes(section: Mapping[str, Any]) -> list[str]:
    """How the numbers came about, and what was not compared."""
    left = [f"Not compared: {field}: {why}." for field, why in section["not_compared"].items()]
    return [*section["how"], *left]


def _yes(is_equal: bool) -> str:
    return "yes" if is_equal else "no"
