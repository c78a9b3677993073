"""Suggestions for a sheet and for a whole dataset: models, keys, fields, references. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from importer.data.model_rules import is_required
from importer.data.suggesting.candidates import ModelWords
from importer.data.suggesting.columns import (
    Pointers,
    suggest_columns,
    with_ceiling,
)
from importer.data.suggesting.keys import suggest_key
from importer.data.suggesting.linking import Keyed, find_pointers
from importer.data.suggesting.modelling import (
    LEAST_SURE,
    Guess,
    candidates_for_guessing,
    guess_models,
)
from importer.data.suggesting.shapes import (
    DatasetSuggestion,
    EdgeSuggestion,
    Models,
    Neighbour,
    Pointer,
    Remembered,
    Sheet,
    SheetSuggestion,
    Suggestion,
)
from importer.odoo.protocols import ModelFacts

_SURE_MODEL = 0.6
_USUAL = 0.97
_CEILING_OF_UNSURE = 0.8

Links = Mapping[tuple[str, str], Neighbour]
Choices = Mapping[str, str]


def suggest_dataset(
    sheets: Sequence[Sheet],
    models: Models,
    *,
    chosen: Choices | None = None,
    usual: Mapping[str, tuple[str, str]] | None = None,
    pointers: Sequence[Pointer] = (),
    memory: Sequence[Remembered] = (),
) -> DatasetSuggestion:
    """Everything for all sheets. ``chosen``: sheet -> model, where a person has said so.
    ``usual``: sheet -> model and mapping, where the project has one for a sheet of this name.
    ``pointers``: what a profile found to refer to what. ``memory``: the project's mappings."""
    known = candidates_for_guessing(models)
    usually = {name: model for name, (model, _) in (usual or {}).items()}
    chosen = {**usually, **{name: model for name, model in (chosen or {}).items() if model}}
    for name in chosen.values():
        if name and name not in known and name in models:
            known[name] = ModelWords(models[name], models)
    guesses = {one.name: _guesses(one, known, chosen.get(one.name, "")) for one in sheets}
    for name, (model, mapping) in (usual or {}).items():
        if chosen[name] == model and guesses.get(name):
            reason = f"The project’s mapping “{mapping}” is for a sheet of this name."
            guesses[name] = [Guess(model, _USUAL, reason)]
    first = [_sheet(one, guesses[one.name], known, memory, {}) for one in sheets]
    links = find_pointers(_keyed(sheets, first), pointers)
    guesses = _variants_where_lines_need_them(guesses, links, known, chosen)
    links = {at: _current(to, guesses) for at, to in links.items()}
    found = [_sheet(one, guesses[one.name], known, memory, links) for one in sheets]
    return DatasetSuggestion(tuple(found), tuple(_edges(found, links)))


def _guesses(sheet: Sheet, known: Mapping[str, ModelWords], chosen: str) -> list[Guess]:
    if chosen:
        return [Guess(chosen, 1.0, "Chosen by you.")] if chosen in known else []
    return guess_models(sheet, known)


def _keyed(sheets: Sequence[Sheet], found: Sequence[SheetSuggestion]) -> list[Keyed]:
    return [Keyed(one, said.model, said.key) for one, said in zip(sheets, found, strict=True)]


def _variants_where_lines_need_them(
    guesses: Mapping[str, list[Guess]],
    links: Links,
    known: Mapping[str, ModelWords],
    chosen: Choices,
) -> dict[str, list[Guess]]:
    """Order lines name variants, not templates: a product sheet they refer to holds variants."""
    changed = {name: list(found) for name, found in guesses.items()}
    for (name, _), to in links.items():
        line = guesses[name][0].model if guesses[name] else ""
        fields = known[line].facts.fields.values() if line in known else ()
        wants = any(one.relation == "product.product" for one in fields)
        if not wants or to.model != "product.template" or chosen.get(to.sheet):
            continue
        variant = next((g for g in guesses[to.sheet] if g.model == "product.product"), None)
        if variant is not None:
            score = guesses[to.sheet][0].score
            reason = f"{variant.reason} “{name}” refers to its rows, and lines name variants."
            rest = [one for one in guesses[to.sheet] if one is not variant]
            changed[to.sheet] = [Guess(variant.model, score, reason), *rest]
    return changed


def _current(to: Neighbour, guesses: Mapping[str, list[Guess]]) -> Neighbour:
    return replace(to, model=guesses[to.sheet][0].model) if guesses[to.sheet] else to


def _sheet(
    sheet: Sheet,
    guesses: Sequence[Guess],
    known: Mapping[str, ModelWords],
    memory: Sequence[Remembered],
    links: Links,
) -> SheetSuggestion:
    best = guesses[0] if guesses else None
    if best is None or best.score < LEAST_SURE:
        return _without_model(sheet, guesses)
    words = known[best.model]
    pointers: Pointers = {column: to for (name, column), to in links.items() if name == sheet.name}
    remembered = {one.phrase: one for one in reversed(memory) if one.model == best.model}
    columns = suggest_columns(sheet.columns, words, pointers=pointers, memory=remembered)
    if best.score < _SURE_MODEL:
        columns = with_ceiling(columns, _CEILING_OF_UNSURE)
    key, key_reason = suggest_key(sheet, best.model, columns)
    return SheetSuggestion(
        sheet.name,
        best.model,
        min(0.99, best.score),
        best.reason,
        key,
        key_reason,
        columns,
        tuple(_missing(words.facts, columns)),
        tuple(one.model for one in guesses[1:4]),
    )


def _without_model(sheet: Sheet, guesses: Sequence[Guess]) -> SheetSuggestion:
    reason = "No model that people load has fields like these columns."
    columns = tuple(
        Suggestion(one.name, None, 0.5, "No model is suggested for the sheet.")
        for one in sheet.columns
    )
    score = guesses[0].score if guesses else 0.0
    others = tuple(one.model for one in guesses[:3])
    return SheetSuggestion(sheet.name, "", round(1 - score, 2), reason, (), "", columns, (), others)


def _missing(facts: ModelFacts, columns: Sequence[Suggestion]) -> Iterator[str]:
    """Required fields without a column and without anything else that fills them."""
    given = {one.target.field for one in columns if one.target}
    for name in facts.fields:
        if name not in given and is_required(facts, name, {}):
            yield name


def _edges(found: Sequence[SheetSuggestion], links: Links) -> Iterator[EdgeSuggestion]:
    for sheet in found:
        for one in sheet.columns:
            to = links.get((sheet.sheet, one.column))
            if to is None or one.target is None or not one.target.sheet:
                continue
            yield EdgeSuggestion(
                sheet.sheet, to.sheet, one.column, one.target.field, one.confidence, one.reason
            )
