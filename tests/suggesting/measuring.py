"""How often the suggestions are right on the labelled headers; see README.md of this folder."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from importer.data.suggesting.shapes import Column, Sheet, Suggestion
from importer.data.suggesting.whole import suggest_dataset
from importer.odoo.fields import field_facts
from importer.odoo.protocols import ModelFacts
from importer.odoo.sandbox.describing import described
from importer.odoo.sandbox.facts import Catalogue

FOLDER = Path(__file__).parent / "labelled"
HELD_OUT = ("lexware", "salesforce")
SHAPES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))
TUNING = tuple(shape for shape in SHAPES if shape not in HELD_OUT)


@dataclass(frozen=True, slots=True)
class Miss:
    """A column, a sheet's model or a key that is not as labelled."""

    sheet: str
    column: str
    wanted: str
    got: str
    confidence: float
    reason: str


@dataclass(slots=True)
class Score:
    """What was counted of one shape. ``columns``: of sheets that have a model; ``mapped``: those
    whose best label is a field, ``found``: how many of these got a right one."""

    shape: str
    columns: int = 0
    right: int = 0
    mapped: int = 0
    found: int = 0
    sheets: int = 0
    models_right: int = 0
    keys: int = 0
    keys_right: int = 0
    edges: int = 0
    edges_right: int = 0
    wrong: list[Miss] = field(default_factory=list)
    wrong_models: list[Miss] = field(default_factory=list)
    wrong_keys: list[Miss] = field(default_factory=list)
    confidences: list[tuple[float, bool]] = field(default_factory=list)

    @property
    def too_sure(self) -> list[Miss]:
        return [miss for miss in self.wrong if miss.got != "-" and miss.confidence > 0.9]


def labelled(shape: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((FOLDER / f"{shape}.json").read_text("utf-8"))
    return found


def models_of_version(version: int = 19) -> dict[str, ModelFacts]:
    """The fields of that Odoo, as the sandbox has them."""
    catalogue = Catalogue(version)
    return {
        name: ModelFacts(
            name,
            {
                column.name: field_facts(column.name, described(column, version))
                for column in catalogue[name].columns.values()
            },
            dict(catalogue[name].defaults),
        )
        for name in catalogue
    }


def recorded_models(folder: Path) -> dict[str, ModelFacts]:
    """The same from answers of a real server: ``<model>.json`` with what ``fields_get`` said."""
    return {
        path.stem: ModelFacts(
            path.stem,
            {n: field_facts(n, said) for n, said in json.loads(path.read_text("utf-8")).items()},
            {},
        )
        for path in sorted(folder.glob("*.json"))
    }


def measure(shape: str, models: Mapping[str, ModelFacts], *, with_models: bool = False) -> Score:
    """``with_models``: a person chose the models; else they are guessed, and where a guess is
    wrong all columns of the sheet that need a field count as wrong."""
    known = labelled(shape)
    sheets = tuple(_sheet(raw) for raw in known["sheets"])
    chosen = {raw["name"]: raw["models"][0] for raw in known["sheets"] if raw["models"]}
    said = suggest_dataset(sheets, models, chosen=chosen if with_models else {})
    score = Score(shape)
    for raw, got in zip(known["sheets"], said.sheets, strict=True):
        score.sheets += 1
        is_right = got.model in raw["models"] if raw["models"] else not got.model
        score.models_right += is_right
        if not is_right:
            wanted = ", ".join(raw["models"]) or "-"
            score.wrong_models.append(
                Miss(raw["name"], "", wanted, got.model or "-", got.model_confidence, "")
            )
        if not raw["models"]:
            continue
        score.keys += 1
        score.keys_right += set(got.key) == set(raw["key"])
        if set(got.key) != set(raw["key"]):
            score.wrong_keys.append(
                Miss(raw["name"], "", ", ".join(raw["key"]), ", ".join(got.key), 0, got.key_reason)
            )
        for column, one in zip(raw["columns"], got.columns, strict=True):
            _count(score, raw["name"], column, one)
    wanted_edges, got_edges = (
        set(_edges(known)),
        {(one.sheet, one.column, one.to_sheet) for one in said.edges},
    )
    score.edges, score.edges_right = len(wanted_edges), len(wanted_edges & got_edges)
    return score


def _count(score: Score, sheet: str, column: Mapping[str, Any], one: Suggestion) -> None:
    got = str(one.target) if one.target else None
    is_right = got in column["targets"]
    score.columns += 1
    score.right += is_right
    if column["targets"][0] is not None:
        score.mapped += 1
        score.found += is_right and got is not None
    if one.target:
        score.confidences.append((one.confidence, is_right))
    if not is_right:
        wanted = ", ".join(str(target or "-") for target in column["targets"])
        score.wrong.append(
            Miss(sheet, column["header"], wanted, got or "-", one.confidence, one.reason)
        )


def _edges(known: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for sheet in known["sheets"]:
        for column in sheet["columns"]:
            target = column["targets"][0] or ""
            if "@" in target:
                yield sheet["name"], column["header"], target.partition("@")[2]


def _sheet(raw: Mapping[str, Any]) -> Sheet:
    columns = tuple(
        Column(one["header"], one["header"], tuple(one["samples"])) for one in raw["columns"]
    )
    return Sheet(raw["name"], columns)
