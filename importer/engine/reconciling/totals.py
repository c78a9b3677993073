"""Counts, sums, earliest and latest dates, and the hash of the keys, of both sides. Sums are exact
decimals; nothing here is ever a float.
"""

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from duckdb import DuckDBPyConnection

from importer.engine.reconciling import tables
from importer.engine.reconciling.fields import Checked, Subject

_FETCHED = 10_000
_PAIRS = "src AS s JOIN prepared AS p USING (position) LEFT JOIN odoo AS o ON o.id = s.id"
Names = Mapping[int, str]


def counts(duck: DuckDBPyConnection) -> dict[str, int]:
    """``rows`` of the sheet, those without a key and those whose key an earlier row has, ``keys``,
    ``in_odoo``; of the findings ``missing`` rows, ``extra`` records, ``different`` records and
    ``values``; ``left_out``: rows beside these that the mapping itself leaves out."""
    row = duck.execute("""
SELECT count(*), count(*) FILTER (key IS NULL), count(*) FILTER (key IS NOT NULL AND NOT is_first),
  count(*) FILTER (is_first), count(o.id)
FROM src AS s LEFT JOIN odoo AS o ON o.id = s.id""").fetchone()
    found = duck.execute("""
SELECT count(*) FILTER (kind = 'missing'), count(*) FILTER (kind = 'extra'),
  count(DISTINCT odoo_id) FILTER (kind = 'different'), count(*) FILTER (kind = 'different')
FROM differing""").fetchone()
    aside = duck.execute("SELECT count(*) FROM aside").fetchone()
    names = ("rows", "without_key", "repeated", "keys", "in_odoo")
    others = ("missing", "extra", "different", "values", "left_out")
    numbers = (*(row or ()), *(found or ()), *(aside or ()))
    return dict(zip((*names, *others), numbers, strict=True))


def key_hash(duck: DuckDBPyConnection, *, in_odoo: bool) -> str:
    """SHA-256 over the keys in their order, one a line: of the sheet, or of those whose record is
    in Odoo."""
    side = "JOIN odoo AS o ON o.id = s.id" if in_odoo else ""
    rows = duck.execute(f"SELECT s.key FROM src AS s {side} WHERE s.is_first ORDER BY s.key")
    digest = hashlib.sha256()
    while some := rows.fetchmany(_FETCHED):
        digest.update("".join(f"{key}\n" for (key,) in some).encode())
    return digest.hexdigest()


def sums(
    duck: DuckDBPyConnection,
    subject: Subject,
    leads: Mapping[str, str],
    places: dict[int, int],
    currencies: Names,
    companies: Names,
) -> list[dict[str, Any]]:
    """One entry an amount, with a group for each currency and company: ``source`` exactly as the
    sheet says, ``rounded`` as Odoo keeps it row by row, ``odoo`` of the same keys, ``beside``: what
    Odoo has where the sheet's cell is empty. ``leads``: see ``differences.add_values``."""
    return [
        {
            "field": one.target,
            "label": one.label,
            "column": one.column,
            "groups": [
                _group(one, values, currencies, companies)
                for values in duck.execute(_sum(one, subject, leads, places)).fetchall()
            ],
        }
        for one in subject.amounts
    ]


def _sum(one: Checked, subject: Subject, leads: Mapping[str, str], places: dict[int, int]) -> str:
    """A row that is not in Odoo is counted under its own currency and company where the sheet
    names them, else under none."""
    cell, value = tables.amount(f"p.{one.cell}"), tables.amount(f"o.{one.value}")
    own, joins = _of_the_row(subject, one, leads)
    theirs = (tables.currency_of(one, "o"), tables.company_of(subject, "o"))
    ours = [f"coalesce({mine}, {odoo})" for mine, odoo in zip(own, theirs, strict=True)]
    kept = tables.rounded(one, cell, ours[0], places)
    stored = tables.rounded(one, value, theirs[0], places)
    return f"""
SELECT currency, company, sum(source), sum(kept), sum(odoo), sum(beside), sum(rows), sum(records)
FROM (
  SELECT {ours[0]} AS currency, {ours[1]} AS company, {cell} AS source, {kept} AS kept,
    NULL AS odoo, NULL AS beside, 1 AS rows, 0 AS records
  FROM {_PAIRS} {joins} WHERE p.{one.cell} IS NOT NULL
  UNION ALL
  SELECT {theirs[0]}, {theirs[1]}, NULL, NULL,
    CASE WHEN p.{one.cell} IS NOT NULL THEN {stored} END,
    CASE WHEN p.{one.cell} IS NULL THEN {stored} END, 0,
    CASE WHEN p.{one.cell} IS NOT NULL THEN 1 ELSE 0 END
  FROM {_PAIRS} WHERE o.id IS NOT NULL)
GROUP BY currency, company ORDER BY currency NULLS LAST, company NULLS LAST"""


def _of_the_row(
    subject: Subject, one: Checked, leads: Mapping[str, str]
) -> tuple[tuple[str, str], str]:
    """SQL of the currency and the company that the sheet itself names, and the joins for it."""
    own, joins = [], []
    for field in (one.currency, subject.company):
        table = leads.get(field, "")
        own.append(f"TRY_CAST({table}.ids AS BIGINT)" if table else "CAST(NULL AS BIGINT)")
        if table:
            joins.append(f'LEFT JOIN {table} ON {table}.cell = p."cell:{field}"')
    company = own[1] if leads.get(subject.company) else "nullif(s.company, 0)"
    return (own[0], company), " ".join(joins)


def _group(
    one: Checked, values: Sequence[Any], currencies: Names, companies: Names
) -> dict[str, Any]:
    currency, company, source, kept, odoo, beside, rows, records = values
    return {
        "currency": currencies.get(currency, f"currency {currency}") if currency else "",
        "company": companies.get(company, f"company {company}") if company else "",
        "rows": int(rows or 0),
        "records": int(records or 0),
        "source": plain(source),
        "rounded": plain(kept),
        "odoo": plain(odoo),
        "difference": plain(Decimal(odoo or 0) - Decimal(kept or 0)),
        "beside": plain(beside),
    }


def plain(number: Decimal | None) -> str:
    """Without an exponent and without zeros at the end: ``2155``, ``-0.5``, ``0``."""
    text = format(Decimal(number or 0), "f")
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if short in ("-0", "") else short


def dates(duck: DuckDBPyConnection, subject: Subject) -> list[dict[str, Any]]:
    """Earliest and latest of each date, of the sheet's cells and of the same keys in Odoo."""
    found = []
    for one in subject.moments:
        row = duck.execute(
            f"SELECT min(p.{one.cell}), max(p.{one.cell}), "
            f"min(nullif(o.{one.value}, '')) FILTER (p.{one.cell} IS NOT NULL), "
            f"max(nullif(o.{one.value}, '')) FILTER (p.{one.cell} IS NOT NULL) FROM {_PAIRS}"
        ).fetchone()
        first, last, odoo_first, odoo_last = (text or "" for text in row or ("",) * 4)
        found.append(
            {
                "field": one.target,
                "label": one.label,
                "column": one.column,
                "source": [first, last],
                "odoo": [odoo_first, odoo_last],
                "is_equal": (first, last) == (odoo_first, odoo_last),
            }
        )
    return found
