"""Verbs on what a load has planned: its rows with verdict, reason and field diff, filtered and read
page by page from the plan's files. Changes nothing and asks Odoo nothing.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from duckdb import DuckDBPyConnection

from importer.choices import IssueLevel, IssueStage
from importer.connections import schema_of
from importer.data.binaries.cells import is_cell, shown_size
from importer.data.duck import name, open_duck, quote
from importer.data.hiding import STARS
from importer.data.keys import display_key, display_keys
from importer.data.storage import local_path, work_dir
from importer.engine.agreed import CHANGED
from importer.engine.fields import plan_fields
from importer.engine.plan_rules import PlanField
from importer.engine.trial.pieces import TRIAL, sentences
from importer.explaining.steps import secret_fields
from importer.models import Issue, Load, Plan
from importer.odoo.protocols import FieldFacts

_BAD = (IssueLevel.ERROR, IssueLevel.BLOCKED)
_SAID = {
    "equal": "Odoo holds this already",
    "conflict": "changed on both sides",
    "kept": "Odoo's value stays",
    "later": "written once all records are there",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows; empty: all. ``verdict``: a value of ``Verdict``; ``text``: in the key, a cell,
    the reason or a problem; ``field``: rows that would write it."""

    verdict: str = ""
    text: str = ""
    field: str = ""


@dataclass
class _Facts:
    """What shows cells as people know them."""

    fields: Mapping[str, PlanField]
    facts: Mapping[str, FieldFacts]
    secret: frozenset[str]

    def shown(self, target: str, cell: str) -> str:
        if target in self.secret:
            return STARS
        one = self.fields.get(target)
        if one is not None and one.kind == "reference":
            return display_keys(cell)
        if one is not None and one.kind == "lines":
            return f"{len(json.loads(cell))} lines"
        return shown_size(cell) if one is not None and is_cell(cell) else cell

    def before(self, target: str, shown: str) -> str:
        return STARS if shown and target in self.secret else shown

    def label(self, target: str) -> str:
        found = self.facts.get(target)
        return found.label if found else target


def newest_plan(load: Load) -> Plan | None:
    """The load's plan; of several passes the last."""
    return load.plans.order_by("-pass_number").first()


def count_rows(load: Load, wanted: Wanted) -> int:
    """How many rows :func:`rows_of` can list."""
    plan = newest_plan(load)
    if plan is None:
        return 0
    with _opened(load, plan, wanted) as duck:
        found = duck.execute("SELECT count(*) FROM listed").fetchone()
    return int(found[0]) if found else 0


def rows_of(load: Load, wanted: Wanted, *, offset: int, limit: int) -> list[dict[str, Any]]:
    """``{sheet, row, key, verdict, odoo_id, is_edited, reason, changes: [{field, label, before,
    after, note}]}`` in the order of the plan; ``reason``: why it is not sent, or what is said of
    it. ``before`` is what Odoo holds; None where that was not read (a new record)."""
    plan = newest_plan(load)
    if plan is None:
        return []
    with _opened(load, plan, wanted) as duck:
        page = _fetched(
            duck, f"SELECT * FROM listed ORDER BY plan_row LIMIT {int(limit)} OFFSET {int(offset)}"
        )
        befores = _befores(duck, [row["plan_row"] for row in page])
    said = _said(load, page)
    shown = _facts(load)
    sheet = load.sheet.name if load.sheet else ""
    return [_row(one, sheet, befores.get(one["plan_row"], {}), said, shown) for one in page]


def changed_fields(load: Load) -> dict[str, int]:
    """Field -> rows whose update writes it, the most first."""
    plan = newest_plan(load)
    if plan is None:
        return {}
    with _opened(load, plan, Wanted()) as duck:
        found = duck.execute(
            "SELECT f, count(*) FROM (SELECT unnest(fields) AS f FROM listed) "
            "GROUP BY f ORDER BY 2 DESC, 1"
        ).fetchall()
    return dict(found)


def tried_of(load: Load) -> tuple[int, list[str]]:
    """(rows that Odoo has tried in a server dry run, sentences about what it could not try)."""
    trial = load.verification.get(TRIAL)
    return (int(trial["tried"]), sentences(trial)) if trial else (0, [])


