"""Prepares one sheet for loading: every check at once, then a Parquet in load order.

Knows no Django and no Odoo connection; rows never pass through Python.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import file_digest
from pathlib import Path
from typing import Any

import duckdb

from importer.data.binaries.gathering import gather_files
from importer.data.binaries.sources import Files
from importer.data.compiled import Compiled, CompiledField
from importer.data.compiler import compile_mapping
from importer.data.compiling import sheet_list
from importer.data.duck import DEFAULT_MEMORY, DEFAULT_SECONDS, THREADS, name, open_duck, quote
from importer.data.gathering import Part, add_issues, gather, start_issues
from importer.data.levels import NO_LEVELS, find_levels
from importer.data.lookups import LookupTable
from importer.data.macros import prelude
from importer.data.nesting import Nested, add_line_issues, lines_sql
from importer.data.prepared import Prepared, PreparedLines, prepared_field
from importer.data.skipping import set_aside
from importer.errors import Refused
from importer.odoo.protocols import ModelFacts

ROW_GROUP = 20_000
"""Rows a reader must hold when it fetches one batch."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one preparation may use."""

    memory: str = DEFAULT_MEMORY
    seconds: float = DEFAULT_SECONDS
    threads: int = THREADS


def prepare(
    frozen: Mapping[str, Any],
    *,
    facts: ModelFacts,
    sheet_path: Path,
    sheet: str,
    empty_words: Sequence[str],
    lookups: Mapping[str, LookupTable],
    out_dir: Path,
    nested_facts: Mapping[str, ModelFacts] | None = None,
    nested_sheets: Mapping[str, Path] | None = None,
    limits: Limits | None = None,
    files: Files | None = None,
) -> Prepared:
    """Write ``out_dir/prepared.parquet`` and ``out_dir/issues.parquet`` for one sheet.

    ``lookups``: see ``lookups.wanted_lookups``. ``nested_facts``: by model; ``nested_sheets``: by
    sheet name, see ``sheets_beside``; a nested mapping without a sheet's name has its rows in the
    parent's own.
    ``files``: where the files that cells name are taken from, and kept.
    Raises Refused where the mapping does not fit the sheet or the model, or a limit is reached.
    """
    limits = limits or Limits()
    given = nested_sheets or {}
    lists = {lookup: table.path for lookup, table in lookups.items()}
    lists |= {sheet_list(other): path for other, path in given.items()}
    lists[sheet_list(sheet)] = sheet_path
    lists |= gather_files(
        frozen,
        facts,
        sheet_path=sheet_path,
        empty_words=empty_words,
        files=files or Files(),
        folder=out_dir / "files",
    )
    readable = [sheet_path, *lists.values(), *given.values()]
    work_dir = out_dir / "work"
    with open_duck(
        work_dir,
        readable=readable,
        writable=[out_dir],
        memory=limits.memory,
        seconds=limits.seconds,
        threads=limits.threads,
    ) as duck:
        duck.execute(prelude(empty_words))
        start_issues(duck)
        paths = {lookup: str(path.resolve()) for lookup, path in lists.items()}
        nested = [
            _gather_nested(duck, n, raw, nested_facts or {}, place, paths, work_dir)
            for n, (raw, place) in enumerate(_places(frozen, given, (sheet, sheet_path)))
        ]
        shares_sheet = any(each.path == sheet_path for each in nested)
        compiled = compile_mapping(
            frozen, facts, columns=columns_of(duck, sheet_path), one_row_per_key=shares_sheet
        )
        _need_lookups(compiled, paths)
        part = Part("rows", sheet, compiled)
        gather(duck, part, str(sheet_path.resolve()), paths, work_dir)
        add_line_issues(duck, nested, part)
        _find_levels(duck, part, str(frozen["entity"]["name"]))
        set_aside(duck, part)
        prepared = _write(duck, part, nested, out_dir, prelude(empty_words))
    shutil.rmtree(work_dir, ignore_errors=True)
    return prepared


