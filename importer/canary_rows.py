"""Which rows of a plan a canary takes: a few spread over each load, and what these refer to. Reads
the plan's files.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from importer.connections import schema_of
from importer.data.duck import open_duck, quote
from importer.data.keys import split_keys
from importer.data.storage import local_path, work_dir
from importer.engine.fields import plan_fields
from importer.engine.plan_rules import PlanField
from importer.models import Load
from importer.planned_rows import newest_plan

_SENT = "verdict IN ('create', 'update', 'adopt')"


def spread_keys(load: Load, n: int) -> set[str]:
    """``n`` keys of rows that would be sent, spread over all; all where they are fewer."""
    plan = newest_plan(load)
    if plan is None:
        return set()
    path = local_path(plan.stored_as)
    with work_dir() as folder, open_duck(folder, readable=[path]) as duck:
        found = duck.execute(
            f"""SELECT arg_min(key, r) FROM (
              SELECT key, row_number() OVER (ORDER BY pos) - 1 AS r, count(*) OVER () AS total
              FROM read_parquet({quote(str(path))}) WHERE {_SENT} AND key IS NOT NULL)
            GROUP BY (r * {int(n)}) // greatest(total, {int(n)})"""
        ).fetchall()
    return {key for (key,) in found}


def referred_keys(load: Load, keys: Collection[str]) -> dict[str, set[str]]:
    """Entity -> keys that the rows of ``keys`` refer to, lines of documents included."""
    plan = newest_plan(load)
    found: dict[str, set[str]] = {}
    if plan is None or not keys:
        return found
    path = local_path(plan.stored_as)
    with work_dir() as folder, open_duck(folder, readable=[path]) as duck:
        rows = duck.execute(
            "SELECT COLUMNS('^cell:.*'), cut FROM "
            f"read_parquet({quote(str(path))}) WHERE key IN (SELECT unnest(?))",
            [list(keys)],
        )
        names = [column[0].removeprefix("cell:") for column in rows.description or ()]
        for row in rows.fetchall():
            cells = dict(zip(names, row, strict=True))
            cells |= json.loads(cells.pop("cut", "") or "{}")
            for entity, key in _references(load, cells):
                found.setdefault(entity, set()).add(key)
    return found


def _references(load: Load, cells: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    mapping = load.mapping
    own = plan_fields(mapping, schema_of(load.connection, load.odoo_model))
    yield from _of(own, cells)
    for nested in mapping.get("nested") or ():
        facts = schema_of(load.connection, str(nested["entity"]["odoo_model"]))
        fields = plan_fields(nested, facts)
        for line in json.loads(cells.get(str(nested["nested_field"])) or "[]"):
            yield from _of(fields, line["cells"])


def _of(fields: tuple[PlanField, ...], cells: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in fields:
        cell = cells.get(one.target)
        if one.kind == "reference" and cell:
            for key in split_keys(cell) if one.is_list else [cell]:
                yield one.entity, key