@contextmanager
def _opened(load: Load, plan: Plan, wanted: Wanted) -> Iterator[DuckDBPyConnection]:
    """A DuckDB with the views ``listed`` (the rows asked for) and ``befores``."""
    path = local_path(plan.stored_as)
    befores = [local_path(plan.befores_as)] if plan.befores_as else []
    with work_dir() as folder, open_duck(folder, readable=[path, *befores]) as duck:
        source = f"read_parquet({quote(str(befores[0]))})" if befores else _NO_BEFORES
        duck.execute(f"CREATE TEMP VIEW befores AS SELECT * FROM {source}")
        duck.execute("CREATE TEMP TABLE refused (sheet_row BIGINT, key VARCHAR, level VARCHAR)")
        duck.execute("CREATE TEMP TABLE told (sheet_row BIGINT)")
        _take_in_issues(duck, load, wanted)
        rows = f"read_parquet({quote(str(path))})"
        described = duck.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
        cells = [str(one[0]) for one in described if str(one[0]).startswith("cell:")]
        hidden = {f"cell:{one}" for one in secret_fields(load.mapping)}
        where = " AND ".join(_conditions(wanted, cells, hidden)) or "TRUE"
        planned = _PLANNED.format(rows=rows)
        duck.execute(f"CREATE TEMP VIEW listed AS SELECT * FROM ({planned}) AS p WHERE {where}")
        yield duck


_NO_BEFORES = (
    "(SELECT 0 AS plan_row, '' AS field, '' AS before, '' AS shown, '' AS said WHERE FALSE)"
)

_PLANNED = """
SELECT p.* REPLACE (CASE
    WHEN r.level = 'blocked' THEN 'blocked'
    WHEN r.level IS NOT NULL THEN 'error'
    WHEN b.has_conflict THEN 'conflict'
    WHEN p.verdict = 'update' AND p.origin = '' AND b.n_equal = len(p.fields) THEN 'unchanged'
    ELSE p.verdict END AS verdict)
FROM {rows} AS p
LEFT JOIN (SELECT plan_row, bool_or(said = 'conflict') AS has_conflict,
  count(*) FILTER (said = 'equal') AS n_equal FROM befores GROUP BY plan_row) AS b
  ON b.plan_row = p.plan_row
LEFT JOIN refused AS r ON r.sheet_row = p.sheet_row AND r.key = p.key"""
"""The rows of a plan, with what was found out of them after they were planned."""


def _take_in_issues(duck: DuckDBPyConnection, load: Load, wanted: Wanted) -> None:
    """What Odoo has refused when it tried the rows, and the rows whose problems have the text."""
    bad = Issue.objects.filter(load=load, stage=IssueStage.ODOO, level__in=_BAD)
    refused: dict[tuple[int, str], str] = {}
    for row, key, level in bad.values_list("row", "source_key", "level"):
        worst = IssueLevel.ERROR in (level, refused.get((row, key)))
        refused[row, key] = str(IssueLevel.ERROR if worst else level)
    _insert(duck, "refused", [(row, key, level) for (row, key), level in refused.items()])
    if wanted.text:
        said = Issue.objects.filter(load=load, message__icontains=wanted.text)
        _insert(duck, "told", [(row,) for row in said.values_list("row", flat=True).distinct()])


