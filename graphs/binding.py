"""Which sheet of a dataset feeds which node: by the mapping's usual sheet, else by its columns.

Pure; a mapping is bound to an entity, never to a sheet, so this is decided anew for each run.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importer.errors import Problem


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What binding needs to know of a sheet."""

    id: int
    name: str
    columns: tuple[str, ...]
    n_rows: int = 0


def bind(
    node_id: str, frozen: Mapping[str, Any], sheets: Sequence[SheetFacts]
) -> SheetFacts | Problem:
    """The sheet for a node's mapping, or what is wrong."""
    wanted = str(frozen.get("sheet_name") or "").strip().casefold()
    named = [sheet for sheet in sheets if sheet.name.strip().casefold() == wanted]
    if wanted and named:
        return named[0]
    columns = needed_columns(frozen)
    fitting = [sheet for sheet in sheets if set(columns) <= set(sheet.columns)]
    if len(fitting) == 1:
        return fitting[0]
    return _problem(node_id, frozen, fitting, columns)


def needed_columns(frozen: Mapping[str, Any]) -> list[str]:
    """The columns a mapping names outright (those inside SQL are checked by the mapping)."""
    return list(dict.fromkeys(_columns(frozen)))


def _columns(frozen: Mapping[str, Any]) -> Iterator[str]:
    yield from frozen["entity"]["key_columns"]
    specs = [field["spec"] for field in frozen.get("fields", ())]
    inputs = [part for spec in specs for part in spec.get("inputs", ())]
    for part in (*specs, *inputs, *frozen.get("parent_inputs", ())):
        if part.get("column"):
            yield part["column"]
    for nested in frozen.get("nested") or ():
        # Lines with a usual sheet of their own are read from there.
        if nested.get("sheet_name") in (None, "", frozen.get("sheet_name")):
            yield from _columns(nested)


def _problem(
    node_id: str,
    frozen: Mapping[str, Any],
    fitting: Sequence[SheetFacts],
    columns: Sequence[str],
) -> Problem:
    start = f"Node “{node_id}”: the dataset"
    if frozen.get("sheet_name"):
        start += f" has no sheet “{frozen['sheet_name']}”, and it"
    if fitting:
        names = ", ".join(f"“{sheet.name}”" for sheet in fitting)
        message = f"{start} has several sheets that fit: {names}. Name one in the mapping."
        return Problem("sheet_ambiguous", message, node=node_id)
    message = f"{start} has no sheet with all the columns {', '.join(columns)}."
    return Problem("unbound_entity", message, node=node_id)
