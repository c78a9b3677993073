"""A whole draft for a dataset: a mapping for each sheet that has a model, and a graph of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from graphs.models import Graph
from graphs.versions import create_graph
from importer.data.profiling.facts import DatasetFacts
from importer.data.suggesting.normalising import words
from importer.data.suggesting.shapes import DatasetSuggestion, EdgeSuggestion, SheetSuggestion
from importer.errors import Refused
from importer.models import Connection, Dataset, Mapping as MappingRow, User
from importer.rights import require
from importer.suggestions import accept_mapping, entity_for, suggest_draft

LEAST_CONFIDENCE = 0.6
"""Suggestions below this are not taken over without a person having looked."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was made: the graph, its mappings, and the sheets that were left out with the reason."""

    graph: Graph
    mappings: tuple[MappingRow, ...]
    left_out: tuple[tuple[str, str], ...]


def suggest_graph(
    dataset: Dataset,
    connection: Connection,
    *,
    by: User,
    chosen: Mapping[str, str] | None = None,
    profile: DatasetFacts | None = None,
) -> DatasetSuggestion:
    """What :func:`accept_graph` would make. Writes nothing."""
    return suggest_draft(dataset, connection, by=by, chosen=chosen, profile=profile)


@transaction.atomic
def accept_graph(
    dataset: Dataset,
    connection: Connection,
    *,
    by: User,
    name: str = "",
    chosen: Mapping[str, str] | None = None,
    sheets: Sequence[str] | None = None,
    least: float = LEAST_CONFIDENCE,
    profile: DatasetFacts | None = None,
) -> Draft:
    """Make the mappings and a draft graph, all of them or nothing. ``sheets``: only these;
    ``least``: fields that are less sure are left out. Nothing is published or run."""
    require(by, "edit_graph", dataset.project)
    draft = suggest_graph(dataset, connection, by=by, chosen=chosen, profile=profile)
    wanted = [one for one in draft.sheets if sheets is None or one.sheet in sheets]
    usable = [one for one in wanted if one.model and one.key]
    if not usable:
        raise Refused(f"No sheet of “{dataset}” looks like records that Odoo has a model for.")
    kept = [edge for edge in draft.edges if edge.confidence >= least]
    rows = {row.name: row for row in dataset.sheets.all()}
    entities: dict[str, str] = {}
    for one in usable:
        taken = entities.values()
        entities[one.sheet] = entity_for(dataset.project, one.sheet, one.model, one.key, taken)
    made: dict[str, MappingRow] = {}
    for one in in_order(usable, kept):
        made[one.sheet] = accept_mapping(
            rows[one.sheet],
            connection,
            by=by,
            model=one.model,
            key=one.key,
            targets=targets_of(one, least, entities.keys()),
            entity=entities[one.sheet],
            entities=entities,
        )
    graph = create_graph(
        by=by,
        project=dataset.project,
        name=name.strip() or dataset.name,
        spec=_spec(usable, made, kept),
        connection=connection,
        dataset=dataset,
        description="Suggested from the dataset's headers. Look at each mapping before a run.",
    )
    left_out = tuple((one.sheet, one.model_reason) for one in wanted if one not in usable)
    return Draft(graph, tuple(made.values()), left_out)


def targets_of(one: SheetSuggestion, least: float, sheets: Collection[str]) -> dict[str, str]:
    """Column -> target of what is sure enough and refers to nothing outside."""
    return {
        said.column: str(said.target)
        for said in one.columns
        if said.target
        and said.confidence >= least
        and (not said.target.sheet or said.target.sheet in sheets)
    }


def in_order(
    sheets: Sequence[SheetSuggestion], edges: Sequence[EdgeSuggestion]
) -> Iterator[SheetSuggestion]:
    """Those that are referred to first; of a circle, whatever comes first in the dataset."""
    waiting = {one.sheet: one for one in sheets}
    while waiting:
        free = next(
            (one for one in waiting.values() if not _waits(one, waiting, edges)),
            next(iter(waiting.values())),
        )
        yield waiting.pop(free.sheet)


def _waits(
    one: SheetSuggestion, waiting: Mapping[str, SheetSuggestion], edges: Sequence[EdgeSuggestion]
) -> bool:
    return any(
        edge.sheet == one.sheet and edge.to_sheet in waiting and edge.to_sheet != one.sheet
        for edge in edges
    )


def _spec(
    sheets: Sequence[SheetSuggestion],
    made: Mapping[str, MappingRow],
    edges: Sequence[EdgeSuggestion],
) -> dict[str, object]:
    ids = _node_ids(sheets)
    nodes = [
        {
            "id": ids[one.sheet],
            "type": "load",
            "data": {"mapping": made[one.sheet].name, "odooModel": one.model},
        }
        for one in sheets
    ]
    pairs = dict.fromkeys(
        (ids[edge.to_sheet], ids[edge.sheet])
        for edge in edges
        if edge.sheet in ids and edge.to_sheet in ids and edge.sheet != edge.to_sheet
    )
    return {"nodes": nodes, "edges": [{"source": one, "target": two} for one, two in pairs]}


def _node_ids(sheets: Sequence[SheetSuggestion]) -> dict[str, str]:
    """Short and unlike: the sheet's words."""
    ids: dict[str, str] = {}
    for one in sheets:
        base = "-".join(words(one.sheet)) or "sheet"
        name, number = base, 2
        while name in ids.values():
            name, number = f"{base}-{number}", number + 1
        ids[one.sheet] = name
    return ids
