"""Rows that a value map leaves out: which they are, and the one sentence that stays of each."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from importer.data.compiled import SkippingInput
from importer.data.compiling import Bench, fold
from importer.data.duck import name, quote
from importer.data.gathering import Part, add_issues
from importer.data.specs import Input, read_inputs
from importer.data.value_actions import SKIP
from importer.data.wording import where

CODE = "value_skipped"


def add_skips(bench: Bench, frozen: Mapping[str, Any]) -> tuple[SkippingInput, ...]:
    """Give ``skip``, the number of the first input whose value leaves the row out, or NULL, and
    ``value:skip``, that value; nothing where the mapping has no such input."""
    raws: Sequence[Mapping[str, Any]] = frozen.get("skips") or ()
    if not raws:
        return ()
    found = []
    whens, values = "", ""
    for n, raw in enumerate(raws):
        (one,) = read_inputs([raw])
        condition, value = _watch(bench, n, one, str(raw.get("separator") or ""))
        whens += f" WHEN {condition} THEN {n}"
        values += f" WHEN {condition} THEN {value}"
        used = str((raw.get("value_map") or {}).get("name") or "")
        found.append(SkippingInput(str(raw["target"]), one.columns, used))
    bench.give(f"CASE{whens} END", "skip")
    bench.give(f"CASE{values} END", "value:skip")
    return tuple(found)


def _watch(bench: Bench, n: int, one: Input, separator: str) -> tuple[str, str]:
    """SQL of whether the row is left out, and of the value that does it."""
    if one.values is None:
        raise ValueError("an input without a value map leaves nothing out")
    raw, _broken = bench.raw(f"skip_{n}", one)
    part = f"strip(unnest(string_split({raw}, {quote(separator)})))" if separator else raw
    table = bench.pairs(one.values)
    stage = bench.listed(
        f"skip_{n}",
        f"SELECT _row, min(part) AS part FROM (SELECT _row, {part} AS part FROM picked) "
        f"JOIN {table} ON source = {fold('part', one.values.ignore_case)} "
        f"WHERE action = {quote(SKIP)} GROUP BY _row",
    )
    bench.join(stage, f"k_{n}", f"k_{n}._row = mapped._row")
    return f"k_{n}.part IS NOT NULL", f"k_{n}.part"


def set_aside(duck: duckdb.DuckDBPyConnection, part: Part) -> None:
    """Make ``skipped`` (sheet_row, reason). What else is wrong with such a row, or with the lines
    of such a document, is nobody's problem and is not told."""
    duck.execute("CREATE TEMP TABLE skipped (sheet_row BIGINT, reason VARCHAR)")
    if not part.compiled.skips:
        return
    duck.execute(
        f"INSERT INTO skipped SELECT sheet_row, {_reason(part)} FROM {part.table} "
        "WHERE skip IS NOT NULL"
    )
    duck.execute(
        f"DELETE FROM issues WHERE (part = {quote(part.table)} AND sheet_row IN "
        "(SELECT sheet_row FROM skipped)) OR (part, sheet_row) IN (SELECT (o.part, o.sheet_row) "
        "FROM owners AS o JOIN skipped AS s ON s.sheet_row = o.owner)"
    )
    columns = _by_input(part, lambda one: ", ".join(one.columns)[:300])
    targets = _by_input(part, lambda one: one.target)
    add_issues(
        duck,
        part,
        f"""SELECT r.sheet_row, key, {columns} AS "column", {name("value:skip")} AS value,
        {targets} AS field, {quote(CODE)} AS code, reason AS message,
        concat_ws('|', {quote(CODE)}, {targets}, shown({name("value:skip")})) AS group_key
        FROM {part.table} AS r JOIN skipped USING (sheet_row)""",
        level="warning",
    )


def _reason(part: Part) -> str:
    begin = _by_input(part, lambda one: where(one.columns, one.target))
    end = _by_input(
        part,
        lambda one: (
            f"” is left out by the value map “{one.value_map}”, and the row with it."
            if one.value_map
            else "” is left out by the field's value map, and the row with it."
        ),
    )
    return f"{begin} || '“' || shown({name('value:skip')}) || {end}"


def _by_input(part: Part, text: Any) -> str:
    whens = " ".join(
        f"WHEN {n} THEN {quote(text(one))}" for n, one in enumerate(part.compiled.skips)
    )
    return f"CASE skip {whens} END"
