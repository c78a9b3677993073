"""Users' SQL expressions: parsed by DuckDB's own parser, then every part is held against a list.

Scalar only, over the cells of one row; what is not listed here is refused, never tried.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import duckdb

from importer.data.duck import name as quoted
from importer.errors import Refused

MAX_LENGTH = 4000
MAX_PADDED = 1000
"""Characters lpad and rpad may make; DuckDB's memory limit does not count them."""
MAX_GROWTH = 100_000
"""How many times longer than its cells replacing upon replacing may make a text."""

_FUNCTIONS = (
    "|| + - * / // % abs round floor ceil ceiling trunc sign least greatest mod pow power sqrt "
    "lower upper trim ltrim rtrim length len strlen left right substring substr replace translate "
    "concat concat_ws lpad rpad split_part string_split contains starts_with ends_with "
    "prefix suffix "
    "position strpos instr reverse strip_accents nfc_normalize ascii chr "
    "regexp_replace regexp_extract regexp_matches regexp_full_match "
    "~~ !~~ ~~* !~~* ~~~ ^@ like_escape not_like_escape ilike_escape not_ilike_escape "
    "nullif ifnull if array_extract list_extract array_to_string list_value md5 "
    "strptime try_strptime strftime make_date make_timestamp date_part datepart date_trunc "
    "datetrunc "
    "date_diff datediff date_add last_day year month day hour minute second dayofweek isodow "
    "to_years to_months to_weeks to_days to_hours to_minutes to_seconds "
)
FUNCTIONS = frozenset(_FUNCTIONS.split())
"""Pure functions of their arguments: no clock, no chance, no files, no settings."""

_TYPES = (
    "VARCHAR TEXT STRING CHAR BOOLEAN BOOL TINYINT SMALLINT INTEGER INT BIGINT HUGEINT UTINYINT "
    "USMALLINT UINTEGER UBIGINT FLOAT REAL DOUBLE DECIMAL NUMERIC DATE TIME TIMESTAMP DATETIME "
    "INTERVAL "
)
TYPES = frozenset(_TYPES.split())

LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "lock_configuration": True,
}
_FRAMES = ("({})", "TRY([CAST(({}) AS VARCHAR)])", "TRY(({}) IS TRUE)")
"""Where expressions stand in compiled statements; each must be one value in all of them."""

