"""Writes a plan and its issues as Parquet. Pure; stands on the planner's tables in DuckDB."""

from pathlib import Path

from duckdb import DuckDBPyConnection

from importer.data.duck import quote
from importer.engine import verdict_sql as sql
from importer.engine.plan_rules import FREE_STREAM, PlanRules

FEWEST_ROWS_A_STREAM = 50
SLICE = 100_000
"""Rows that are joined with their cells and sorted at once: what they need fits into the memory of
one planning, however many rows there are."""
_NOT_LOADED = (
    "This row's record was not loaded, so nothing was added to it. Correct what the node before "
    "says about the row and retry."
)


_STUB = (
    "” is in no sheet and was not loaded before. A stub is made of it; a later run that brings its "
    "row fills it."
)


def write_plan(duck: DuckDBPyConnection, rules: PlanRules, path: Path, *, filled: bool) -> None:
    """One sorted file; rows of one parent stay in one stream, which is a range of keys."""
    duck.execute(_streams(rules))
    duck.execute(_ORDERED)
    counted = duck.execute("SELECT count(*) FROM ordered").fetchone()
    slices = [
        _write_slice(duck, _rows(rules, filled), path.with_suffix(f".{first}"), first)
        for first in range(0, counted[0] if counted else 0, SLICE) or (0,)
    ]
    if len(slices) == 1:
        slices[0].replace(path)
        return
    files = ", ".join(quote(str(one)) for one in slices)
    _copy(duck, f"SELECT * FROM read_parquet([{files}])", path)
    for one in slices:
        one.unlink()


def _write_slice(duck: DuckDBPyConnection, rows: str, path: Path, first: int) -> Path:
    """Join by join, each with a small side that DuckDB can hold while it reads the other."""
    last = first + SLICE - 1
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE picked AS "
        f"SELECT * FROM ordered WHERE plan_row BETWEEN {first} AND {last}"
    )
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE part AS SELECT * FROM judged JOIN picked USING (position)"
    )
    _copy(duck, f"{rows} ORDER BY j.plan_row", path)
    return path


def _copy(duck: DuckDBPyConnection, select: str, path: Path) -> None:
    target = quote(str(path))
    duck.execute(f"COPY ({select}) TO {target} (FORMAT parquet, ROW_GROUP_SIZE 8192)")


_LAST = "(SELECT 2 * max(depth) + 3 FROM judged)"
"""The stage of rows whose references were cut out of a cycle: all records are there by then."""

_ORDERED = f"""
CREATE TEMP TABLE ordered AS
SELECT j.position, s.stage, s.grp, s.stream, s.together, row_number() OVER (
  ORDER BY coalesce(s.stage, 2 * j.depth), {sql.SHOWN}, coalesce(s.grp, 0),
  j.company, coalesce(s.stream, 0), j.depth, s.together, j.key, j.position) - 1 AS plan_row
FROM judged AS j LEFT JOIN placed AS s ON s.position = j.position"""
"""The order of the plan, found without the cells."""


def _streams(rules: PlanRules) -> str:
    """``placed``: stage, group and stream of each row. A stream is a range of parents, cut so that
    all have about as many rows; without parents any hand may take any batch."""
    stream = str(FREE_STREAM) if rules.streams > 1 else "0"
    if rules.together:
        place = "min(r) OVER (PARTITION BY stage, verdict, grp, company, together) - 1"
        stream = f"(({place}) * {rules.streams}) // n"
    parent = rules.by_target[rules.together].cell if rules.together else "NULL"
    return f"""
CREATE TEMP TABLE placed AS
SELECT position, stage, grp, together,
  CASE WHEN is_shared OR n < {FEWEST_ROWS_A_STREAM * 2} THEN 0
    ELSE {stream}
  END AS stream
FROM (
  SELECT *, row_number() OVER (w ORDER BY together, key, position) AS r, count(*) OVER w AS n
  FROM (
    SELECT j.position, j.verdict, j.key, j.company, coalesce(p.{parent}, j.key) AS together,
      g.grp, coalesce(s.is_shared AND j.verdict = 'create', FALSE) AS is_shared,
      CASE WHEN j.verdict = 'create' THEN s.stage WHEN j.cut <> '' THEN {_LAST}
        WHEN j.verdict = 'archive' THEN {_LAST} + 2
        ELSE 2 * j.depth + 1 END AS stage
    FROM judged AS j JOIN prepared AS p ON p.position = j.position
    JOIN marked AS m ON m.position = j.position
    JOIN groups AS g ON g.verdict = j.verdict AND g.pattern = m.pattern
    LEFT JOIN stages AS s ON s.depth = j.depth)
  WINDOW w AS (PARTITION BY stage, verdict, grp, company))""".replace("p.NULL", "NULL")


