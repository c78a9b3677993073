"""Reads records out of Odoo into a CSV, each value as the text that cells are compared with."""

import csv
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from importer.odoo.protocols import Context, FieldFacts, OdooClient

FEW_FIELDS = 5000
"""Records asked for at once where only few fields are wanted."""
MANY_FIELDS = 1000
LONGEST = 2000
"""Longer texts are compared by their beginning and a hash."""
_KEPT = 200
Values = Iterable[Any]


def read_into(
    client: OdooClient,
    model: str,
    places: Mapping[int, tuple[Context, Sequence[int]]],
    fields: Sequence[str],
    facts: Mapping[str, FieldFacts],
    path: Path,
    *,
    at_once: int,
) -> int:
    """Write ``id`` and the fields of the records that are there, archived ones too; how many.
    ``places``: any number -> context and ids. What is gone, or hidden from the login, is left out.
    """
    found = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file, lineterminator="\n").writerows
        for context, ids in places.values():
            for start in range(0, len(ids), at_once):
                domain = [["id", "in", list(ids[start : start + at_once])]]
                records = client.search_read(model, domain, fields, context=context)
                found += len(records)
                columns = [as_texts(facts, name)([r[name] for r in records]) for name in fields]
                write(zip([record["id"] for record in records], *columns, strict=True))
    return found


def as_texts(facts: Mapping[str, FieldFacts], field: str) -> Callable[[Values], list[str]]:
    """How a field's values become texts: an empty one is empty, a record its id, several of them
    their ids in rising order, lines their number."""
    kind = facts[field].type if field in facts else "char"
    if kind in ("integer", "float", "monetary", "many2one_reference"):
        return _numbers
    if kind == "boolean":
        return lambda values: ["1" if one else "0" for one in values]
    if kind == "many2one":
        return lambda values: [str(one) if one else "" for one in values]
    if kind == "one2many":
        return lambda values: [str(len(one or ())) for one in values]
    if kind == "many2many":
        return lambda values: [",".join(map(str, sorted(one or ()))) for one in values]
    return lambda values: [_text(one) for one in values]


def _numbers(values: Values) -> list[str]:
    return [str(one or 0) for one in values]


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST else shortened(text)


def shortened(text: str) -> str:
    """The same as ``SHORTENED`` in SQL."""
    return f"{text[:_KEPT]}... md5:{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}"


SHORTENED = (
    f"CASE WHEN length({{text}}) > {LONGEST} "
    f"THEN left({{text}}, {_KEPT}) || '... md5:' || md5({{text}}) ELSE {{text}} END"
)
"""SQL of a text as it is compared."""