def _insert(duck: DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        unnested = ", ".join("unnest(?)" for _ in columns)
        duck.execute(f"INSERT INTO {table} SELECT {unnested}", columns)


def _conditions(wanted: Wanted, cells: Sequence[str], hidden: Collection[str]) -> list[str]:
    """``hidden``: cells that no text is looked for in."""
    found = []
    if wanted.verdict:
        found.append(f"verdict = {quote(wanted.verdict)}")
    if wanted.field:
        filled = f" OR {name(f'cell:{wanted.field}')} IS NOT NULL"
        is_cell_there = f"cell:{wanted.field}" in cells
        written = f"list_contains(fields, {quote(wanted.field)})"
        created = f"(verdict = 'create' AND (FALSE{filled if is_cell_there else ''}))"
        found.append(f"({written} OR {created})")
    if wanted.text:
        text = ", ".join(["key", "reason", *(name(one) for one in cells if one not in hidden)])
        sought = quote(wanted.text.lower())
        found.append(
            f"(contains(lower(concat_ws(' ', {text})), {sought}) "
            "OR sheet_row IN (SELECT sheet_row FROM told))"
        )
    return found


def _fetched(duck: DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    found = duck.execute(sql)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _befores(
    duck: DuckDBPyConnection, rows: Sequence[int]
) -> dict[int, dict[str, tuple[str, str]]]:
    """Plan row -> field -> (what Odoo holds as it is shown, what is said of it)."""
    if not rows:
        return {}
    found: dict[int, dict[str, tuple[str, str]]] = {}
    numbers = ", ".join(str(int(one)) for one in rows)
    for row, target, shown, said in duck.execute(
        f"SELECT plan_row, field, shown, said FROM befores WHERE plan_row IN ({numbers})"
    ).fetchall():
        found.setdefault(row, {})[target] = (shown or "", said or "")
    return found


def _said(load: Load, page: Sequence[Mapping[str, Any]]) -> dict[tuple[int, str], list[str]]:
    """(sheet row, key) -> problems of these rows."""
    rows = [row["sheet_row"] for row in page]
    issues = Issue.objects.filter(load=load, row__in=rows, level__in=_BAD).order_by("id")
    if load.sheet:
        issues = issues.filter(sheet=load.sheet.name)
    found: dict[tuple[int, str], list[str]] = {}
    for row, key, message in issues.values_list("row", "source_key", "message"):
        found.setdefault((row, key), []).append(message)
    return found


def _facts(load: Load) -> _Facts:
    facts = schema_of(load.connection, load.odoo_model)
    fields = plan_fields(load.mapping, facts)
    secret = frozenset(secret_fields(load.mapping))
    return _Facts({one.target: one for one in fields}, facts.fields, secret)


def _row(
    row: Mapping[str, Any],
    sheet: str,
    befores: Mapping[str, tuple[str, str]],
    said: Mapping[tuple[int, str], list[str]],
    shown: _Facts,
) -> dict[str, Any]:
    key = row["key"] or ""
    problems = dict.fromkeys(
        [*said.get((row["sheet_row"], key), ()), *(said.get((row["sheet_row"], ""), ()))]
    )
    return {
        "sheet": sheet,
        "row": row["sheet_row"],
        "key": display_key(key) if key else "",
        "verdict": row["verdict"],
        "odoo_id": row["odoo_id"],
        "is_edited": bool(row["is_edited"]),
        "reason": " ".join(problems) or row["reason"] or "",
        "changes": _changes(row, befores, shown),
    }


def _changes(
    row: Mapping[str, Any], befores: Mapping[str, tuple[str, str]], shown: _Facts
) -> list[dict[str, Any]]:
    """Of a new record its values, of another the fields that are written."""
    cells = {
        column.removeprefix("cell:"): cell
        for column, cell in row.items()
        if column.startswith("cell:")
    }
    written = row["fields"] or [target for target, cell in cells.items() if cell is not None]
    later = json.loads(row["cut"]) if row["cut"] else {}
    found = [
        _change(target, cells.get(target), befores.get(target), shown, is_later=False)
        for target in written
    ]
    return found + [
        _change(target, cell, None, shown, is_later=True)
        for target, cell in later.items()
        if cell is not None and target not in written
    ]


def _change(
    target: str,
    cell: str | None,
    before: tuple[str, str] | None,
    shown: _Facts,
    *,
    is_later: bool,
) -> dict[str, Any]:
    said = "later" if is_later else before[1] if before else ""
    return {
        "field": target,
        "label": shown.label(target),
        "before": shown.before(target, before[0]) if before else None,
        "after": shown.shown(target, cell) if cell else "",
        "note": _SAID.get(said, ""),
    }


def differences_of(load: Load, *, offset: int, limit: int) -> list[dict[str, Any]]:
    """``{sheet, row, key, was, now, what, detail}`` of a load that waits because its plan is not
    the agreed one: verdicts agreed to and now, and what differs where they are the same."""
    asked = load.verification.get(CHANGED)
    if not asked:
        return []
    path = local_path(asked["differences_as"])
    with work_dir() as folder, open_duck(folder, readable=[path]) as duck:
        found = _fetched(
            duck,
            f"SELECT * FROM read_parquet({quote(str(path))}) ORDER BY sheet_row, key "
            f"LIMIT {int(limit)} OFFSET {int(offset)}",
        )
    sheet = load.sheet.name if load.sheet else ""
    return [
        {
            "sheet": sheet,
            "row": one["sheet_row"],
            "key": display_key(one["key"]) if one["key"] else "",
            **{name: one[name] for name in ("was", "now", "what", "detail")},
        }
        for one in found
    ]
