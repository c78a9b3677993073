"""Mappings that two nodes share: the one that makes the records, and the generated one that writes
the references which were cut out of a cycle, or the texts of a second language.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from graphs.binding import SheetFacts
from graphs.language_nodes import LanguageNode
from graphs.links import Link
from importer.data.duck import name, open_duck, quote
from importer.data.holding import only, without
from importer.data.languages import base_part, language_part
from importer.data.storage import local_path, work_dir
from importer.models import Sheet

Frozen = dict[str, Any]


def share_mappings(
    mappings: Mapping[str, Frozen],
    links: Sequence[Link],
    languages: Sequence[LanguageNode] = (),
) -> dict[str, Frozen]:
    """Node id -> its part of the mapping; nodes that nothing was taken from keep theirs whole."""
    shared = {node: base_part(whole) for node, whole in mappings.items()}
    for one in languages:
        shared[one.id] = language_part(mappings[one.node], one.lang)
    for link in links:
        whole = shared[link.node]
        shared[link.node] = without(whole, link.fields)
        shared[link.id] = only(whole, link.fields)
    return shared


def filled_cells(frozen: Frozen, target: str, sheet: SheetFacts | None) -> int | None:
    """Rows of the sheet in which the first column behind a field is not empty; None where no sheet
    is bound or no column stands behind it."""
    field = next((one for one in frozen["fields"] if one["target"] == target), None)
    inputs = field["spec"].get("inputs") or [field["spec"]] if field else []
    column = next((one["column"] for one in inputs if one.get("column")), None)
    if sheet is None or column not in sheet.columns:
        return None
    path = local_path(Sheet.objects.get(pk=sheet.id).stored_as)
    with work_dir() as folder, open_duck(folder, readable=[path]) as duck:
        count = f"SELECT count({name(column)}) FROM read_parquet({quote(str(path))})"
        row = duck.execute(count).fetchone()
    return int(row[0]) if row else None
