"""Small sheets and field tables for the mapping tests, and one call that prepares them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from importer.data.lookups import LookupRow, LookupTable, wanted_lookups, write_lookup
from importer.data.prepared import Prepared
from importer.data.preparing import prepare
from importer.odoo.protocols import FieldFacts, ModelFacts

Row = Sequence[str | None]


def fact(name: str, type_: str = "char", **more: Any) -> FieldFacts:
    base = FieldFacts(
        name=name, label=name.title(), type=type_, required=False, readonly=False, store=True
    )
    return replace(base, **more)


def facts(model: str, *fields: FieldFacts, defaults: dict[str, Any] | None = None) -> ModelFacts:
    return ModelFacts(model, {one.name: one for one in fields}, defaults or {})


def write_sheet(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> Path:
    """A sheet as the reader leaves it: ``_row`` from 2 on, then texts."""
    names = ", ".join(f'"{column}" VARCHAR' for column in columns)
    marks = ", ".join("?" for _ in range(len(columns) + 1))
    with duckdb.connect() as duck:
        duck.execute(f"CREATE TABLE sheet (_row BIGINT, {names})")
        duck.executemany(
            f"INSERT INTO sheet VALUES ({marks})", [[n + 2, *row] for n, row in enumerate(rows)]
        )
        duck.execute(f"COPY (SELECT * FROM sheet ORDER BY _row) TO '{path}' (FORMAT parquet)")
    return path


def column(target: str, source: str, **more: Any) -> dict[str, Any]:
    return {"target": target, "source": "column", "spec": {"column": source}, **more}


def expression(target: str, sql: str, **more: Any) -> dict[str, Any]:
    return {"target": target, "source": "expression", "spec": {"sql": sql}, **more}


def mapping(
    entity: str, model: str, key: Sequence[str], fields: Sequence[dict[str, Any]], **more: Any
) -> dict[str, Any]:
    return {
        "id": "m1",
        "name": entity,
        "entity": {"id": "e1", "name": entity, "odoo_model": model, "key_columns": list(key)},
        "sheet_name": "",
        "row_filter": "",
        "on_existing": "upsert",
        "empty_cells": "keep",
        "context": {},
        "control_totals": [],
        "fields": list(fields),
        "nested": [],
    } | more


def run(
    tmp_path: Path,
    frozen: Mapping[str, Any],
    model: ModelFacts,
    sheet: Path,
    *,
    found: Mapping[str, Sequence[LookupRow]] | None = None,
    **more: Any,
) -> Prepared:
    """Prepare; ``found``: model -> the rows its list holds."""
    return prepare(
        frozen,
        facts=model,
        sheet_path=sheet,
        sheet="Sheet 1",
        empty_words=["NULL"],
        lookups=lists(tmp_path, frozen, found or {}),
        out_dir=tmp_path / "out",
        **more,
    )


def lists(
    folder: Path, frozen: Mapping[str, Any], found: Mapping[str, Sequence[LookupRow]]
) -> dict[str, LookupTable]:
    return {
        name: write_lookup(
            folder / f"list_{n}.parquet", model=spec.model, by=spec.by, rows=found[spec.model]
        )
        for n, (name, spec) in enumerate(wanted_lookups(frozen).items())
    }


def rows_of(prepared: Prepared) -> list[dict[str, Any]]:
    return _read(prepared.path)


def issues_of(prepared: Prepared) -> list[dict[str, Any]]:
    return _read(prepared.issues_path)


def cells_of(prepared: Prepared, target: str) -> list[str | None]:
    return [row[f"cell:{target}"] for row in rows_of(prepared)]


def codes_of(prepared: Prepared) -> list[tuple[int, str]]:
    return [(issue["sheet_row"], issue["code"]) for issue in issues_of(prepared)]


def lines_of(row: Mapping[str, Any]) -> dict[str, Any]:
    lines: dict[str, Any] = json.loads(row["lines"])
    return lines


def _read(path: Path) -> list[dict[str, Any]]:
    with duckdb.connect() as duck:
        answer = duck.execute(f"SELECT * FROM read_parquet('{path}')")
        names = [part[0] for part in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
