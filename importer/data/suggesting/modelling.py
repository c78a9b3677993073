"""Guesses which model a sheet holds the records of. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from importer.data.suggesting.candidates import ModelWords, candidates
from importer.data.suggesting.columns import LEAST
from importer.data.suggesting.normalising import words
from importer.data.suggesting.shapes import Models, Sheet
from importer.data.suggesting.vocabulary import known_models, nouns_of, prior, qualifiers

LEAST_SURE = 0.5
"""Below this no model is suggested."""

_NAME_SHARE = 0.4
_KNOWN_NOTHING = 0.55
_LINKS_ONLY = 0.7


@dataclass(frozen=True, slots=True)
class Guess:
    """``score`` from 0 to 1."""

    model: str
    score: float
    reason: str


def guess_models(sheet: Sheet, known: Mapping[str, ModelWords]) -> list[Guess]:
    """Best first; all that have words of their own and are known to the connection."""
    guesses = [_guess(sheet, one) for one in known.values()]
    return sorted(guesses, key=lambda one: -one.score)


def candidates_for_guessing(models: Models) -> dict[str, ModelWords]:
    """The models that sheets are guessed to be of, ready to be asked."""
    return {name: ModelWords(models[name], models) for name in known_models() if name in models}


def _guess(sheet: Sheet, known: ModelWords) -> Guess:
    model = known.facts.model
    filled, named = _columns_share(sheet, known), _named(sheet.name, model)
    headers = _headers_name_it(sheet, model)
    score = (1 - _NAME_SHARE) * filled + _NAME_SHARE * max(named, headers)
    if _only_numbers(sheet):
        score *= _LINKS_ONLY
    return Guess(model, round(score * prior(model), 3), _reason(sheet, model, filled, named))


def _only_numbers(sheet: Sheet) -> bool:
    """Nothing but ids: rows that only link others to each other."""
    codes = {code[-1] for code in qualifiers().code}
    return len(sheet.columns) > 1 and all(
        (words(column.header) or ("",))[-1] in codes for column in sheet.columns
    )


def _reason(sheet: Sheet, model: str, filled: float, named: float) -> str:
    share = f"{round(100 * filled)} % of its columns are known of {model}"
    if named >= 0.9:
        return f"The sheet is called “{sheet.name}”, and {share}."
    return f"{share[0].upper()}{share[1:]}."


def _columns_share(sheet: Sheet, known: ModelWords) -> float:
    best: dict[str, float] = {}
    nothing = 0.0
    for column in sheet.columns:
        found = candidates(column, known)
        if not found or found[0].score < LEAST:
            continue
        if found[0].target is None:
            nothing += _KNOWN_NOTHING
            continue
        key = found[0].target.field + found[0].target.part
        weight = found[0].score if found[0].main else 0.5
        best[key] = max(best.get(key, 0.0), min(weight, 1.0))
    return min(1.0, (sum(best.values()) + nothing) / max(len(sheet.columns), 1))


@cache
def _named(sheet_name: str, model: str) -> float:
    """1 where the sheet has the name of such records, less where the name only holds it."""
    said = tuple(word for word in words(sheet_name) if not word.isdecimal())
    best = 0.0
    for noun in nouns_of(model):
        if said == noun or "".join(said) == "".join(noun):
            return 1.0
        if _holds(said, noun):
            best = max(best, 0.5 + 0.4 * len(noun) / max(len(said), len(noun)))
    return best


def _holds(said: Sequence[str], noun: Sequence[str]) -> bool:
    size = len(noun)
    return any(tuple(said[at : at + size]) == tuple(noun) for at in range(len(said) - size + 1))


def _headers_name_it(sheet: Sheet, model: str) -> float:
    """``productID`` and ``productName``, first of all columns, tell of products."""
    nouns = {noun for noun in nouns_of(model) if noun}
    first = [words(column.header) for column in sheet.columns[:2]]
    hits = [said for said in first if any(said[: len(noun)] == noun for noun in nouns)]
    return 0.7 * len(hits) / 2 if hits and len(hits) == len(first) else 0.35 * bool(hits)
