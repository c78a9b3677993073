"""The tables of one comparison, as SQL texts: the sheet's rows, what the key map knows of them,
what Odoo said. Pure; builds text, runs nothing.

A row of the sheet stands for a record where it is the first good one of its key (``is_first``).
"""

from collections.abc import Collection, Sequence
from pathlib import Path

from importer.data.duck import name, quote
from importer.engine.reconciling.fields import Checked, Subject, value_column
from importer.engine.reconciling.reading import SHORTENED

WIDE = "DECIMAL(38,12)"
"""In which amounts are counted: exactly, up to twelve digits after the point."""
KNOWN = {
    "key": "VARCHAR",
    "id": "BIGINT",
    "state": "VARCHAR",
    "origin": "VARCHAR",
    "write_date": "VARCHAR",
}
CURRENCIES = {"id": "BIGINT", "places": "INTEGER"}
_CSV = "header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"'"


def from_csv(table: str, path: Path, columns: dict[str, str]) -> str:
    """CREATE of a table out of a CSV without a header."""
    typed = ", ".join(f"{quote(column)}: {quote(kind)}" for column, kind in columns.items())
    return (
        f"CREATE TEMP TABLE {table} AS SELECT * FROM read_csv({quote(str(path))}, {_CSV}, "
        f"columns = {{{typed}}})"
    )


def read_columns(fields: Sequence[str]) -> dict[str, str]:
    """The columns of what was read of these fields."""
    return {"id": "BIGINT", **{f"v:{one}": "VARCHAR" for one in fields}}


def source(
    path: Path, *, columns: Collection[str], chosen: bool, linked: Sequence[str]
) -> tuple[str, str]:
    """CREATE of ``src``: each row of the sheet that the load is about, with the record that the key
    map knows; and of ``aside``: the keys of rows that the mapping itself leaves out. ``columns``:
    of the prepared rows; ``linked``: only rows with one of these cells."""
    company = "company" if "company" in columns else "CAST(0 AS BIGINT)"
    skipped = "skipped <> ''" if "skipped" in columns else "FALSE"
    conditions = [f"NOT {skipped}"]
    if chosen:
        conditions.append("key IN (SELECT key FROM chosen)")
    if linked:
        cells = " OR ".join(f"{name(f'cell:{one}')} IS NOT NULL" for one in linked)
        conditions.append(f"({cells})")
    rows = f"read_parquet({quote(str(path))})"
    aside = f"CREATE TEMP TABLE aside AS SELECT key FROM {rows} WHERE {skipped}"
    return (
        aside,
        f"""
CREATE TEMP TABLE src AS
SELECT p.*, CASE WHEN p.is_first AND k.state <> 'gone' THEN k.id END AS id,
  coalesce(k.state, '') AS state, coalesce(k.origin, '') AS origin,
  coalesce(k.write_date, '') AS known_date
FROM (
  SELECT position, sheet_row, key, failed, {company} AS company,
    key IS NOT NULL AND row_number() OVER (
      PARTITION BY key ORDER BY CAST(failed AS INTEGER), position) = 1 AS is_first
  FROM {rows} WHERE {" AND ".join(conditions)}) AS p
LEFT JOIN known AS k ON k.key = p.key AND p.is_first""",
    )


def moved() -> str:
    """CREATE of ``again``: records whose values are to be read although they were compared when
    they were stored: written to since, of an unknown date, or stored otherwise than sent."""
    stamp = value_column("write_date")
    return f"""
CREATE TEMP TABLE again AS
SELECT DISTINCT s.company, s.id FROM src AS s JOIN odoo AS o ON o.id = s.id
WHERE s.known_date = '' OR s.known_date <> coalesce(o.{stamp}, '')
  OR s.key IN (SELECT key FROM otherwise)"""


def amount(text: str) -> str:
    """SQL of an exact number, NULL where the text is none."""
    return f"TRY_CAST({text} AS {WIDE})"


