"""What a user's expression may do, and the sentence for what it may not."""

import pytest

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
        ("", "empty"),
        ("lower(name" + ")" * 3, "cannot be read"),
    ],
)
def test_anything_else_is_refused_by_name(sql: str, named: str) -> None:
    with pytest.raises(Refused, match=r".") as refusal:
        check_expression(sql, COLUMNS)
    assert named in str(refusal.value)


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
