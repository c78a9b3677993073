"""The planner: prepared rows and what we know of Odoo in, one verdict per row out. Pure over
files; it asks neither PostgreSQL nor Odoo.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from duckdb import DuckDBPyConnection

from importer.data.duck import quote
from importer.engine import verdict_sql as sql
from importer.engine.cutting import MOST_BYTES, ends_by_bytes
from importer.engine.grouping import header, merge_updates
from importer.engine.looking.said import LOOKED_COLUMNS
from importer.engine.plan_rules import (
    CREATE_GROUPS,
    MERGED_CALL_ROWS,
    MERGED_LEVEL_ROWS,
    ParentFiles,
    Planned,
    PlanRules,
    Portion,
)
from importer.engine.plan_writing import write_issues, write_plan

KEYMAP_COLUMNS = {
    "key": "VARCHAR",
    "odoo_id": "BIGINT",
    "ref": "VARCHAR",
    "kind": "VARCHAR",
    "state": "VARCHAR",
    "sent_fields": "VARCHAR",
    "layout": "BIGINT",
    "origin": "VARCHAR",
    "write_date": "VARCHAR",
}

VANISHED_COLUMNS = {"key": "VARCHAR", "odoo_id": "BIGINT", "load": "BIGINT"}


def plan_rows(
    duck: DuckDBPyConnection,
    *,
    prepared: Path,
    keymap: Path,
    parents: Mapping[str, ParentFiles],
    rules: PlanRules,
    out_dir: Path,
    looked: Path | None = None,
) -> Planned:
    """Writes ``plan.parquet`` (and ``plan_issues.parquet``) into ``out_dir``.

    The plan is sorted by level, verdict, grp, company, stream, key; its columns: ``plan_row``
    (from 0), ``pos`` (prepared position), ``sheet_row``, ``key``, ``company`` (0: the load's own),
    ``level`` (the stage it is sent in), ``depth``, ``verdict``, ``code``, ``reason``, ``fields``
    (changed ones), ``grp``, ``stream``, ``odoo_id``, ``ref``, ``emptied``, ``hash``,
    ``field_hashes``, ``lines`` and the cells of the rows that are sent; ``origin`` (adopted or
    found) where the record is there and no key map entry yet; ``is_edited`` where somebody else
    wrote to the record since we did. ``keymap`` is a CSV of KEYMAP_COLUMNS, ``looked`` one of
    LOOKED_COLUMNS.
    """
    _open(duck, prepared, keymap, rules)
    _take_in(duck, looked)
    duck.execute(sql.judged(rules))
    _resolve_parents(duck, parents, rules)
    _resolve_self(duck, rules)
    filled = _mark_patterns(duck, rules)
    headers = _groups(duck, rules)
    _stages(duck)
    path, issues = out_dir / "plan.parquet", out_dir / "plan_issues.parquet"
    write_plan(duck, rules, path, filled=filled)
    write_issues(duck, rules, issues)
    counts = f"SELECT {sql.SHOWN}, count(*) FROM judged AS j GROUP BY 1"
    found = duck.execute(counts).fetchall()
    portions = _portions(duck, path, headers)
    return Planned(path, issues, dict(found), portions, _unknown_keys(duck, rules))


def _unknown_keys(duck: DuckDBPyConnection, rules: PlanRules) -> tuple[str, ...]:
    if rules.keys is None:
        return ()
    found = duck.execute(
        "SELECT key FROM chosen WHERE key NOT IN (SELECT key FROM prepared WHERE key IS NOT NULL) "
        "ORDER BY key"
    )
    return tuple(key for (key,) in found.fetchall())


def _open(duck: DuckDBPyConnection, prepared: Path, keymap: Path, rules: PlanRules) -> None:
    if rules.vanished is not None:
        read_table(duck, "vanished", rules.vanished, VANISHED_COLUMNS)
    duck.execute(f"CREATE TEMP VIEW prepared AS {sql.prepared(str(prepared), rules)}")
    read_table(duck, "km", keymap, KEYMAP_COLUMNS)
    if rules.keys is not None:
        duck.execute("CREATE TEMP TABLE chosen (key VARCHAR)")
        duck.execute("INSERT INTO chosen SELECT unnest(?::VARCHAR[])", [list(rules.keys)])
    if rules.only_rows is not None:
        read_table(duck, "again", rules.only_rows, {"sheet_row": "BIGINT"})
    made = f"read_parquet({quote(str(rules.made))})" if rules.made else ""
    duck.execute(f"CREATE TEMP TABLE made AS {sql.made(made)}")
    duck.execute(
        "CREATE TEMP TABLE unresolved (position BIGINT, field VARCHAR, target VARCHAR, "
        "failed BOOLEAN, sheet VARCHAR, row BIGINT, soft BOOLEAN)"
    )
    duck.execute(f"CREATE TEMP VIEW told AS {sql.told(rules)}")


def _take_in(duck: DuckDBPyConnection, looked: Path | None) -> None:
    """What Odoo says of the rows counts before what the key map says."""
    if looked is None:
        typed = ", ".join(f"{name} {kind}" for name, kind in LOOKED_COLUMNS.items())
        duck.execute(f"CREATE TEMP TABLE looked ({typed})")
        return
    read_table(duck, "looked", looked, LOOKED_COLUMNS)
    duck.execute("DELETE FROM km WHERE key IN (SELECT key FROM looked WHERE said = 'gone')")
    duck.execute(
        "INSERT INTO km BY NAME SELECT key, odoo_id, coalesce(ref, '') AS ref, "
        "CASE WHEN said = 'adopted' AND coalesce(ref, '') = '' THEN 'd' ELSE 'x' END AS kind, "
        "'live' AS state, said AS origin FROM looked WHERE said IN ('adopted', 'found')"
    )


def read_table(duck: DuckDBPyConnection, name: str, path: Path, columns: Mapping[str, str]) -> None:
    """Make a table of a CSV without a header."""
    typed = ", ".join(f"{quote(column)}: {quote(kind)}" for column, kind in columns.items())
    duck.execute(
        f"CREATE TEMP TABLE {name} AS SELECT * FROM read_csv({quote(str(path))}, header = false, "
        f"auto_detect = false, delim = ',', quote = '\"', escape = '\"', columns = {{{typed}}})"
    )


def _resolve_parents(
    duck: DuckDBPyConnection, parents: Mapping[str, ParentFiles], rules: PlanRules
) -> None:
    for n, one in enumerate(rules.fields):
        if one.kind != "reference" or one.entity == rules.entity or one.is_held:
            continue
        files = parents[one.entity]
        read_table(duck, f"live_{n}", files.live, {"key": "VARCHAR", "kind": "VARCHAR"})
        read_table(duck, f"failed_{n}", files.failed, _FAILED)
        _planned_parents(duck, n, files.planned)
        if files.refused is not None:
            read_table(duck, f"refused_{n}", files.refused, {"key": "VARCHAR"})
            duck.execute(f"DELETE FROM planned_{n} WHERE key IN (SELECT key FROM refused_{n})")
        duck.execute(f"INSERT INTO unresolved {sql.unresolved(one, n)}")
    _apply_unresolved(duck)


_FAILED = {"key": "VARCHAR", "sheet": "VARCHAR", "row": "BIGINT"}


def _planned_parents(duck: DuckDBPyConnection, n: int, plans: Iterable[Path]) -> None:
    duck.execute(f"CREATE TEMP TABLE planned_{n} (key VARCHAR)")
    for plan in plans:
        duck.execute(
            f"INSERT INTO planned_{n} SELECT DISTINCT key FROM read_parquet({quote(str(plan))}) "
            f"WHERE {sql.WILL_BE_THERE}"
        )


def _resolve_self(duck: DuckDBPyConnection, rules: PlanRules) -> None:
    """Again and again: a blocked row blocks those that refer to it."""
    own = rules.own_references
    changed = bool(own)
    while changed:
        for one in own:
            duck.execute(f"INSERT INTO unresolved {sql.unresolved_self(one)}")
        changed = _apply_unresolved(duck)


def _apply_unresolved(duck: DuckDBPyConnection) -> bool:
    """Give the rows that ``unresolved`` names their verdict; whether any verdict changed."""
    duck.execute(_EMPTIED)
    duck.execute(_BLOCKED)
    changed = duck.execute(_REFUSED).fetchone()
    return bool(changed and changed[0])


_EMPTIED = """
UPDATE judged SET emptied = concat_ws(',', nullif(judged.emptied, ''), u.fields) FROM (
  SELECT position, string_agg(DISTINCT field, ',') AS fields FROM unresolved
  WHERE soft AND NOT failed GROUP BY position) AS u
WHERE u.position = judged.position"""

_BLOCKED = """
CREATE OR REPLACE TEMP TABLE refusals AS
SELECT position, bool_or(failed) AS is_blocked,
  arg_min(message, (NOT failed, field, target)) AS reason
FROM told WHERE failed OR NOT soft
GROUP BY position"""

_REFUSED = """
UPDATE judged SET reason = r.reason,
  verdict = CASE WHEN r.is_blocked THEN 'blocked' ELSE 'error' END,
  code = CASE WHEN r.is_blocked THEN 'parent_failed' ELSE 'reference_missing' END
FROM refusals AS r
WHERE r.position = judged.position AND judged.verdict IN ('create', 'update')"""


def _mark_patterns(duck: DuckDBPyConnection, rules: PlanRules) -> bool:
    """Make ``marked`` (position, pattern); whether empty cells had to be filled with defaults."""
    for n, one in enumerate(rules.fields):
        if one.kind == "reference" and not one.via and not one.is_held:
            live = "km" if one.entity == rules.entity else f"live_{n}"
            duck.execute(
                f"CREATE TEMP TABLE by_id_{n} AS SELECT DISTINCT t.position FROM "
                f"({sql.targets(one)}) AS t JOIN {live} AS l ON l.key = t.target "
                "WHERE l.kind = 'd'"
            )
    for filled in (False, True):
        duck.execute(
            f"CREATE OR REPLACE TEMP TABLE marked AS SELECT j.position, "
            f"{sql.marks(rules, filled=filled)} AS pattern FROM judged AS j "
            "JOIN prepared AS p ON p.position = j.position "
            "WHERE j.verdict IN ('create', 'update', 'archive')"
        )
        if len(_patterns(duck, "create")) <= CREATE_GROUPS:
            break
    return filled


def _patterns(duck: DuckDBPyConnection, verdict: str) -> dict[str, int]:
    found = duck.execute(
        "SELECT m.pattern, count(*) FROM marked AS m JOIN judged AS j USING (position) "
        "WHERE j.verdict = ? GROUP BY 1 ORDER BY 1",
        [verdict],
    ).fetchall()
    return dict(found)


def _groups(duck: DuckDBPyConnection, rules: PlanRules) -> dict[tuple[str, int], tuple[str, ...]]:
    """Number the patterns of each verdict; (verdict, group) -> columns of its calls."""
    duck.execute("CREATE TEMP TABLE groups (verdict VARCHAR, pattern VARCHAR, grp INTEGER)")
    headers: dict[tuple[str, int], tuple[str, ...]] = {}
    for verdict in ("create", "update", "archive"):
        counts = _patterns(duck, verdict)
        merged = merge_updates(counts, rules.fields) if verdict == "update" else None
        under = merged or {pattern: pattern for pattern in counts}
        numbers = {pattern: n for n, pattern in enumerate(sorted(set(under.values())))}
        for pattern, sent in under.items():
            duck.execute("INSERT INTO groups VALUES (?, ?, ?)", [verdict, pattern, numbers[sent]])
        for pattern, n in numbers.items():
            headers[verdict, n] = header(pattern, rules.fields)
    return headers


def _stages(duck: DuckDBPyConnection) -> None:
    """Depth -> stage. Small neighbouring levels share a call where one group holds them all."""
    levels = duck.execute(
        "SELECT j.depth, count(*), count(DISTINCT (m.pattern, j.company)), "
        "min(m.pattern || ' ' || j.company) FROM judged AS j JOIN marked AS m USING (position) "
        "WHERE j.verdict = 'create' GROUP BY 1 ORDER BY 1"
    ).fetchall()
    duck.execute("CREATE TEMP TABLE stages (depth INTEGER, stage INTEGER, is_shared BOOLEAN)")
    for shared in _shared_levels(levels):
        for depth in shared:
            row = [depth, 2 * shared[0], len(shared) > 1]
            duck.execute("INSERT INTO stages VALUES (?, ?, ?)", row)


def _shared_levels(levels: list[tuple[int, int, int, str]]) -> list[list[int]]:
    """Depths (with rows, number of patterns, a pattern) in runs that may share one call."""
    runs: list[list[int]] = []
    rows, pattern = 0, ""
    for depth, n, patterns, own in levels:
        is_small = n < MERGED_LEVEL_ROWS and patterns == 1
        fits = bool(runs) and own == pattern and rows + n <= MERGED_CALL_ROWS
        if is_small and fits:
            runs[-1].append(depth)
            rows += n
        else:
            runs.append([depth])
            rows, pattern = n, own if is_small else ""
    return runs


def _portions(
    duck: DuckDBPyConnection, path: Path, headers: Mapping[tuple[str, int], tuple[str, ...]]
) -> tuple[Portion, ...]:
    found = duck.execute(
        "SELECT level, verdict, grp, stream, min(plan_row), count(*), sum(bytes), "
        f"count(DISTINCT depth), company FROM read_parquet({quote(str(path))}) "
        "WHERE verdict IN ('create', 'update', 'adopt', 'archive') "
        "GROUP BY 1, 2, 3, 4, company ORDER BY 5"
    ).fetchall()
    portions = []
    for stage, verdict, group, stream, first, n_rows, n_bytes, depths, company in found:
        columns = headers["update" if verdict == "adopt" else verdict, group]
        heavy = _heavy(duck, path, first, n_rows) if n_bytes > MOST_BYTES and depths == 1 else ()
        portions.append(
            Portion(
                *(stage, verdict, group, stream, first, n_rows, n_bytes, depths, columns, heavy),
                company=company,
            )
        )
    return tuple(portions)


def _heavy(duck: DuckDBPyConnection, path: Path, first: int, n_rows: int) -> tuple[int, ...]:
    found = duck.execute(
        f"SELECT bytes FROM read_parquet({quote(str(path))}) "
        "WHERE plan_row BETWEEN ? AND ? ORDER BY plan_row",
        [first, first + n_rows - 1],
    )
    return ends_by_bytes(weight for (weight,) in found.fetchall())
