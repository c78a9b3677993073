"""Measures preparing, then planning what was prepared as if nothing of it were in Odoo: rows,
fields, seconds and the most memory this process ever held.

python -m benchmarks.prepare --rows 100000
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from importer.data.duck import THREADS, open_duck
from importer.data.lookups import LookupRow, wanted_lookups, write_lookup
from importer.data.preparing import prepare
from importer.engine.fields import plan_fields
from importer.engine.plan_rules import PlanRules
from importer.engine.planning import plan_rows
from importer.odoo.protocols import FieldFacts, ModelFacts

_TYPES = {
    "name": "char",
    "ref": "char",
    "street": "char",
    "city": "char",
    "zip": "char",
    "comment": "text",
    "credit_limit": "float",
    "color": "integer",
    "is_company": "boolean",
    "date": "date",
    "country_id": "many2one",
    "parent_id": "many2one",
}
_COUNTRIES = ("Germany", "France", "United Kingdom", "Spain", "Norway")


def facts() -> ModelFacts:
    """Twelve fields of a partner."""
    fields = {
        name: FieldFacts(
            name=name, label=name, type=kind, required=False, readonly=False, store=True,
            relation="res.country" if name == "country_id" else "",
        )
        for name, kind in _TYPES.items()
    }  # fmt: skip
    return ModelFacts("res.partner", fields, {})


def mapping() -> dict[str, Any]:
    """Nine columns, an expression, a lookup through a value map, and a reference to itself."""
    plain = ("name", "ref", "street", "city", "zip", "credit_limit", "color", "is_company", "date")
    fields: list[dict[str, Any]] = [
        {"target": name, "source": "column", "spec": {"column": name}} for name in plain
    ]
    uk = {"entries": {"UK": "United Kingdom"}, "ignore_case": True}
    fields += [
        {"target": "comment", "source": "expression", "spec": {"sql": "'Class ' || upper(zip)"}},
        {
            "target": "country_id",
            "source": "lookup",
            "spec": {
                "model": "res.country",
                "by": ["name"],
                "inputs": [{"column": "country", "value_map": uk}],
            },
        },
        {
            "target": "parent_id",
            "source": "reference",
            "spec": {"entity": "partner", "inputs": [{"column": "boss"}]},
        },
    ]
    entity = {"name": "partner", "odoo_model": "res.partner", "key_columns": ["ref"]}
    return {"entity": entity, "fields": fields}


def write_sheet(path: Path, rows: int) -> None:
    """Every tenth row is a boss; one row in a thousand has a bad number."""
    with duckdb.connect(config={"threads": 1, "memory_limit": "60MB"}) as duck:
        duck.execute(
            f"""COPY (SELECT i + 2 AS _row, 'Company ' || i AS name, 'K' || i AS ref,
            'Street ' || i AS street, 'City ' || i % 500 AS city, CAST(10000 + i % 89999 AS VARCHAR)
            AS zip, CASE WHEN i % 1000 = 7 THEN '1,5' ELSE (i % 900) || '.50' END AS credit_limit,
            CAST(i % 12 AS VARCHAR) AS color, 'yes' AS is_company, '1996-07-04 00:00:00.000'
            AS date,
            CASE WHEN i % 7 = 0 THEN 'UK' ELSE 'Germany' END AS country,
            CASE WHEN i % 10 > 0 THEN 'K' || (i - i % 10) END AS boss
            FROM range({rows}) AS r(i)) TO '{path}' (FORMAT parquet)"""
        )


def plan(prepared: Path, folder: Path) -> float:
    """Seconds in which the prepared rows are planned."""
    started = time.perf_counter()
    out, keymap = folder / "plan", folder / "keymap.csv"
    keymap.touch()
    out.mkdir()
    rules = PlanRules(entity="partner", fields=plan_fields(mapping(), facts()))
    with open_duck(out, readable=[prepared, keymap], memory="100MB", threads=THREADS) as duck:
        plan_rows(duck, prepared=prepared, keymap=keymap, parents={}, rules=rules, out_dir=out)
    return time.perf_counter() - started


def main() -> None:
    """Make the sheet, prepare it, say what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        sheet, frozen = Path(folder) / "sheet.parquet", mapping()
        write_sheet(sheet, rows)
        countries = [LookupRow((name,), n, f"base.c{n}") for n, name in enumerate(_COUNTRIES)]
        lists = {
            lookup: write_lookup(
                Path(folder) / "countries.parquet", model=spec.model, by=spec.by, rows=countries
            )
            for lookup, spec in wanted_lookups(frozen).items()
        }
        started = time.perf_counter()
        prepared = prepare(
            frozen, facts=facts(), sheet_path=sheet, sheet="sheet", empty_words=["NULL"],
            lookups=lists, out_dir=Path(folder) / "out",
        )  # fmt: skip
        seconds = time.perf_counter() - started
        planned = plan(prepared.path, Path(folder))
        size = prepared.path.stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(
        f"{prepared.n_rows} rows, {len(prepared.fields)} fields, {prepared.n_failed} with errors: "
        f"{seconds:.2f} s to prepare, {planned:.2f} s to plan, peak {peak:.0f} MB, "
        f"file {size / 1e6:.1f} MB\n"
    )


if __name__ == "__main__":
    main()
