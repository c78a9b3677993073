"""Finds the values that fit nothing, each with its rows, set by set, in a DuckDB of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from importer.data.compiled import CompiledField
from importer.data.duck import name, open_duck, quote
from importer.data.gaps.bench import CODES, GapField, GapSelect, gap_select
from importer.data.gaps.candidates import Candidates, candidates_of
from importer.data.gaps.similar import Said, suggestions
from importer.data.macros import prelude
from importer.data.transforms.working import work
from importer.errors import Refused
from importer.odoo.protocols import ModelFacts

MOST_VALUES = 500
"""Values shown of one field, those with the most rows; all are counted."""
_COMPARED = 200
"""Of these, how many are compared with what they could have meant."""
_SHOWN_CHOICES = 1_000
_FIRST_ROWS = 5
Gaps = dict[str, Any]


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """Where the keys of an entity are: CSVs of key texts, and sheets with their key columns."""

    lists: tuple[str, ...] = ()
    sheets: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class GapQuestion:
    """``lookups``: name of the list -> its Parquet. ``known``: entity -> its keys. ``said``: value
    in small letters -> what value maps of the project make of it, with their names."""

    frozen: Mapping[str, Any]
    facts: ModelFacts
    sheet_path: Path
    empty_words: Sequence[str]
    lookups: Mapping[str, Path]
    known: Mapping[str, KnownKeys]
    said: Said
    seconds: float


def find_gaps(asked: GapQuestion, folder: Path) -> list[Gaps]:
    """``[{field, lang, kind, column, model, entity, values, rows, gaps, choices}]``, one for each
    field that can have values that fit nothing. ``gaps``: ``[{value, beside, rows, first_rows,
    code, suggestions: [{to, confidence, reason}]}]``, those with the most rows first; ``values``
    and ``rows`` count all. ``choices``: ``[{to, label}]``. Raises Refused for a mapping that does
    not fit the sheet."""
    sheets = [Path(path) for keys in asked.known.values() for path, _ in keys.sheets]
    lists = [Path(path) for keys in asked.known.values() for path in keys.lists]
    readable = [asked.sheet_path, *asked.lookups.values(), *sheets, *lists]
    with open_duck(folder / "gaps", readable=readable, seconds=asked.seconds) as duck:
        duck.execute(prelude(asked.empty_words))
        source = f"read_parquet({quote(str(asked.sheet_path.resolve()))})"
        duck.execute(f"CREATE TEMP VIEW source AS SELECT * FROM {source}")
        described = duck.execute("DESCRIBE source").fetchall()
        columns = [str(row[0]) for row in described if row[0] != "_row"]
        compiled = gap_select(asked.frozen, asked.facts, columns)
        _views(duck, compiled, asked)
        try:
            work(duck, compiled.worked, folder / "gaps")
            duck.execute(f"CREATE TEMP TABLE rows AS {compiled.sql}")
        except (
            duckdb.BinderException,
            duckdb.ConversionException,
            duckdb.InvalidInputException,
        ) as error:
            raise Refused(
                f"The mapping cannot be computed: {str(error).splitlines()[0]} Check it first."
            ) from error
        return [_of_field(duck, compiled, field, asked) for field in compiled.fields]


def _views(duck: duckdb.DuckDBPyConnection, compiled: GapSelect, asked: GapQuestion) -> None:
    for lookup, view in compiled.lookups.items():
        if lookup not in asked.lookups:
            raise Refused(
                f"There is no {lookup}, which the mapping reads. Check the mapping first."
            )
        table = f"read_parquet({quote(str(asked.lookups[lookup].resolve()))})"
        duck.execute(f"CREATE TEMP VIEW {view} AS SELECT * FROM {table}")
    for entity, keys in asked.known.items():
        duck.execute(f"CREATE TEMP TABLE {name(f'known_{entity}')} (key VARCHAR)")
        for path in keys.lists:
            duck.execute(
                f"INSERT INTO {name(f'known_{entity}')} SELECT key FROM read_csv({quote(path)}, "
                "header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
                "columns = {'key': 'VARCHAR'})"
            )
        for path, columns in keys.sheets:
            parts = ", ".join(f"key_part(coalesce({name(one)}, ''))" for one in columns)
            duck.execute(
                f"INSERT INTO {name(f'known_{entity}')} SELECT DISTINCT key_of([{parts}]) "
                f"FROM read_parquet({quote(path)})"
            )


def _of_field(
    duck: duckdb.DuckDBPyConnection, compiled: GapSelect, field: GapField, asked: GapQuestion
) -> Gaps:
    duck.execute(f"CREATE OR REPLACE TEMP TABLE gaps AS {_gaps_sql(compiled, field)}")
    found = duck.execute(
        f"SELECT value, beside, count(DISTINCT sheet_row), min(code), "
        f"list(DISTINCT sheet_row ORDER BY sheet_row)[:{_FIRST_ROWS}] FROM gaps "
        f"GROUP BY folded, value, beside ORDER BY 3 DESC, 1, 2 LIMIT {MOST_VALUES}"
    ).fetchall()
    totals = duck.execute(
        "SELECT count(DISTINCT (folded, beside)), count(DISTINCT sheet_row) FROM gaps"
    )
    n_values, n_rows = totals.fetchone() or (0, 0)
    candidates = candidates_of(duck, field, compiled.lookups, asked) if found else Candidates()
    return {
        **_described(field),
        "values": n_values,
        "rows": n_rows,
        "gaps": [
            _gap(row, candidates, asked.said, compare=n < _COMPARED) for n, row in enumerate(found)
        ],
        "choices": [
            {"to": one.to, "label": one.label} for one in candidates.listed[:_SHOWN_CHOICES]
        ],
    }


def _described(field: GapField) -> Gaps:
    one: CompiledField | None = field.one
    spec = field.spec
    return {
        "field": field.target,
        "lang": field.lang,
        "kind": field.kind,
        "label": one.facts.label if one else "",
        "input": field.own,
        "column": ", ".join(field.inputs[field.own].columns),
        "model": (spec.model if spec else "") or (one.facts.relation if one else "res.company"),
        "entity": spec.entity if spec else "",
    }


def _gap(row: Sequence[Any], candidates: Candidates, said: Said, *, compare: bool) -> Gaps:
    value, beside, rows, code, first = row
    return {
        "value": value,
        "beside": beside or [],
        "rows": rows,
        "first_rows": first,
        "code": code,
        "suggestions": [
            {"to": one.to, "confidence": one.confidence, "reason": one.reason}
            for one in (
                suggestions(value, tuple(beside or ()), candidates, said) if compare else ()
            )
        ],
    }


def _gaps_sql(compiled: GapSelect, field: GapField) -> str:
    """SELECT of (sheet_row, value, folded, beside, code): one row per row and value."""
    kept = "skip IS NULL" if compiled.has_skips else "TRUE"
    fold = "fold" if field.ignores_case else "key_part"
    raws = name(f"raws:{field.n}")
    if field.is_list and field.kind == "reference":
        known = name(f"known_{field.spec.entity}") if field.spec else ""
        inner = (
            f"SELECT sheet_row, one.raw AS value, CAST(NULL AS VARCHAR[]) AS beside, "
            f"'reference_missing' AS code FROM (SELECT sheet_row, unnest({raws}) AS one FROM rows "
            f"WHERE {kept}) WHERE one.key NOT IN (SELECT key FROM {known})"
        )
    elif field.is_list:
        inner = (
            f"SELECT sheet_row, unnest({raws}) AS value, CAST(NULL AS VARCHAR[]) AS beside, "
            f"'not_found' AS code FROM rows WHERE {kept}"
        )
    else:
        inner = _single(field, kept)
    # The way in which most rows write it stands for all that differ in case only.
    return (
        f"SELECT sheet_row, mode(value) OVER (PARTITION BY {fold}(value)) AS value, "
        f"{fold}(value) AS folded, beside, code FROM ({inner}) WHERE value IS NOT NULL"
    )


def _single(field: GapField, kept: str) -> str:
    own = name(f"raw:{field.n}:{field.own}")
    others = [name(f"raw:{field.n}:{n}") for n in range(len(field.inputs)) if n != field.own]
    beside = f"[{', '.join(others)}]" if others else "CAST(NULL AS VARCHAR[])"
    if field.kind == "reference":
        cell = name(field.one.cell) if field.one else ""
        known = name(f"known_{field.spec.entity}") if field.spec else ""
        return (
            f"SELECT sheet_row, {own} AS value, {beside} AS beside, 'reference_missing' AS code "
            f"FROM rows WHERE {kept} AND {cell} IS NOT NULL "
            f"AND {cell} NOT IN (SELECT key FROM {known})"
        )
    code = name(f"code:{field.n}")
    codes = ", ".join(quote(one) for one in CODES)
    return (
        f"SELECT sheet_row, {own} AS value, {beside} AS beside, {code} AS code "
        f"FROM rows WHERE {kept} AND {code} IN ({codes})"
    )