_PLAIN = frozenset(("CONSTANT", "CASE", "COMPARISON", "CONJUNCTION", "OPERATOR", "BETWEEN"))
_REFUSED_CLASSES = {
    "SUBQUERY": "a query of its own",
    "WINDOW": "a window function",
    "STAR": "“*”",
    "LAMBDA": "a lambda",
    "PARAMETER": "a parameter (“?” or “$1”)",
    "COLLATE": "a collation",
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression: its text and the column names it reads, as written."""

    sql: str
    columns: tuple[str, ...]


def check_expression(sql: str, columns: Sequence[str]) -> None:
    """Raise Refused, with a sentence, unless ``sql`` is a scalar expression over ``columns``
    (all of them text) that DuckDB can compute."""
    expression = parse_expression(sql)
    known = {column.lower() for column in columns}
    for column in expression.columns:
        if column.lower() not in known:
            raise Refused(
                f"The expression {_shown(sql)} reads a column “{column}” that the sheet does not "
                f"have. Column names stand in double quotes, texts in single quotes: \"Name\", 'x'."
            )
    _bind(expression)


@lru_cache(maxsize=1024)
def parse_expression(sql: str) -> Expression:
    """Parse and hold against the lists; Refused names the first part that is not allowed."""
    if not sql.strip():
        raise Refused("The expression is empty. Write one, or map a column instead.")
    if len(sql) > MAX_LENGTH:
        raise Refused(f"The expression is longer than {MAX_LENGTH} characters. Shorten it.")
    try:
        tree = _tree(sql)
        columns: dict[str, None] = {}
        for node in _nodes(tree):
            _check_node(node, sql, columns)
        if _growth(tree) > MAX_GROWTH:
            raise Refused(
                f"The expression {_shown(sql)} replaces in what was replaced so often that a cell "
                "could fill the memory. Do it in fewer steps, or with translate(..)."
            )
    except RecursionError as error:
        raise Refused(f"The expression {_shown(sql)} is nested too deeply. Simplify it.") from error
    return Expression(sql, tuple(columns))


def _tree(sql: str) -> dict[str, Any]:
    selects = ["SELECT " + frame.replace("{}", f"\n{sql}\n") for frame in _FRAMES]
    with duckdb.connect(":memory:", config=LOCKED) as connection:
        rows = [
            connection.execute("SELECT json_serialize_sql(?)", [select]).fetchone()
            for select in selects
        ]
    values = []
    for row in rows:
        answer = json.loads(row[0]) if row else {"error": True}
        if answer.get("error"):
            detail = str(answer.get("error_message", "")).splitlines()
            raise Refused(
                f"The expression {_shown(sql)} cannot be read. {detail[0] if detail else ''}"
            )
        values.append(_only_value(answer, sql))
    return values[0]


def _only_value(answer: dict[str, Any], sql: str) -> dict[str, Any]:
    """The one value selected; anything beside it (a second statement, FROM, WHERE..) is refused."""
    statements = answer["statements"]
    select = statements[0]["node"] if len(statements) == 1 else {}
    around = [
        select.get(part)
        for part in (
            "where_clause",
            "having",
            "qualify",
            "sample",
            "group_expressions",
            "modifiers",
        )
    ]
    plain = (
        select.get("type") == "SELECT_NODE"
        and len(select["select_list"]) == 1
        and select["from_table"]["type"] == "EMPTY"
        and not select["cte_map"]["map"]
        and not any(around)
    )
    if not plain:
        raise Refused(
            f"The expression {_shown(sql)} is more than one value. "
            "Write one expression, without SELECT, FROM or a semicolon."
        )
    value: dict[str, Any] = select["select_list"][0]
    return value


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if "class" in tree:
            yield tree
        for part in tree.values():
            yield from _nodes(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)


def _check_node(node: dict[str, Any], sql: str, columns: dict[str, None]) -> None:
    kind = node["class"]
    if kind == "COLUMN_REF":
        columns[_column(node, sql)] = None
    elif kind == "FUNCTION":
        _check_function(node, sql)
    elif kind == "CAST":
        _check_type(node["type_expr"], sql)
    elif kind == "TYPE":
        _check_type(node, sql)
    elif kind not in _PLAIN:
        what = _REFUSED_CLASSES.get(kind, f"“{kind.lower()}”")
        raise Refused(
            f"The expression {_shown(sql)} uses {what}. Only values of the same row are allowed."
        )


def _column(node: dict[str, Any], sql: str) -> str:
    names = node["column_names"]
    if len(names) != 1:
        raise Refused(
            f"The expression {_shown(sql)} reads “{'.'.join(names)}”. "
            'Write just the column\'s name, in double quotes: "Name".'
        )
    return str(names[0])


def _check_function(node: dict[str, Any], sql: str) -> None:
    function = str(node["function_name"])
    dressed = (
        node["schema"]
        or node["catalog"]
        or node["filter"]
        or node["distinct"]
        or node["order_bys"]["orders"]
    )
    if function.lower() in ("lpad", "rpad"):
        _check_padding(node, sql)
    if function.lower() not in FUNCTIONS or dressed:
        raise Refused(
            f"The expression {_shown(sql)} uses the function “{function}”, which is not allowed "
            "here. The mapping page lists the functions that are."
        )


def _check_padding(node: dict[str, Any], sql: str) -> None:
    width = [each["expression"].get("literal", {}).get("text", "") for each in node["arguments"]][
        1:2
    ]
    if not width or not width[0].isdecimal() or int(width[0]) > MAX_PADDED:
        raise Refused(
            f"The expression {_shown(sql)} pads to a width that is not a plain number up to "
            f"{MAX_PADDED}. Write the width as a number."
        )


def _growth(node: Any) -> float:
    """An upper bound of how many times longer than the cells a text becomes."""
    if isinstance(node, list):
        return sum(_growth(each) for each in node)
    if not isinstance(node, dict):
        return 0
    if node.get("class") in ("COLUMN_REF", "CONSTANT"):
        return 1
    if str(node.get("function_name", "")).lower() in ("replace", "regexp_replace"):
        parts = [each["expression"] for each in node["arguments"]]
        return _growth(parts[:1]) * _longer(node, parts) * max(_growth(parts[2:3]), 1)
    return sum(_growth(each) for each in node.values())


def _longer(node: dict[str, Any], parts: Sequence[Any]) -> float:
    """What one replacing multiplies a text's length by, at most."""
    texts = [each.get("literal", {}).get("text") for each in parts]
    made = texts[2] if len(texts) > 2 else ""
    if made is None:
        return 100
    if str(node["function_name"]).lower() == "regexp_replace":  # its pattern may match nothing
        return len(made) + 1 if len(texts) > 3 and made else 1
    return max(1.0, len(made) / max(len(texts[1] or ""), 1))


def _check_type(node: dict[str, Any], sql: str) -> None:
    type_name = str(node["type_name"])
    if type_name.upper() not in TYPES or node.get("schema") or node.get("catalog"):
        raise Refused(
            f"The expression {_shown(sql)} casts to {type_name}, which is not allowed here. "
            "Use VARCHAR, DECIMAL, BIGINT, DOUBLE, BOOLEAN, DATE or TIMESTAMP."
        )


def _bind(expression: Expression) -> None:
    """Let DuckDB find types and overloads, over no rows at all."""
    columns = ", ".join(f"NULL::VARCHAR AS {quoted(column)}" for column in expression.columns)
    source = f"(SELECT {columns})" if columns else "(SELECT 1)"
    try:
        with duckdb.connect(":memory:", config=LOCKED) as connection:
            connection.execute(f"DESCRIBE SELECT (\n{expression.sql}\n) FROM {source}")
    except duckdb.Error as error:
        detail = str(error).splitlines()[0]
        raise Refused(
            f"The expression {_shown(expression.sql)} cannot be computed. Every cell is text: "
            'write CAST("column" AS DECIMAL(18,4)) before you calculate with it. '
            f"({detail})"
        ) from error


def _shown(sql: str) -> str:
    text = " ".join(sql.split())
    return f"“{text if len(text) <= 80 else text[:77] + '...'}”"
