"""What dates a column's cells are: which form each has, which rows prove day or month first, and
the moment each means. Reads the table ``cells``, makes the table ``days``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from importer.data.duck import quote
from importer.data.profiling.kinds import CLOCK, MONTHS

DAY_FIRST, MONTH_FIRST, EITHER, SAME = "day first", "month first", "either", "same"
IMPOSSIBLE = "impossible"

_SLASHED = rf"([0-9]{{1,2}})([-/.])([0-9]{{1,2}})[-/.]([0-9]{{4}}|[0-9]{{2}})({CLOCK})"

_MACROS = {
    "day_of(y, m, d)": (
        "TRY_CAST(CASE WHEN length(y) = 2 THEN CASE WHEN y < '69' THEN '20' ELSE '19' END "
        "ELSE '' END || y || '-' || m || '-' || d AS DATE)"
    ),
    "compact_day(s)": (
        "CASE WHEN regexp_full_match(s, '(?:19|20)[0-9]{6}') "
        "THEN day_of(left(s, 4), substr(s, 5, 2), right(s, 2)) END"
    ),
    "hour_of(clock)": "TRY_CAST(regexp_extract(clock, '([0-9]{1,2}):', 1) AS INTEGER)",
    "hour_of_day(clock)": (
        "CASE WHEN regexp_matches(clock, '[Pp]\\.?[Mm]') THEN hour_of(clock) % 12 + 12 "
        "WHEN regexp_matches(clock, '[Aa]\\.?[Mm]') THEN hour_of(clock) % 12 "
        "ELSE hour_of(clock) END"
    ),
    "seconds_of(clock)": (
        "CASE WHEN clock = '' THEN 0 ELSE 3600 * hour_of_day(clock) "
        "+ 60 * TRY_CAST(regexp_extract(clock, ':([0-9]{2})', 1) AS INTEGER) + coalesce("
        "TRY_CAST(regexp_extract(clock, ':[0-9]{2}:([0-9]{2})', 1) AS INTEGER), 0) END"
    ),
}

_ISO = """
SELECT col, v, n, r, epoch(moment) AS day_first, epoch(moment) AS month_first,
  CASE WHEN moment IS NULL THEN 'impossible' ELSE 'iso' END AS order_, s[5] AS sep, 4 AS digits,
  CASE WHEN NOT contains(s, ':') THEN ''
    WHEN regexp_matches(s, '[ T]0?0:00(:00([.,]0+)?)?$') THEN '0' ELSE 't' END AS clock
FROM (
  SELECT *, TRY_CAST(CASE WHEN left(s, 4) = '0000' THEN NULL WHEN s[5] = '-' THEN s ELSE
    replace(replace(left(s, 10), '/', '-'), '.', '-') || substr(s, 11) END AS TIMESTAMP) AS moment
  FROM (SELECT col, v, n, r, bare(v) AS s FROM cells WHERE kind = 'iso' AND col IN $cols))
"""
_COMPACT = """
SELECT col, v, n, r, epoch(moment) AS day_first, epoch(moment) AS month_first, 'iso' AS order_,
  '' AS sep, 4 AS digits, '' AS clock
FROM (SELECT col, v, n, r, compact_day(v) AS moment FROM cells
  WHERE kind = 'compact' AND col IN $cols)
"""
_BY_NUMBERS = """
SELECT col, v, n, r, epoch(dm) + seconds_of(p.clock) AS day_first,
  epoch(md) + seconds_of(p.clock) AS month_first,
  CASE WHEN dm IS NULL AND md IS NULL THEN 'impossible' WHEN md IS NULL THEN 'day first'
    WHEN dm IS NULL THEN 'month first' WHEN dm = md THEN 'same' ELSE 'either' END AS order_,
  p.sep, length(p.y) AS digits,
  CASE WHEN p.clock = '' THEN '' WHEN seconds_of(p.clock) = 0 THEN '0' ELSE 't' END AS clock
FROM (
  SELECT *, day_of(p.y, p.b, p.a) AS dm, day_of(p.y, p.a, p.b) AS md FROM (
    SELECT col, v, n, r, regexp_extract(bare(v), $slashed, ['a', 'sep', 'b', 'y', 'clock']) AS p
    FROM cells WHERE kind = 'slashed' AND col IN $cols))