def columns_of(duck: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """The sheet's own columns."""
    source = quote(str(path.resolve()))
    rows = duck.execute(f"DESCRIBE SELECT * FROM read_parquet({source})").fetchall()
    return [str(row[0]) for row in rows if row[0] != "_row"]


def _places(
    frozen: Mapping[str, Any], given: Mapping[str, Path], own: tuple[str, Path]
) -> Iterator[tuple[Mapping[str, Any], tuple[str, Path]]]:
    """Each nested mapping with the name and path of the sheet its rows are in."""
    for raw in frozen.get("nested") or ():
        sheet = str(raw.get("sheet_name") or "")
        if sheet in given:
            yield raw, (sheet, given[sheet])
        elif sheet in ("", own[0], str(frozen.get("sheet_name") or "")):
            yield raw, own
        else:
            raise Refused(
                f"The dataset has no sheet “{sheet}”, from which the lines "
                f"“{raw['entity']['name']}” come. Add it, or correct the mapping's sheet."
            )


def _gather_nested(
    duck: duckdb.DuckDBPyConnection,
    n: int,
    raw: Mapping[str, Any],
    facts: Mapping[str, ModelFacts],
    own: tuple[str, Path],
    lookups: Mapping[str, str],
    work_dir: Path,
) -> Nested:
    place, path = own
    model = str(raw["entity"]["odoo_model"])
    if model not in facts:
        raise Refused(f"The fields of {model} are not known yet. Refresh the connection's schema.")
    columns = columns_of(duck, path)
    compiled = compile_mapping(raw, facts[model], columns=columns, is_nested=True)
    _need_lookups(compiled, lookups)
    part = Part(f"lines_{n}", place, compiled)
    gather(duck, part, str(path.resolve()), lookups, work_dir)
    return Nested(part, path, str(raw["nested_field"]), str(raw["entity"]["name"]), model)


def _need_lookups(compiled: Compiled, lookups: Mapping[str, str]) -> None:
    missing = sorted(set(compiled.lookups) - set(lookups))
    sheets = [one.removeprefix(sheet_list("")) for one in missing if one.startswith(sheet_list(""))]
    if sheets:
        raise Refused(
            f"The dataset has no sheet “{sheets[0]}”, in which a transform looks cells up. Add it, "
            "or correct the transform."
        )
    if missing:
        raise Refused(f"These lists were not read from Odoo: {', '.join(missing)}. Try again.")


def _find_levels(duck: duckdb.DuckDBPyConnection, part: Part, entity: str) -> None:
    own = [
        one
        for one in part.compiled.fields
        if one.spec.source == "reference" and one.spec.entity == entity
    ]
    if not own:
        duck.execute(NO_LEVELS)
        return
    cycles = find_levels(duck, own)
    if not cycles:
        return
    duck.execute("CREATE TEMP TABLE cycles (sheet_row BIGINT, key VARCHAR, message VARCHAR)")
    duck.executemany(
        "INSERT INTO cycles VALUES (?, ?, ?)",
        [[each.sheet_row, each.key, each.message] for each in cycles],
    )
    column = quote(", ".join(own[0].spec.columns)[:300])
    add_issues(
        duck,
        part,
        f"""SELECT sheet_row, key, {column} AS "column", '' AS value,
        {quote(own[0].spec.target)} AS field, 'cycle' AS code, message,
        'cycle|' || md5(message) AS group_key FROM cycles""",
    )


def _write(
    duck: duckdb.DuckDBPyConnection,
    part: Part,
    nested: Sequence[Nested],
    out_dir: Path,
    macros: str,
) -> Prepared:
    duck.execute(
        "CREATE TEMP TABLE bad AS SELECT DISTINCT sheet_row FROM issues "
        "WHERE part = 'rows' AND level = 'error'"
    )
    duck.execute(
        "CREATE TEMP TABLE places AS SELECT sheet_row, coalesce(level, 0) AS level, "
        "b.sheet_row IS NOT NULL OR k.reason IS NOT NULL AS failed, "
        "coalesce(k.reason, '') AS skipped, "
        "row_number() OVER (ORDER BY coalesce(level, 0), r.sheet_row) - 1 AS position, "
        "coalesce(c.cut, '') AS cut "
        "FROM rows AS r LEFT JOIN levels USING (sheet_row) LEFT JOIN bad AS b USING (sheet_row) "
        "LEFT JOIN skipped AS k USING (sheet_row) "
        "LEFT JOIN (SELECT sheet_row, string_agg(field, ',' ORDER BY field) AS cut FROM cuts "
        "GROUP BY sheet_row) AS c USING (sheet_row)"
    )
    path, issues_path = out_dir / "prepared.parquet", out_dir / "issues.parquet"
    _copy(duck, _rows_sql(part.compiled, nested), path)
    _copy(duck, _ISSUES_SQL, issues_path)
    counts = duck.execute(
        "SELECT count(*), count(*) FILTER (failed AND skipped = ''), "
        "count(*) FILTER (skipped <> '') FROM places"
    ).fetchone()
    warnings = duck.execute("SELECT count(*) FROM issues WHERE level = 'warning'").fetchone()
    n_rows, n_failed, n_skipped = counts or (0, 0, 0)
    with path.open("rb") as file:
        sha256 = file_digest(file, "sha256").hexdigest()
    return Prepared(
        path=path,
        issues_path=issues_path,
        sha256=sha256,
        n_rows=n_rows,
        n_failed=n_failed,
        n_skipped=n_skipped,
        n_warnings=warnings[0] if warnings else 0,
        fields=tuple(prepared_field(one) for one in part.compiled.fields),
        sql="\n\n".join(
            [macros, *(f"{each.part.compiled.select};" for each in nested), part.compiled.select]
        ),
        lines=tuple(
            PreparedLines(
                each.field,
                each.entity,
                each.model,
                tuple(prepared_field(one) for one in each.part.compiled.fields),
            )
            for each in nested
        ),
        totals=_totals(duck, part.compiled),
    )


_ISSUES_SQL = """
SELECT coalesce(p.position, -1) AS position, i.sheet, i.sheet_row, i.key, i.level, i."column",
  coalesce(i.value, '') AS value, i.field, i.code, i.message, left(i.group_key, 200) AS group_key
FROM issues AS i LEFT JOIN owners AS o ON o.part = i.part AND o.sheet_row = i.sheet_row
  LEFT JOIN places AS p ON p.sheet_row = CASE WHEN i.part = 'rows' THEN i.sheet_row ELSE o.owner END
ORDER BY position, i.sheet_row, i.field, i.code, i."column"
"""


def _rows_sql(compiled: Compiled, nested: Sequence[Nested]) -> str:
    """The prepared rows, hashes and lines included, in load order; with ``company`` where each row
    has one, with ``skipped`` where rows may be left out: why, for those that are. They count among
    the failed, which nothing is sent of."""
    has_company = compiled.company is not None
    hashes = [_hash(one, has_company=has_company) for one in compiled.fields]
    cells = ", company" if has_company else ""
    cells += ", skipped" if compiled.skips else ""
    cells += "".join(f", {name(one.cell)}" for one in compiled.fields)
    lines, joins = lines_sql(nested)
    per_field = f"concat({', '.join(hashes)})" if hashes else "''"
    return f"""
SELECT position, sheet_row, key, level, failed, cut,
  md5(field_hashes || coalesce(md5(lines), '')) AS hash, field_hashes{cells}, lines
FROM (
  SELECT p.position, r.sheet_row, r.key, p.level, p.failed, p.cut,
    {per_field} AS field_hashes{cells}, {lines} AS lines
  FROM rows AS r JOIN places AS p USING (sheet_row) {joins})
ORDER BY position"""


def _hash(one: CompiledField, *, has_company: bool) -> str:
    """16 hex over the field's name and its cell; an empty cell is not an empty text. The same cell
    in another company is another value, where Odoo keeps one for each."""
    target, place = one.spec.target, ""
    if has_company and one.facts.company_dependent:
        place = " || '@' || company"
    cell = f"{quote(target + '=')} || {name(one.cell)}"
    return f"left(md5(coalesce({cell}, {quote(target)}){place}), 16)"


def _copy(duck: duckdb.DuckDBPyConnection, select: str, path: Path) -> None:
    target = quote(str(path.resolve()))
    duck.execute(
        f"COPY ({select}) TO {target} "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    )


def _totals(duck: duckdb.DuckDBPyConnection, compiled: Compiled) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for n, total in enumerate(compiled.totals):
        row = duck.execute(
            f'SELECT coalesce(sum("total:{n}"), 0) FROM rows JOIN places USING (sheet_row) '
            "WHERE NOT failed"
        ).fetchone()
        totals[total] = _plain(Decimal(row[0])) if row else Decimal(0)
    return totals


def _plain(amount: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent."""
    short = amount.normalize()
    return short.quantize(Decimal(1)) if short.as_tuple().exponent > 0 else short  # type: ignore[operator]
