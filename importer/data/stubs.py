"""Stubs: records of an entity that rows of another mapping refer to and that no sheet and no key
map has. The mapping of the load that makes them, and the sheet of their keys. Knows no Django.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from importer.data.duck import name, open_duck, quote
from importer.data.keys import key_text
from importer.data.languages import base_language
from importer.data.specs import read_field
from importer.data.value_actions import created_values
from importer.data.wording import where

Frozen = dict[str, Any]

DEFAULT_FIELDS = ("name",)
_ROWS = 1 << 16
"""Keys that one row may ask for; while they are prepared each has a row number of its own."""


@dataclass(frozen=True, slots=True)
class Asking:
    """``prepared``: the rows that ask, of ``fields``; only those under ``keys``, where given. Of a
    field that is in ``only``, just those keys, in small letters, are asked for. ``loaded``: the
    prepared rows of the entity itself, whose keys are no stubs; ``known``: a CSV of
    the keys of askers that are there, of which ``only_known`` or only the others are sent."""

    prepared: Path
    fields: tuple[tuple[str, bool], ...]
    key_columns: tuple[str, ...]
    keys: Sequence[str] | None = None
    loaded: Path | None = None
    known: Path | None = None
    only_known: bool = False
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)


def is_stub(frozen: Mapping[str, Any]) -> bool:
    """Whether the load makes stubs."""
    return "stub" in frozen


def feeder_of(frozen: Frozen) -> Frozen:
    """The mapping whose sheet feeds a load: of stubs the one whose rows ask for them."""
    return frozen["stub"]["of"] if is_stub(frozen) else frozen


def stub_mapping(
    asker: Frozen, targets: Sequence[str], entity: Mapping[str, Any], beside: Frozen | None
) -> Frozen:
    """The mapping that makes records of ``entity`` from keys that ``targets`` of ``asker`` hold.
    ``beside``: the mapping by which the same graph loads the entity, if it does; its company and
    language are theirs, else those of the mapping that asks."""
    fields = stub_fields(asker, targets, entity["key_columns"])
    filled = {field["target"] for field in fields}
    rules = beside["match_rules"] if beside else []
    company = (beside or asker).get("company")
    return {
        "name": f"Stubs of {entity['name']} for {asker['name']}",
        "entity": dict(entity),
        "sheet_name": asker["sheet_name"],
        "row_filter": "",
        "on_existing": "create_only",
        "empty_cells": "keep",
        "match_rules": [one for one in rules if one.get("fields") and set(one["fields"]) <= filled],
        "context": dict(beside["context"]) if beside else {"lang": base_language(asker)},
        "control_totals": [],
        "fields": fields,
        "nested": [],
        "stub": {"of": asker, "fields": list(targets), "beside": beside is not None},
        **({"company": company} if company else {}),
    }


def stub_fields(asker: Frozen, targets: Sequence[str], key_columns: Sequence[str]) -> list[Frozen]:
    """What a stub is given: the key as text, or what the referring field says."""
    said = next((one for one in said_fields(asker, targets) if one), list(DEFAULT_FIELDS))
    return [_field(raw, key_columns) for raw in said]


def said_fields(asker: Frozen, targets: Sequence[str]) -> list[list[Any]]:
    """The ``stub`` of each referring field, as it stands in the mapping."""
    fields = [field for field in asker["fields"] if field["target"] in targets]
    return [list(field["spec"].get("stub") or ()) for field in fields]


def _field(raw: Any, key_columns: Sequence[str]) -> Frozen:
    plain = {"default": "", "value_map": None, "on_missing": "error"}
    if not isinstance(raw, str):
        return {**plain, **raw}
    if len(key_columns) == 1:
        return {**plain, "target": raw, "source": "column", "spec": {"column": key_columns[0]}}
    parts = ", ".join(name(column) for column in key_columns)
    return {
        **plain,
        "target": raw,
        "source": "expression",
        "spec": {"sql": f"concat_ws(', ', {parts})"},
    }


def asking_place(frozen: Frozen) -> str:
    """How a sentence about a cell that asks for a stub begins."""
    return where(asking_columns(frozen), ", ".join(frozen["stub"]["fields"]))


def asking_columns(frozen: Frozen) -> tuple[str, ...]:
    """The sheet's columns behind the fields that ask."""
    fields = frozen["stub"]["of"]["fields"]
    asking = (read_field(raw) for raw in fields if raw["target"] in frozen["stub"]["fields"])
    return tuple(dict.fromkeys(column for spec in asking for column in spec.columns))


