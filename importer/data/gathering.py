"""Runs one compiled SELECT into a table and collects what is wrong with its rows, set by set.

Works in the DuckDB it is given; the issues of the sheet and of its nested sheets meet here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from importer.data.compiled import Compiled, CompiledField
from importer.data.duck import name, quote
from importer.data.row_companies import company_issues, two_companies
from importer.data.transforms.working import work
from importer.data.wording import (
    group_sql,
    key_sentence,
    message_sql,
    public_code,
    soft_codes,
    where,
)
from importer.errors import Refused

_ISSUES = """
CREATE TEMP TABLE issues (part VARCHAR, sheet VARCHAR, sheet_row BIGINT, key VARCHAR,
  level VARCHAR, "column" VARCHAR, value VARCHAR, field VARCHAR, code VARCHAR, message VARCHAR,
  group_key VARCHAR)
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A sheet being prepared by a mapping: ``table`` (rows, lines_0..) gets the SELECT's rows."""

    table: str
    sheet: str
    compiled: Compiled


def start_issues(duck: duckdb.DuckDBPyConnection) -> None:
    """Make the table that every part adds to."""
    duck.execute(_ISSUES)


def gather(
    duck: duckdb.DuckDBPyConnection,
    part: Part,
    source: str,
    lookups: Mapping[str, str],
    folder: Path,
) -> None:
    """Fill the part's table from the Parquet ``source`` (its path), then add its issues.
    ``lookups``: name of each list -> path of its Parquet. ``folder``: one in which this DuckDB may
    read and write."""
    duck.execute(
        f"CREATE OR REPLACE TEMP VIEW source AS SELECT * FROM read_parquet({quote(source)})"
    )
    for lookup, view in part.compiled.lookups.items():
        table = f"read_parquet({quote(lookups[lookup])})"
        duck.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM {table}")
    _fill(duck, part, folder)
    for one in part.compiled.fields:
        _field_issues(duck, part, one)
    _row_issues(duck, part)
    if part.compiled.company:
        add_issues(duck, part, company_issues(part.compiled.company, part.table))
    _duplicates(duck, part)
    if not part.compiled.company:  # what is unique is so in each company
        for one in part.compiled.fields:
            if one.is_unique:
                _not_unique(duck, part, one)
    for n, total in enumerate(part.compiled.totals):
        _total_issues(duck, part, n, total)


def _fill(duck: duckdb.DuckDBPyConnection, part: Part, folder: Path) -> None:
    try:
        work(duck, part.compiled.worked, folder)
        duck.execute(f"CREATE TEMP TABLE {part.table} AS\n{part.compiled.select}")
    except (
        duckdb.BinderException,
        duckdb.ConversionException,
        duckdb.InvalidInputException,
    ) as error:
        detail = str(error).splitlines()[0]
        raise Refused(
            f"The mapping for sheet “{part.sheet}” cannot be computed: {detail} "
            "Check the mapping; it names each expression that does not fit."
        ) from error


def add_issues(
    duck: duckdb.DuckDBPyConnection, part: Part, select: str, *, level: str = "error"
) -> None:
    """``select`` gives sheet_row, key, column, value, field, code, message, group_key."""
    head = f"{quote(part.table)}, {quote(part.sheet)}"
    duck.execute(
        f"INSERT INTO issues SELECT {head}, sheet_row, key, {quote(level)}, "
        f'"column", value, field, code, message, group_key FROM ({select})'
    )


def _field_issues(duck: duckdb.DuckDBPyConnection, part: Part, one: CompiledField) -> None:
    soft = ", ".join(quote(code) for code in soft_codes(one))
    column = quote(", ".join(one.spec.columns)[:300])
    rows = (
        f"SELECT sheet_row, key, {name(one.code)} AS code, {name(one.value)} AS value "
        f"FROM {part.table} WHERE {name(one.code)} IS NOT NULL"
    )
    select = (
        f'SELECT sheet_row, key, {column} AS "column", value, {quote(one.spec.target)} AS field, '
        f"{public_code('code')} AS code, {message_sql(one)} AS message, {group_sql(one)} AS "
        f"group_key FROM ({rows})"
    )
    if soft:
        add_issues(duck, part, f"{select} WHERE code IN ({soft})", level="warning")
        add_issues(duck, part, f"{select} WHERE code NOT IN ({soft})")
    else:
        add_issues(duck, part, select)


