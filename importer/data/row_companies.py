"""The company that each row names, on the bench: its id, or what is wrong with the cell. Pure."""

from collections.abc import Mapping
from typing import Any

from importer.data.companies import ids_by_text, names_of
from importer.data.compiled import RowCompany
from importer.data.compiling import Bench, fold
from importer.data.duck import quote
from importer.data.specs import Input, ValueEntries, read_inputs
from importer.data.wording import where
from importer.errors import Refused

_FIELD = "company"
_FORM = (
    'The company of the row is given as {{"column": "Branch"}} or as {{"sql": "…"}}, perhaps with '
    "a value map, not as {given!r:.80}."
)
_TWO = (
    "' for another company. A load has one row for each key: give the second company''s values a "
    "mapping and a graph of their own.'"
)
_ONE = "'. Keep one of the two rows, or add a column to the key.'"


def read_row_company(raw: Any) -> Input | None:
    """``{"column": …}`` or ``{"sql": …}``, perhaps with a value map; None where rows name no
    company. Refused says what is wrong with it."""
    if not raw:
        return None
    if not isinstance(raw, Mapping) or not ({"column", "sql"} & raw.keys()):
        raise Refused(_FORM.format(given=raw))
    try:
        return read_inputs([raw])[0]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused(_FORM.format(given=raw)) from error


def add_company(bench: Bench, frozen: Mapping[str, Any]) -> RowCompany | None:
    """Give the columns of RowCompany. An empty cell is the company of the node, else of the
    login."""
    one = read_row_company(frozen.get("row_company"))
    if one is None:
        return None
    companies = frozen.get("companies") or []
    entries = tuple((text, str(number)) for text, number in ids_by_text(companies).items())
    shown = bench.use(one.columns)
    value, codes = bench.value(_FIELD, one, default="")
    bench.join(
        bench.pairs(ValueEntries(entries, True)), "named", f"named.source = {fold(value, True)}"
    )
    unknown = f"WHEN {value} IS NOT NULL AND named.target IS NULL THEN 'unknown_company'"
    failed = " ".join(f"WHEN {wrong} THEN 'expression'" for wrong, _ in codes)
    bench.give("coalesce(CAST(named.target AS BIGINT), 0)", _FIELD)
    bench.give(f"CASE {failed} {unknown} END", f"code:{_FIELD}")
    cells = f"concat_ws(', ', {', '.join(shown)})" if shown else "''"
    bench.give(cells if one.is_column else f"coalesce({value}, {cells})", f"value:{_FIELD}")
    return RowCompany(one.columns, names_of(companies))


def company_issues(company: RowCompany, table: str) -> str:
    """SELECT of the rows whose company cannot be told, as ``add_issues`` wants it."""
    column = quote(", ".join(company.columns)[:300])
    begin = quote(where(company.columns, _FIELD))
    failed = quote(
        "the company could not be computed for this row. Correct the cells it reads, or the "
        "mapping's expression."
    )
    unknown = quote(
        f"” is no company of the connection's login (it has: {company.known}). Correct the cell, "
        "or give the company to the user in Odoo."
    )
    return f"""
SELECT sheet_row, key, {column} AS "column", "value:{_FIELD}" AS value, '' AS field,
  "code:{_FIELD}" AS code,
  {begin} || CASE "code:{_FIELD}" WHEN 'expression' THEN {failed}
    ELSE '“' || shown("value:{_FIELD}") || {unknown} END AS message,
  concat_ws('|', "code:{_FIELD}", '{_FIELD}', shown("value:{_FIELD}")) AS group_key
FROM {table} WHERE "code:{_FIELD}" IS NOT NULL"""


def two_companies(company: RowCompany | None) -> str:
    """SQL of how the sentence about a key's second row ends."""
    if company is None:
        return _ONE
    return f"CASE WHEN r.company <> first_company THEN {_TWO} ELSE {_ONE} END"