def write_asked(asking: Asking, path: Path, work: Path) -> Path:
    """The sheet of the keys that are asked for and loaded nowhere: a row for each, under the first
    row that asks. Rows that cannot be sent ask for nothing."""
    readable = [one for one in (asking.prepared, asking.loaded, asking.known) if one]
    with open_duck(work, readable=readable, writable=[path.parent]) as duck:
        duck.execute(f"CREATE TEMP TABLE asked AS {_asked(asking)}")
        if asking.loaded:
            loaded = quote(str(asking.loaded))
            duck.execute(
                "DELETE FROM asked WHERE target IN "
                f"(SELECT key FROM read_parquet({loaded}) WHERE key IS NOT NULL)"
            )
        _write(duck, asking.key_columns, path)
    return path


def write_asked_again(prepared: Path, key_columns: Sequence[str], path: Path, work: Path) -> Path:
    """The same sheet from the rows that were prepared of it."""
    with open_duck(work, readable=[prepared], writable=[path.parent]) as duck:
        source = f"read_parquet({quote(str(prepared))})"
        duck.execute(f"CREATE TEMP TABLE asked AS SELECT sheet_row, key AS target FROM {source}")
        _write(duck, key_columns, path)
    return path


def as_askers_rows(prepared: Path, issues: Path, work: Path) -> None:
    """Put the numbers of the rows that ask in the place of the sheet's own."""
    for path in (prepared, issues):
        new = path.with_suffix(".asked")
        with open_duck(work, readable=[path], writable=[path.parent]) as duck:
            duck.execute(
                f"COPY (SELECT * REPLACE (sheet_row // {_ROWS} AS sheet_row) "
                f"FROM read_parquet({quote(str(path))}) ORDER BY position, sheet_row) "
                f"TO {quote(str(new))} (FORMAT parquet, COMPRESSION zstd)"
            )
        new.replace(path)


def _asked(asking: Asking) -> str:
    source = f"read_parquet({quote(str(asking.prepared))})"
    chosen = ["NOT failed"]
    if asking.keys is not None:
        chosen.append(f"key IN ({', '.join(quote(key) for key in asking.keys)})")
    if asking.known:
        csv = (
            f"SELECT key FROM read_csv({quote(str(asking.known))}, header = false, auto_detect = "
            "false, delim = ',', quote = '\"', escape = '\"', columns = {'key': 'VARCHAR'})"
        )
        chosen.append(f"key {'' if asking.only_known else 'NOT '}IN ({csv})")
    selects = (
        f"SELECT sheet_row, {_target(target, is_list)} AS target FROM {source} "
        f"WHERE {' AND '.join(chosen)} AND {name(f'cell:{target}')} IS NOT NULL"
        for target, is_list in asking.fields
    )
    return " UNION ".join(
        f"SELECT * FROM ({select}) WHERE {_wanted(asking.only.get(target))}"
        for select, (target, _) in zip(selects, asking.fields, strict=True)
    )


def _wanted(only: Sequence[str] | None) -> str:
    return "TRUE" if only is None else f"lower(target) IN ({', '.join(map(quote, only))})"


def only_created(frozen: Frozen, targets: Sequence[str]) -> dict[str, list[str]]:
    """Field -> the keys, in small letters, of which stubs are made; fields that make them of all
    that is missing are not in it."""
    return {
        str(raw["target"]): [key_text([value]).lower() for value in created_values(raw)]
        for raw in frozen["fields"]
        if raw["target"] in targets and raw.get("on_missing") != "stub"
    }


def _target(target: str, is_list: bool) -> str:
    cell = name(f"cell:{target}")
    return f"CAST(unnest(from_json({cell}, '[\"JSON\"]')) AS VARCHAR)" if is_list else cell


def _write(duck: duckdb.DuckDBPyConnection, key_columns: Iterable[str], path: Path) -> None:
    parts = ", ".join(
        f"parts[{n}] AS {name(column)}" for n, column in enumerate(key_columns, start=1)
    )
    duck.execute(
        f"COPY (SELECT row * {_ROWS} + row_number() OVER (PARTITION BY row ORDER BY target) - 1 "
        f"AS _row, {parts} FROM (SELECT target, min(sheet_row) AS row, "
        "from_json(target, '[\"VARCHAR\"]') AS parts FROM asked GROUP BY target) ORDER BY _row) "
        f"TO {quote(str(path))} (FORMAT parquet)"
    )