def rounded(one: Checked, number: str, currency: str, places: dict[int, int]) -> str:
    """SQL of a number as Odoo keeps it. ``currency``: SQL of the record's currency; ``places``: of
    each currency. DuckDB takes the fewest digits of all cases, so each is widened by itself."""
    if one.type == "integer":
        return f"CAST(round({number}, 0) AS {WIDE})"
    if one.digits is not None:
        return f"CAST(round({number}, {one.digits}) AS {WIDE})"
    if one.type != "monetary" or not places or not currency:
        return number
    whens = " ".join(
        f"WHEN {number_of} THEN CAST(round({number}, {digits}) AS {WIDE})"
        for number_of, digits in sorted(places.items())
    )
    return f"CASE {currency} {whens} ELSE {number} END"


def currency_of(one: Checked, table: str) -> str:
    """SQL of the currency of Odoo's record, as a number; NULL where the model has none."""
    if not one.currency:
        return "CAST(NULL AS BIGINT)"
    return f"TRY_CAST({table}.{value_column(one.currency)} AS BIGINT)"


def company_of(subject: Subject, table: str) -> str:
    """SQL of the company of Odoo's record."""
    if not subject.company:
        return "CAST(NULL AS BIGINT)"
    return f"TRY_CAST({table}.{value_column(subject.company)} AS BIGINT)"


def differs(one: Checked, odoo: str, expected: str, places: dict[int, int]) -> str:
    """SQL: whether Odoo's value is another than the prepared cell ``p``. ``odoo``: the table of
    the values; ``expected``: SQL of the ids that a relation's cell leads to."""
    cell, value = cell_of(one), f"{odoo}.{one.value}"
    asked = "TRUE" if one.is_cleared or one.kind == "lines" else f"{cell} IS NOT NULL"
    return f"({asked} AND {_is_other(one, cell, value, expected, places)})"


def cell_of(one: Checked) -> str:
    """SQL of the prepared row's cell; of lines their number."""
    if one.kind == "lines":
        path = quote(f'$."{one.target}"')
        return f"CAST(coalesce(json_array_length(p.lines, {path}), 0) AS VARCHAR)"
    return f"p.{one.cell}"


def _is_other(one: Checked, cell: str, value: str, expected: str, places: dict[int, int]) -> str:
    if one.is_amount:
        ours = rounded(one, amount(f"coalesce({cell}, '0')"), currency_of(one, "o"), places)
        theirs = rounded(one, amount(f"coalesce({value}, '0')"), currency_of(one, "o"), places)
        return f"({ours} IS DISTINCT FROM {theirs} AND NOT {_is_close(cell, value)})"
    if one.type == "boolean":
        return f"coalesce({cell}, '0') <> coalesce({value}, '0')"
    if one.is_relation:
        wanted = f"CASE WHEN {cell} IS NULL THEN '' ELSE coalesce({expected}, '?') END"
        if one.adds:
            return f"NOT list_has_all({_split(value)}, {_split(wanted)})"
        return f"({wanted}) <> {_blank_zero(one, value)}"
    plain = f"coalesce({SHORTENED.format(text=cell)}, '') <> coalesce({value}, '')"
    return plain if one.type != "html" else f"({plain} AND {_is_other_html(cell, value)})"


def _is_other_html(cell: str, value: str) -> str:
    """A plain text stands in a paragraph of its own once it is in a field of HTML."""
    escaped = f"replace(replace(replace({cell}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')"
    whole = [SHORTENED.format(text=f"('<p>' || {text} || '</p>')") for text in (cell, escaped)]
    known = ", ".join(f"coalesce({text}, '')" for text in whole)
    return f"coalesce({value}, '') NOT IN ({known})"


def _blank_zero(one: Checked, value: str) -> str:
    """A reference kept as a number is 0 where it is empty."""
    plain = f"coalesce({value}, '')"
    return plain if one.relation else f"CASE {plain} WHEN '0' THEN '' ELSE {plain} END"


def _split(text: str) -> str:
    return f"string_split(coalesce({text}, ''), ',')"


def _is_close(cell: str, value: str) -> str:
    """What differs in the last digits of a float only: Odoo stores no more of them."""
    ours, theirs = (f"TRY_CAST(coalesce({text}, '0') AS DOUBLE)" for text in (cell, value))
    return (
        f"coalesce(abs({ours} - {theirs}) <= 1e-14 * greatest(abs({ours}), abs({theirs})), FALSE)"
    )
