"""The small SQL vocabulary every compiled mapping is written in; stored with each SELECT.

``as_...`` macros give the text Odoo wants, or NULL where the text is no such value.
"""

from collections.abc import Sequence

from importer.data.duck import quote

_BLANKS = "".join(chr(code) for code in range(0x110000) if chr(code).isspace())
"""What str.strip() takes away, so that SQL and Python agree on a key."""

_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?"
_INTEGER = r"[+-]?\d{1,12}(\.0*)?"
_DAY = r"\d{4}-\d{1,2}-\d{1,2}"
_CLOCK = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?"
_MOMENT = rf"{_DAY}([ T]{_CLOCK})?"
_TRUE = "('1', 'true', 't', 'yes', 'y', 'x')"
_FALSE = "('0', 'false', 'f', 'no', 'n')"

EXTERNAL_ID = r"""[A-Za-z_]\w*\.[^\s,"']+"""


def _fits(pattern: str) -> str:
    return f"regexp_full_match(strip(t), {quote(pattern)})"


MACROS: dict[str, str] = {
    "strip(t)": f"trim(t, {quote(_BLANKS)})",
    "key_part(t)": "strip(nfc_normalize(replace(t, chr(0), '')))",
    "key_of(parts)": "CAST(to_json(parts) AS VARCHAR)",
    "fold(t)": "lower(key_part(t))",
    "as_integer(t)": (
        f"CASE WHEN {_fits(_INTEGER)} "
        "THEN CAST(TRY_CAST(split_part(strip(t), '.', 1) AS INTEGER) AS VARCHAR) END"
    ),
    "plain_number(t)": (
        r"regexp_replace(regexp_replace(regexp_replace(ltrim(t, '+'), '^(-?)0*([0-9])', '\1\2'), "
        r"'^(-?)\.', '\10.'), '\.0*$|(\.[0-9]*[1-9])0+$', '\1')"
    ),
    "as_number(t)": (
        f"CASE WHEN NOT {_fits(_NUMBER)} THEN NULL "
        "WHEN regexp_matches(strip(t), '[eE]') "
        "THEN nullif(replace(CAST(TRY_CAST(strip(t) AS DOUBLE) AS VARCHAR), '-inf', 'inf'), 'inf') "
        "WHEN plain_number(strip(t)) = '-0' THEN '0' ELSE plain_number(strip(t)) END"
    ),
    "as_boolean(t)": (
        f"CASE WHEN lower(strip(t)) IN {_TRUE} THEN '1' "
        f"WHEN lower(strip(t)) IN {_FALSE} THEN '0' END"
    ),
    "as_moment(t)": (
        f"CASE WHEN {_fits(_MOMENT)} THEN strftime(TRY_CAST(replace(replace(strip(t), "
        "'T', ' '), ',', '.') AS TIMESTAMP), '%Y-%m-%d %H:%M:%S') END"
    ),
    "as_date(t)": "substr(as_moment(t), 1, 10)",
    "as_external_id(t)": f"CASE WHEN {_fits(EXTERNAL_ID)} THEN strip(t) END",
    "filled(t)": "CASE WHEN strip(t) <> '' THEN t END",
    "shown(t)": "CASE WHEN length(t) > 80 THEN substr(t, 1, 77) || '...' ELSE t END",
}


def prelude(empty_words: Sequence[str] = ()) -> str:
    """The statements that define the vocabulary, one a line. ``empty_words`` are the cell texts
    that mean nothing is there (``NULL``, ``N/A``)."""
    words = ", ".join(quote(word) for word in ("", *empty_words))
    macros = MACROS | {"cell(t)": f"CASE WHEN strip(t) NOT IN ({words}) THEN t END"}
    return "\n".join(f"CREATE TEMP MACRO {head} AS {body};" for head, body in macros.items())