def _rows(rules: PlanRules, filled: bool) -> str:
    return f"""
SELECT j.plan_row, j.position AS pos, j.sheet_row, j.key, j.company,
  CAST(coalesce(j.stage, 2 * j.depth) AS INTEGER) AS level, j.depth,
  {sql.SHOWN} AS verdict, j.code, j.reason, j.origin, j.is_edited,
  CASE WHEN j.verdict IN ('update', 'archive') AND j.changed <> ''
    THEN string_split(j.changed, ',') ELSE [] END AS fields,
  CAST(coalesce(j.grp, 0) AS INTEGER) AS grp, CAST(coalesce(j.stream, 0) AS INTEGER) AS stream,
  j.odoo_id, j.ref, j.emptied, {sql.cut_cells(rules)} AS cut, p.hash, j.field_hashes,
  CAST(CASE WHEN j.stage IS NOT NULL THEN {sql.row_bytes(rules)} ELSE 0 END AS BIGINT) AS bytes,
  j.together,
    {sql.plan_cells(rules, filled=filled)}
FROM part AS j JOIN prepared AS p ON p.position = j.position"""


def write_issues(duck: DuckDBPyConnection, rules: PlanRules, path: Path) -> None:
    """What the planner itself has to say: references that lead nowhere, rows that are blocked."""
    field = next((one.target for one in rules.sent), "")
    duck.execute(f"""
COPY (
  SELECT * FROM (
  SELECT j.position, j.sheet_row, coalesce(j.key, '') AS key,
    CASE WHEN u.failed THEN 'blocked' WHEN u.soft THEN 'warning' ELSE 'error' END AS level,
    u.field, u.shown AS value,
    CASE WHEN u.failed THEN 'parent_failed' ELSE 'reference_missing' END AS code, u.message
  FROM told AS u JOIN judged AS j USING (position)
  WHERE NOT j.failed AND (u.failed OR NOT u.soft OR j.verdict IN ('create', 'update'))
  UNION ALL
  SELECT j.position, j.sheet_row, j.key, 'error', coalesce(l.field, ''), coalesce(l.value, ''),
    'ambiguous', l.message
  FROM judged AS j JOIN looked AS l ON l.key = j.key AND l.said = 'ambiguous'
  WHERE j.verdict = 'ambiguous'
  UNION ALL
  SELECT j.position, j.sheet_row, j.key, 'warning', '', '', 'edited_in_odoo', l.message
  FROM judged AS j JOIN looked AS l ON l.key = j.key AND l.said = 'edited'
  WHERE j.verdict = 'unchanged'
  UNION ALL
  SELECT position, sheet_row, key, 'blocked', {quote(field)}, '', code, {quote(_NOT_LOADED)}
  FROM judged WHERE code = 'not_loaded'{_stubs(rules)})
  ORDER BY position, field, value) TO {quote(str(path))} (FORMAT parquet)""")


def _stubs(rules: PlanRules) -> str:
    if not rules.is_stub:
        return ""
    shown = """array_to_string(from_json(key, '["VARCHAR"]'), ', ')"""
    return f"""
  UNION ALL
  SELECT position, sheet_row, key, 'warning', {quote(rules.stub_fields)}, {shown}, 'stub',
    {quote(rules.stub_place)} || '“' || {shown} || {quote(_STUB)}
  FROM judged WHERE verdict = 'create'"""
