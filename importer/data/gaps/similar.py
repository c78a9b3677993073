"""What a value that fits nothing may have meant: how alike the texts are, and what the project's
value maps say. Suggests only; a confidence is never 1 and nothing is applied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from importer.data.gaps.candidates import Candidates, comparable

LEAST = 0.6
MOST_SUGGESTIONS = 3
_SHORT = 3
_BY_MAP, _SAME, _ALIKE = 0.98, 0.97, 0.95
Said = Mapping[str, Sequence[tuple[str, str]]]
"""A value in small letters -> (what a value map makes of it, the map's name)."""


@dataclass(frozen=True, slots=True)
class Meant:
    """``to``: the text to map to; ``confidence`` from LEAST to just below 1."""

    to: str
    confidence: float
    reason: str


def suggestions(
    value: str, beside: tuple[str, ...], candidates: Candidates, said: Said
) -> list[Meant]:
    """The likeliest first, at most MOST_SUGGESTIONS."""
    found: dict[str, Meant] = {}
    for one in (*_by_maps(value, candidates, said), *_by_text(value, beside, candidates)):
        known = found.get(one.to)
        if known is None or known.confidence < one.confidence:
            found[one.to] = one
    ranked = sorted(found.values(), key=lambda one: (-one.confidence, one.to))
    return ranked[:MOST_SUGGESTIONS]


def _by_maps(value: str, candidates: Candidates, said: Said) -> list[Meant]:
    return [
        Meant(candidates.listed[n].to, _BY_MAP, f"The value map “{map_name}” says so.")
        for to, map_name in said.get(value.strip().casefold(), ())
        for n in candidates.names.get(comparable(to), ())[:1]
    ]


def _by_text(value: str, beside: tuple[str, ...], candidates: Candidates) -> list[Meant]:
    wanted = comparable(value)
    if not wanted or not candidates.names:
        return []
    found = []
    for name, score in _scored(wanted, list(candidates.names)):
        for n in candidates.names[name]:
            one = candidates.listed[n]
            if _fits(one.beside, beside):
                found.append(_meant(one.to, name, wanted, score / 100))
    return found


def _scored(wanted: str, names: Sequence[str]) -> list[tuple[str, float]]:
    """Names with 60 to 100 of 100: letters in their order, or whole words in any. Two or three
    letters say little, so these must be the same."""
    best: dict[str, float] = {}
    for scorer in (fuzz.ratio, fuzz.token_sort_ratio):
        alike = process.extract(
            wanted, names, scorer=scorer, score_cutoff=LEAST * 100, limit=3 * MOST_SUGGESTIONS
        )
        for name, score, _ in alike:
            if name == wanted or min(len(name), len(wanted)) > _SHORT:
                best[name] = max(score, best.get(name, 0.0))
    return list(best.items())


def _meant(to: str, name: str, wanted: str, score: float) -> Meant:
    if name == wanted:
        reason = f"The same as “{to}”." if comparable(to) == name else f"Another name of “{to}”."
        return Meant(to, _SAME, reason)
    reason = f"{round(score * 100)} % the same letters"
    reason += "." if comparable(to) == name else f" as “{name}”, another name of it."
    return Meant(to, round(score * _ALIKE, 2), reason)


def _fits(known: tuple[str, ...], beside: tuple[str, ...]) -> bool:
    """Whether the other inputs, as the sheet has them, lead to the same record."""
    pairs = zip(known, beside, strict=False)
    return all(comparable(a) == comparable(b or "") for a, b in pairs)