"""
_BY_NAMES = """
SELECT col, v, n, r, epoch(moment) AS day_first, epoch(moment) AS month_first,
  CASE WHEN moment IS NULL THEN 'impossible' ELSE 'named' END AS order_, ' ' AS sep,
  length(y) AS digits, CASE WHEN contains(v, ':') THEN 't' ELSE '' END AS clock
FROM (
  SELECT *, day_of(y, coalesce(months[left(word, 4)], months[left(word, 3)])::VARCHAR, d) AS moment
  FROM (
    SELECT col, v, n, r, lower(regexp_extract(v, '[\\pL]{3,}')) AS word, $months AS months,
      regexp_extract(v, '(?:^|[^0-9])([0-9]{1,2})(?:[^0-9]|$)', 1) AS d,
      coalesce(nullif(regexp_extract(v, '[0-9]{4}'), ''),
        regexp_extract(v, '[^0-9]([0-9]{2})(?:[ T,]+[0-9]{1,2}:.*)?$', 1)) AS y
    FROM cells WHERE kind = 'month' AND col IN $cols))
"""


def prelude() -> str:
    """The macros that this module's statements are written in."""
    return "\n".join(f"CREATE TEMP MACRO {head} AS {body};" for head, body in _MACROS.items())


@dataclass(frozen=True, slots=True)
class DateForm:
    """How many of a column's cells have one form."""

    order: str
    separator: str
    year_digits: int
    clock: str
    count: int
    examples: tuple[tuple[int, str], ...]

    @property
    def title(self) -> str:
        """Such as ``d/m/yyyy``, ``yyyy-mm-dd hh:mm``."""
        year, sep = "y" * self.year_digits, self.separator
        day_first, month_first = f"d{sep}m{sep}{year}", f"m{sep}d{sep}{year}"
        titles = {
            "iso": f"yyyy{sep}mm{sep}dd",
            "named": f"d month {year}",
            DAY_FIRST: day_first,
            MONTH_FIRST: month_first,
            IMPOSSIBLE: "not in the calendar",
        }
        title = titles.get(self.order, f"{day_first} or {month_first}")
        if self.order == IMPOSSIBLE:
            return title
        return title + {"": "", "0": " 00:00", "t": " hh:mm"}[self.clock]


def read_dates(
    duck: duckdb.DuckDBPyConnection, positions: Sequence[int]
) -> dict[int, list[DateForm]]:
    """Make the table ``days`` (col, v, n, r, day_first, month_first, order_, sep, digits, clock;
    moments in seconds since 1970) of these columns; their forms, the most frequent first."""
    cols = "(" + ", ".join(map(str, positions)) + ")"
    months = "MAP {" + ", ".join(f"{quote(word)}: {n}" for word, n in MONTHS.items()) + "}"
    select = " UNION ALL ".join((_ISO, _COMPACT, _BY_NUMBERS, _BY_NAMES))
    for mark, text in (("$cols", cols), ("$months", months), ("$slashed", quote(_SLASHED))):
        select = select.replace(mark, text)
    duck.execute(f"CREATE OR REPLACE TEMP TABLE days AS {select}")
    found = duck.execute(
        "SELECT col, order_, sep, digits, clock, sum(n)::BIGINT AS total, "
        "arg_min({'r': r, 'v': v}, r, 3) FROM days GROUP BY ALL ORDER BY total DESC, order_"
    ).fetchall()
    forms: dict[int, list[DateForm]] = {position: [] for position in positions}
    for col, order, sep, digits, clock, total, first in found:
        examples = tuple((one["r"], one["v"]) for one in first)
        forms[col].append(DateForm(order, sep, digits, clock, total, examples))
    return forms


def mark_compact(duck: duckdb.DuckDBPyConnection, position: int) -> bool:
    """Whether all whole numbers of a column are days as ``20240131``; they are then called so."""
    whole = f"FROM cells WHERE col = {position} AND kind = 'int'"
    if duck.execute(f"SELECT bool_and(compact_day(v) IS NOT NULL) {whole}").fetchall() != [(True,)]:
        return False
    duck.execute(f"UPDATE cells SET kind = 'compact' WHERE col = {position} AND kind = 'int'")
    return True


def order_of(forms: Sequence[DateForm]) -> str:
    """Which comes first where a cell says nothing: what more cells of the column prove."""
    proven = {
        order: sum(one.count for one in forms if one.order == order)
        for order in (DAY_FIRST, MONTH_FIRST)
    }
    return MONTH_FIRST if proven[MONTH_FIRST] > proven[DAY_FIRST] else DAY_FIRST
