"""Writes row errors set by set: from Parquet files by COPY, from Odoo's answers by one insert."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone
from duckdb import DuckDBPyConnection

from importer.choices import IssueLevel, IssueStage
from importer.data.duck import quote
from importer.models import Issue, Load

COLUMNS = (
    'project_id, load_id, stage, level, position, sheet, row, "column", value, field, code, '
    "message, group_key, source_key, created_at"
)
_VALUE_LENGTH = 500
_FETCH = 2000


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One row of the sheet and what is wrong with it."""

    position: int
    row: int
    key: str
    code: str
    message: str
    field: str = ""
    column: str = ""
    value: str = ""
    level: str = IssueLevel.ERROR


def group_key(code: str, field: str, message: str) -> str:
    """Equal for problems with one cause: what is quoted or a number does not tell them apart."""
    general = re.sub(r"""['"“«][^'"”»]*['"”»]|\d+""", "#", message)
    return f"{code}|{field}|{blake2b(general.encode(), digest_size=8).hexdigest()}"[:200]


def add_problems(load: Load, stage: IssueStage, problems: Iterable[RowProblem]) -> None:
    """Insert them in the transaction under way."""
    sheet = load.sheet.name if load.sheet else ""
    Issue.objects.bulk_create(
        [
            Issue(
                project_id=load.project_id,
                load=load,
                stage=stage,
                level=one.level,
                position=one.position,
                sheet=sheet,
                row=one.row,
                column=one.column[:300],
                value=one.value[:_VALUE_LENGTH],
                field=one.field[:160],
                code=one.code,
                message=one.message,
                group_key=group_key(one.code, one.field, one.message),
                source_key=one.key,
            )
            for one in problems
        ],
        batch_size=1000,
    )


def remove_issues(load: Load, rows: Sequence[int], keys: Sequence[str] | None = None) -> None:
    """Forget what was said of these sheet rows, where ``keys`` are given of these only; they are
    tried again."""
    only = None if keys is None else list(keys)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM importer_issue WHERE load_id = %s AND row = ANY(%s) AND stage <> %s "
            "AND (%s::text[] IS NULL OR source_key = ANY(%s::text[]))",
            [load.pk, list(rows), str(IssueStage.VERIFY), only, only],
        )


def copy_prepared_issues(
    duck: DuckDBPyConnection, load: Load, issues: Path, plan: Path, *, all_rows: bool
) -> None:
    """Issues of the preparation, for rows that are in the plan (``all_rows``: also those of the
    sheet that belong to no prepared row)."""
    homeless = "OR i.position < 0" if all_rows else ""
    rows = duck.execute(
        f"""SELECT i.level, i.position, i.sheet, i.sheet_row, i."column", i.value, i.field, i.code,
          i.message, i.group_key, coalesce(i.key, '')
        FROM read_parquet({quote(str(issues))}) AS i
        WHERE i.position IN (SELECT pos FROM read_parquet({quote(str(plan))})) {homeless}"""
    )
    _copy_in(load, IssueStage.PREPARE, rows)


def copy_plan_issues(
    duck: DuckDBPyConnection, load: Load, issues: Path, columns: Sequence[tuple[str, str]]
) -> None:
    """Issues of the planner; ``columns``: (field, the sheet's columns behind it)."""
    duck.execute("CREATE TEMP TABLE named (field VARCHAR, columns VARCHAR)")
    if columns:
        duck.executemany("INSERT INTO named VALUES (?, ?)", [list(pair) for pair in columns])
    sheet = quote(load.sheet.name if load.sheet else "")
    rows = duck.execute(
        f"""SELECT i.level, i.position, {sheet}, i.sheet_row, coalesce(n.columns, ''), i.value,
          i.field, i.code, i.message,
          i.code || '|' || i.field || '|' || CASE WHEN i.code = 'stub' THEN '' ELSE i.value END,
          i.key
        FROM read_parquet({quote(str(issues))}) AS i LEFT JOIN named AS n USING (field)"""
    )
    _copy_in(load, IssueStage.PLAN, rows)


def _copy_in(load: Load, stage: IssueStage, rows: DuckDBPyConnection) -> None:
    now = timezone.now()
    statement = f"COPY importer_issue ({COLUMNS}) FROM STDIN"
    with (
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        while block := rows.fetchmany(_FETCH):
            for row in block:
                copy.write_row(_copied(load, stage, row, now))


def _copied(load: Load, stage: IssueStage, row: Sequence[Any], now: Any) -> tuple[Any, ...]:
    level, position, sheet, sheet_row, column, value, field, code, message, group, key = row
    texts = [sheet, column[:300], value[:_VALUE_LENGTH], field[:160], code, message, group[:200]]
    sheet, column, value, field, code, message, group, key = (
        text.replace("\0", "") for text in (*texts, key)
    )
    start = (load.project_id, load.pk, str(stage), level, position, sheet, sheet_row)
    return (*start, column, value, field, code, message, group, key, now)
