"""Lines inside their documents: a nested mapping's rows become one JSON text per parent key."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from importer.data.duck import name, quote
from importer.data.gathering import Part, add_issues


@dataclass(frozen=True, slots=True)
class Nested:
    """A nested mapping that has been gathered into ``part.table``."""

    part: Part
    path: Path
    field: str
    entity: str
    model: str


def add_line_issues(
    duck: duckdb.DuckDBPyConnection, nested: Sequence[Nested], documents: Part
) -> None:
    """Issues of lines without a document, and of documents with a bad line. Makes the table
    ``owners`` (part, sheet_row of the line, owner: sheet_row of the document)."""
    duck.execute("CREATE TEMP TABLE owners (part VARCHAR, sheet_row BIGINT, owner BIGINT)")
    for each in nested:
        _own(duck, each)
        _orphans(duck, each)
    if nested:
        _fail_documents(duck, documents)


def lines_sql(nested: Sequence[Nested]) -> tuple[str, str]:
    """SQL of the ``lines`` text of a row ``r``, and the joins it needs."""
    if not nested:
        return "CAST(NULL AS VARCHAR)", ""
    texts, joins = [], []
    for n, each in enumerate(nested):
        head = quote(f'"{each.field}":[')
        texts.append(f"{head} || coalesce(d{n}.lines, '') || ']'")
        joins.append(f"LEFT JOIN ({_documents(each)}) AS d{n} ON d{n}.parent_key = r.key")
    inner = " || ',' || ".join(texts)
    return f"'{{' || {inner} || '}}'", "\n  ".join(joins)


def _documents(each: Nested) -> str:
    cells = ", ".join(
        f"{quote(one.spec.target)}, {name(one.cell)}" for one in each.part.compiled.fields
    )
    line = f"CAST(json_object('key', key, 'cells', json_object({cells})) AS VARCHAR)"
    return (
        f"SELECT parent_key, string_agg({line}, ',' ORDER BY sheet_row) AS lines "
        f"FROM {each.part.table} WHERE parent_key IS NOT NULL GROUP BY parent_key"
    )


def _own(duck: duckdb.DuckDBPyConnection, each: Nested) -> None:
    table = each.part.table
    duck.execute(
        f"INSERT INTO owners SELECT {quote(table)}, l.sheet_row, min(r.sheet_row) "
        f"FROM {table} AS l JOIN rows AS r ON r.key = l.parent_key GROUP BY ALL"
    )


def _orphans(duck: duckdb.DuckDBPyConnection, each: Nested) -> None:
    table = each.part.table
    add_issues(
        duck,
        each.part,
        f"""SELECT l.sheet_row, l.key, '' AS "column", coalesce({_KEY}, '') AS value,
        {quote(each.field)} AS field, 'no_document' AS code,
        'This line belongs to no document of the sheet: ' || CASE WHEN l.parent_key IS NULL
        THEN 'the columns that name its document are empty, or cannot be read.'
        ELSE 'no row has the key “' ||
        shown({_KEY}) || '”.' END ||
        ' Correct it, or add the document.' AS message,
        'no_document|' || md5(coalesce(l.parent_key, '')) AS group_key
        FROM {table} AS l WHERE l.sheet_row NOT IN (
          SELECT sheet_row FROM owners WHERE part = {quote(table)})""",
    )


_KEY = "array_to_string(CAST(CAST(l.parent_key AS JSON) AS VARCHAR[]), ', ')"


def _fail_documents(duck: duckdb.DuckDBPyConnection, documents: Part) -> None:
    add_issues(
        duck,
        documents,
        f"""SELECT o.owner AS sheet_row, any_value(r.key) AS key, '' AS "column", '' AS value,
        '' AS field, 'line' AS code,
        'The document cannot be loaded because of ' || count(DISTINCT i.sheet_row) ||
        ' of its lines, the first in sheet “' || arg_min(i.sheet, i.sheet_row) || '”, row ' ||
        min(i.sheet_row) || '. Correct them; a document is loaded whole or not at all.'
        AS message, 'line' AS group_key
        FROM issues AS i JOIN owners AS o ON o.part = i.part AND o.sheet_row = i.sheet_row
          JOIN {documents.table} AS r ON r.sheet_row = o.owner
        WHERE i.level = 'error' GROUP BY o.owner""",
    )
