"""Compiles a frozen mapping into ONE SELECT: sheet, then picked values, then mapped values, then
cells. Pure: it reads no file and opens no database.

Row in, row out: every join is on a unique key, so that no row is ever doubled or lost.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from importer.data.compiled import Compiled, CompiledField
from importer.data.compiling import Bench
from importer.data.duck import name
from importer.data.expressions import parse_expression
from importer.data.fields import add_field
from importer.data.model_rules import is_required, is_unique
from importer.data.row_companies import add_company
from importer.data.row_filters import add_filter
from importer.data.skipping import add_skips
from importer.data.specs import FieldSpec, read_field, read_inputs
from importer.errors import Refused
from importer.odoo.protocols import FieldFacts, ModelFacts


def compile_mapping(
    frozen: Mapping[str, Any],
    facts: ModelFacts,
    *,
    columns: Sequence[str],
    is_nested: bool = False,
    one_row_per_key: bool = False,
) -> Compiled:
    """The SELECT for a sheet with these ``columns``.

    Its columns: ``sheet_row``, ``key``, ``code:row`` (NULL, ``filter`` or ``key``), per field
    ``cell:<target>``, ``code:<n>`` and ``value:<n>``, per control total ``total:<n>``; a nested
    mapping also has ``parent_key``, one whose rows name companies those of RowCompany, one whose
    value maps leave rows out ``skip`` and ``value:skip``.
    ``one_row_per_key``: later rows of a key are its lines, not rows of their own. Raises Refused
    for what ``check_mapping`` would have named.
    """
    bench = Bench(columns)
    key_columns = tuple(frozen["entity"]["key_columns"])
    key = _add_key(bench, key_columns)
    if is_nested:
        _add_parent(bench, frozen["parent_inputs"])
    fields = tuple(
        _compiled_field(n, read_field(raw), facts, frozen) for n, raw in enumerate(frozen["fields"])
    )
    for one in fields:
        add_field(bench, one)
    totals = tuple(total["name"] for total in frozen.get("control_totals") or ())
    for n, total in enumerate(frozen.get("control_totals") or ()):
        _add_total(bench, n, total)
    add_filter(bench, str(frozen.get("row_filter") or ""))
    company = add_company(bench, frozen)
    skips = () if is_nested else add_skips(bench, frozen)
    only_first = key if one_row_per_key else ""
    return Compiled(
        select=bench.select(only_first),
        fields=fields,
        key_columns=key_columns,
        lookups=dict(bench.lookups),
        totals=totals,
        has_parent=is_nested,
        company=company,
        skips=skips,
        worked=bench.worked(only_first),
    )


def _compiled_field(
    n: int, spec: FieldSpec, facts: ModelFacts, frozen: Mapping[str, Any]
) -> CompiledField:
    known: FieldFacts | None = facts.fields.get(spec.target)
    if known is None:
        raise Refused(
            f"{facts.model} has no field “{spec.target}” on this connection. Choose another "
            "field, or refresh the connection's schema."
        )
    is_needed = not spec.lang and is_required(facts, spec.target, frozen)
    is_alone = not spec.lang and is_unique(facts, spec.target, frozen)
    return CompiledField(n, spec, known, is_needed, is_alone)


def _add_key(bench: Bench, key_columns: Sequence[str]) -> str:
    bench.use(key_columns)
    parts = ", ".join(f"key_part(coalesce({name(column)}, ''))" for column in key_columns)
    gaps = " OR ".join(f"{name(column)} IS NULL" for column in key_columns)
    key = f"key_of([{parts}])"
    bench.pick(key, "key")
    bench.pick(f"({gaps})", "key_gap")
    return key


def _add_parent(bench: Bench, raw_inputs: Sequence[Mapping[str, Any]]) -> None:
    values = [
        bench.value(f"p{n}", one, default="")[0] for n, one in enumerate(read_inputs(raw_inputs))
    ]
    whole = " AND ".join(f"{value} IS NOT NULL" for value in values)
    parts = ", ".join(f"key_part({value})" for value in values)
    bench.give(f"CASE WHEN {whole} THEN key_of([{parts}]) END", "parent_key")


def _add_total(bench: Bench, n: int, total: Mapping[str, Any]) -> None:
    expression = parse_expression(str(total["sql"]))
    bench.use(expression.columns)
    amount = f"CAST((\n{expression.sql}\n) AS DECIMAL(38, 10))"
    if total.get("digits") is not None:
        amount = f"round({amount}, {int(total['digits'])})"
    tried = bench.pick(f"TRY([{amount}])", f"t_{n}")
    bench.give(f"{tried}[1]", f"total:{n}")
    bench.give(f"{tried} IS NULL", f"total_code:{n}")
