"""What a user's expression may do, and the sentence for what it may not."""

from pathlib import Path

import pytest

from importer.data.duck import open_duck
from importer.data.expressions import check_expression, parse_expression
from importer.errors import Refused

COLUMNS = ("name", "Unit price", "day")


@pytest.mark.parametrize(
    "sql",
    [
        "name",
        "upper(NAME) || '-' || \"Unit price\"",
        'CAST("Unit price" AS DECIMAL(18,4)) * 100',
        "CASE WHEN name = 'x' THEN '1' ELSE NULL END",
        "strptime(day, '%d/%m/%Y')",
        "coalesce(nullif(trim(name), ''), 'none')",
        "lpad(name, 5, '0')",
        "name IN ('a', 'b') AND name LIKE 'x%'",
        "split_part(name, ' ', 1) -- the first word",
        "replace(" * 9 + "name" + ", 'ä', 'ae')" * 9,
        "extract(year FROM strptime(day, '%Y-%m-%d'))",
    ],
)
def test_scalar_expressions_over_the_row_are_allowed(sql: str) -> None:
    check_expression(sql, COLUMNS)


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("(SELECT 1)", "a query of its own"),
        ("sum(name)", "“sum”"),
        ("row_number() OVER ()", "a window function"),
        ("random()", "“random”"),
        ("now()", "“now”"),
        ("read_text('/etc/passwd')", "“read_text”"),
        ("getenv('HOME')", "“getenv”"),
        ("list_transform([1], lambda x: x)", "“list_transform”"),
        ("*", "“*”"),
        ("?", "a parameter"),
        ("other.name", "other.name"),
        ("name) FROM sheet WHERE (1 = 1", "more than one value"),
        ("name), (name", "more than one value"),
        ("name; DROP TABLE x", "cannot be read"),
        ("/* open", "cannot be read"),
        ("CAST(name AS STRUCT(a INT))", "STRUCT"),
        ("lpad(name, 2000000000, 'x')", "pads to a width"),
        ("lpad(name, length(name), 'x')", "pads to a width"),
        ("format('{:2000000000}', name)", "“format”"),
        ("getvariable('x')", "“getvariable”"),
        ("current_setting('threads')", "“current_setting”"),
        ("name.getenv()", "“getenv”"),
        ("main.upper(name)", "“upper”"),
        ("current_user", "column “current_user”"),
        ("current_timestamp", "column “current_timestamp”"),
        ("_row", "column “_row”"),
        ("nextval('s')", "“nextval”"),
        ("read_csv('x')", "“read_csv”"),
        ("EXISTS (FROM 'x.csv')", "a query of its own"),
        ("name IN (FROM glob('*'))", "a query of its own"),
        ("[y FOR y IN [name]]", "“list_apply”"),
        ("name COLLATE de", "a collation"),
        ("name AT TIME ZONE 'UTC'", "“timezone”"),
        ("CAST(name AS TIMESTAMPTZ)", "casts to"),
        ('CAST(name AS "main"."VARCHAR")', "casts to"),
        ("CAST(name AS VARCHAR[])", "casts to"),
        ("repeat(name, 1000000)", "“repeat”"),
        ("#1", "positional_reference"),
        ("COLUMNS('.*')", "“*”"),
        ("1) WINDOW w AS (PARTITION BY 1", "cannot be read"),
        ("1) USING SAMPLE (1", "more than one value"),
        ("1) ORDER BY (1", "more than one value"),
        ("1) UNION SELECT (2", "more than one value"),
        ("replace(" * 9 + "name" + ", 'a', 'aaaaaaaa')" * 9, "fill the memory"),
        ("regexp_replace(" * 40 + "name" + ", '', 'x', 'g')" * 40, "fill the memory"),
        ("replace(replace(replace(name, 'a', day), 'b', day), 'c', name)", "fill the memory"),
        ("", "empty"),
        ("lower(name" + ")" * 3, "cannot be read"),
    ],
)
def test_anything_else_is_refused_by_name(sql: str, named: str) -> None:
    with pytest.raises(Refused, match=r".") as refusal:
        check_expression(sql, COLUMNS)
    assert named in str(refusal.value)


def test_an_offset_reads_the_same_whatever_the_machines_zone_is(tmp_path: Path) -> None:
    sql = "strptime('2020-01-01 10:00 +0200', '%Y-%m-%d %H:%M %z')"
    check_expression(sql, COLUMNS)
    with open_duck(tmp_path) as duck:
        assert duck.execute(f"SELECT CAST({sql} AS VARCHAR)").fetchall() == [
            ("2020-01-01 08:00:00+00",)
        ]
        assert duck.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]


def test_an_unknown_column_is_named_with_the_quoting_rule() -> None:
    with pytest.raises(Refused, match="column “nam” that the sheet does not have"):
        check_expression("nam || 'x'", COLUMNS)


def test_calculating_with_text_says_how_to_cast() -> None:
    with pytest.raises(Refused, match="Every cell is text"):
        check_expression('"Unit price" * 2', COLUMNS)


def test_the_columns_an_expression_reads_are_known() -> None:
    assert parse_expression('lower(name) || "Unit price" || name').columns == ("name", "Unit price")


def test_a_deep_nest_is_refused_and_does_not_crash() -> None:
    with pytest.raises(Refused):
        check_expression("(" * 1900 + "1" + ")" * 1900, COLUMNS)
