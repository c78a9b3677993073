"""One call of Odoo's own importer that keeps nothing: ``base_import.import`` with ``dryrun``."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from importer.odoo.errors import AccessRefused, DataRefused, ServerBug, Unsupported
from importer.odoo.judging import load_answer
from importer.odoo.protocols import LoadAnswer, OdooClient

_WIZARD = "base_import.import"
_OPTIONS = {
    "has_headers": True,
    "quoting": '"',
    "separator": ",",
    "encoding": "utf-8",
    "date_format": "%Y-%m-%d",
    "datetime_format": "%Y-%m-%d %H:%M:%S",
    "float_thousand_separator": "",
    "float_decimal_separator": ".",
}


class CannotTry(Exception):
    """This login, or this server, tries nothing; the text is a sentence."""


def try_rows(
    client: OdooClient,
    model: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    context: Mapping[str, Any],
) -> LoadAnswer:
    """What ``load`` would answer; Odoo has rolled everything back. Blank rows would be left out
    and shift the numbers of the others, so each row has to have an id. Raises CannotTry."""
    try:
        wizard = client.create_record(
            _WIZARD,
            {
                "res_model": model,
                "file": _text(columns, rows),
                "file_name": "rows.csv",
                "file_type": "text/csv",
            },
        )
    except (AccessRefused, DataRefused, ServerBug, Unsupported) as error:
        raise CannotTry(f"Odoo's importer cannot be used by this login: {error}") from error
    found = client.call(
        _WIZARD,
        "execute_import",
        [wizard],
        arguments={
            "fields": list(columns),
            "columns": [],
            "options": dict(_OPTIONS),
            "dryrun": True,
        },
        context=context,
    )
    if isinstance(found, dict) and "ids" not in found:
        found = {**found, "ids": False}  # a check before the rows were looked at
    return load_answer(found)


def _text(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    text = StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