def _row_issues(duck: duckdb.DuckDBPyConnection, part: Part) -> None:
    broken = (
        "The row filter of the mapping could not be computed for this row. Correct the cells it "
        "reads, or the filter."
    )
    key_columns = part.compiled.key_columns
    add_issues(
        duck,
        part,
        f"""SELECT sheet_row, key, {quote(", ".join(key_columns)[:300])} AS "column", '' AS value,
        '' AS field, "code:row" AS code, CASE "code:row" WHEN 'key' THEN
        {quote(key_sentence(key_columns))} ELSE {quote(broken)} END AS message,
        "code:row" AS group_key FROM {part.table} WHERE "code:row" IS NOT NULL""",
    )


def _duplicates(duck: duckdb.DuckDBPyConnection, part: Part) -> None:
    column = quote(", ".join(part.compiled.key_columns)[:300])
    first = ", arg_min(company, sheet_row) AS first_company" if part.compiled.company else ""
    counts = '"code:row" IS NULL' + (" AND skip IS NULL" if part.compiled.skips else "")
    shown = "shown(array_to_string(CAST(CAST(key AS JSON) AS VARCHAR[]), ', '))"
    add_issues(
        duck,
        part,
        f"""SELECT r.sheet_row, key, {column} AS "column", {shown} AS value, '' AS field,
        'duplicate' AS code, 'The key “' || {shown} || '” is already in row ' || first_row ||
        {two_companies(part.compiled.company)} AS message,
        'duplicate|' || md5(key) AS group_key
        FROM {part.table} AS r JOIN (
          SELECT key, min(sheet_row) AS first_row{first} FROM {part.table}
          WHERE {counts} GROUP BY key HAVING count(*) > 1) USING (key)
        WHERE sheet_row > first_row AND {counts}""",
    )


def _not_unique(duck: duckdb.DuckDBPyConnection, part: Part, one: CompiledField) -> None:
    """Equal values of which Odoo keeps one; rows of one key are told apart by that already."""
    counts = '"code:row" IS NULL' + (" AND skip IS NULL" if part.compiled.skips else "")
    begin = where(one.spec.columns, one.spec.target)
    cell = name(one.cell)
    add_issues(
        duck,
        part,
        f"""SELECT r.sheet_row, r.key, {quote(", ".join(one.spec.columns)[:300])} AS "column",
        r.{cell} AS value, {quote(one.spec.target)} AS field, 'not_unique' AS code,
        {quote(begin)} || '“' || shown(r.{cell}) || '” is already in row ' || first_row ||
        ', and Odoo keeps it only once. Correct one of the two.' AS message,
        'not_unique|' || {quote(one.spec.target)} || '|' || md5(r.{cell}) AS group_key
        FROM {part.table} AS r JOIN (
          SELECT {cell} AS same, min(sheet_row) AS first_row, arg_min(key, sheet_row) AS first_key
          FROM {part.table} WHERE {cell} IS NOT NULL AND {counts}
          GROUP BY 1 HAVING count(*) > 1) ON same = r.{cell}
        WHERE r.sheet_row > first_row AND r.key <> first_key AND {counts}""",
    )


def _total_issues(duck: duckdb.DuckDBPyConnection, part: Part, n: int, total: str) -> None:
    message = (
        f"The control total “{total}” leaves this row out, because its expression could not be "
        "computed for it. Correct the cells it reads, or the expression."
    )
    add_issues(
        duck,
        part,
        f"""SELECT sheet_row, key, '' AS "column", '' AS value, '' AS field, 'total' AS code,
        {quote(message)} AS message, {quote(f"total|{n}")} AS group_key
        FROM {part.table} WHERE "total_code:{n}" """,
        level="warning",
    )
