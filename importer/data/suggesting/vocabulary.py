"""The words people use for things that Odoo has a field for, in several languages, as shipped in
``synonyms/`` and ``targets.json``. Pure; reads only these files, once."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from importer.data.suggesting.normalising import squeezed, words

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase, the language that has it, and its place there: the plainest word comes first."""

    text: str
    language: str
    place: int = 0


@dataclass(frozen=True, slots=True)
class Qualifiers:
    """Words before or after the thing itself. ``main``: a billing address is the address;
    ``other``: a shipping address is another one; ``code``, ``name``, ``email``: by what a record
    is named."""

    main: frozenset[tuple[str, ...]]
    other: frozenset[tuple[str, ...]]
    code: frozenset[tuple[str, ...]]
    name: frozenset[tuple[str, ...]]
    email: frozenset[tuple[str, ...]]
    stop: frozenset[str]


@cache
def languages() -> tuple[Mapping[str, Any], ...]:
    """English first, as most headers are; of equal phrases the first is named."""
    files = sorted(
        (FOLDER / "synonyms").glob("*.json"), key=lambda file: (file.stem != "en", file.stem)
    )
    return tuple(json.loads(file.read_text("utf-8")) for file in files)


@cache
def _targets() -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = json.loads(
        (FOLDER / "targets.json").read_text("utf-8")
    )
    return found


def known_models() -> tuple[str, ...]:
    """Models that have words of their own, those that people load most first."""
    return tuple(sorted(_targets(), key=lambda model: -prior(model)))


def prior(model: str) -> float:
    """How often people load this model, as a factor up to 1."""
    return float(_targets().get(model, {}).get("prior", 0.75))


def _alike(model: str) -> str:
    return str(_targets().get(model, {}).get("same_as", model))


def concepts_of(model: str) -> Mapping[str, tuple[str, ...]]:
    """Target -> the concepts it stands for, best first; targets may be ``name+first``."""
    fields = _targets().get(_alike(model), {}).get("fields", {})
    return {target: tuple(concepts) for target, concepts in fields.items()}


@cache
def phrases_of(concept: str) -> tuple[Said, ...]:
    """Every phrase for a concept, the first ones of each language being the plainest."""
    return tuple(
        Said(text, language["language"], place)
        for language in languages()
        for place, text in enumerate(language["concepts"].get(concept, ()))
    )


@cache
def nothing_of(model: str) -> Mapping[str, Said]:
    """Squeezed phrases for what a standard Odoo has no field for in this model."""
    return {
        squeezed(text): Said(text, language["language"])
        for language in languages()
        for key in ("*", _alike(model))
        for text in language["nothing"].get(key, ())
    }


@cache
def nouns_of(model: str) -> frozenset[tuple[str, ...]]:
    """What people call such records, as words: ``("order", "lines")``."""
    key = _alike(model)
    found = {words(text) for one in languages() for text in one["nouns"].get(key, ())}
    return frozenset(found | {words(model.rpartition(".")[2])})


@cache
def qualifiers() -> Qualifiers:
    """Of all languages together."""
    return Qualifiers(
        main=frozenset(_all("main")),
        other=frozenset(_all("other")),
        code=frozenset(_all("code_words")),
        name=frozenset(_all("name_words")),
        email=frozenset(_all("email_words")),
        stop=frozenset(one for found in _all("stop") for one in found),
    )


def _all(key: str) -> Iterator[tuple[str, ...]]:
    for language in languages():
        for text in language[key]:
            yield words(text)
