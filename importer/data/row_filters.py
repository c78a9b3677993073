"""The row filter on the bench: which rows count, and where that cannot be computed. Pure."""

from importer.data.compiling import Bench
from importer.data.duck import quote
from importer.data.expressions import parse_expression


def add_filter(bench: Bench, row_filter: str) -> None:
    """Give ``code:row``: NULL, ``filter`` or ``key``. Needs ``key_gap`` to be picked."""
    if not row_filter.strip():
        bench.give(f"CASE WHEN key_gap THEN {quote('key')} END", "code:row")
        return
    expression = parse_expression(row_filter)
    bench.use(expression.columns)
    holds = f"TRY((\n{expression.sql}\n) IS TRUE)"
    bench.pick(f"{holds} IS NULL", "filter_broken")
    bench.where(f"coalesce({holds}, TRUE)")
    bench.give(
        f"CASE WHEN filter_broken THEN {quote('filter')} WHEN key_gap THEN {quote('key')} END",
        "code:row",
    )
