"""What numbers a column's cells are: which rows prove a decimal point or a decimal comma, and the
number each cell means.
"""

from collections.abc import Iterable, Mapping

from importer.data.profiling.kinds import MONEY, NUMBERS

POINT, COMMA = ".", ","

TITLES = {
    "int": "whole number",
    "point": "decimal point",
    "point,": "decimal point, commas between thousands",
    "point?": "decimal point, or points between thousands",
    "comma": "decimal comma",
    "comma.": "decimal comma, points between thousands",
    "comma?": "decimal comma, or commas between thousands",
    "spaced": "gaps between thousands",
    "science": "scientific (1.2E+05)",
    "money": "with a sign of money, brackets or a minus behind",
    "percent": "percent",
}
PROVES_POINT = ("point", "point,")
PROVES_COMMA = ("comma", "comma.")
IN_DOUBT = ("point?", "comma?")
NOT_PLAIN = ("point,", "comma", "comma.", "comma?", "spaced", "money", "percent")
"""Kinds that are no number to Odoo before a transform."""

_ALL = NUMBERS + MONEY


def is_number(kind: str) -> bool:
    return kind in _ALL


def mark_of(counts: Mapping[str, int]) -> str:
    """The decimal mark of a column, by what most of the cells that prove one say. ``1,234`` in a
    column of points has a comma between thousands."""
    commas, points = (
        sum(counts.get(kind, 0) for kind in kinds) for kinds in (PROVES_COMMA, PROVES_POINT)
    )
    if commas == points == 0:
        return POINT
    return COMMA if commas > points else POINT


MACROS = {
    "digits_of(v)": "regexp_replace(v, '[^0-9.,-]', '', 'g')",
    "with_point(t)": "TRY_CAST(replace(t, ',', '') AS DOUBLE)",
    "with_comma(t)": "TRY_CAST(replace(replace(t, '.', ''), ',', '.') AS DOUBLE)",
    "amount_of(t, mark)": (
        "CASE WHEN regexp_matches(t, '\\..*,') THEN with_comma(t) "
        "WHEN regexp_matches(t, ',.*\\.') THEN with_point(t) "
        "WHEN regexp_matches(t, ',.*,') THEN with_point(t) "
        "WHEN regexp_matches(t, '\\..*\\.') THEN with_comma(t) "
        "WHEN contains(t, ',') AND mark = ',' THEN with_comma(t) "
        "WHEN contains(t, ',') AND NOT regexp_full_match(t, '-?[0-9]{1,3},[0-9]{3}') "
        "THEN with_comma(t) "
        "WHEN mark = ',' AND regexp_full_match(t, '-?[0-9]{1,3}\\.[0-9]{3}') THEN with_comma(t) "
        "ELSE with_point(t) END"
    ),
    "turned(t, v)": ("CASE WHEN contains(v, '(') OR ends_with(v, '-') THEN -abs(t) ELSE t END"),
    "number_of(v, kind, mark)": (
        "CASE WHEN kind IN ('int', 'point', 'science') THEN TRY_CAST(bare(v) AS DOUBLE) "
        "WHEN kind IN ('money', 'percent', 'spaced') "
        "THEN turned(amount_of(rtrim(digits_of(v), '-'), mark), bare(v)) "
        "ELSE amount_of(digits_of(v), mark) END"
    ),
}


def prelude() -> str:
    """Statements that define ``number_of(v, kind, mark)``: a DOUBLE, NULL for what is none."""
    return "\n".join(f"CREATE TEMP MACRO {head} AS {body};" for head, body in MACROS.items())


def in_mark(values: Iterable[tuple[int, str]]) -> str:
    """SQL of each column's mark: ``CASE col WHEN 0 THEN ',' ...``."""
    cases = " ".join(f"WHEN {position} THEN '{mark}'" for position, mark in values)
    return f"CASE col {cases} ELSE '.' END" if cases else "'.'"
