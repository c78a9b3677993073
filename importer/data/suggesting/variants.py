"""The ways to read a header: whole, without brackets, without the words around the thing it names.
Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from importer.data.suggesting.normalising import without_brackets, words
from importer.data.suggesting.vocabulary import nouns_of, qualifiers

_DEPTH = 4
_SHORTEST_NOUN = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """``factor``: how sure it still is what is meant. ``other``: it is the second or another such
    thing. ``hint``: ``code``, ``name`` or ``email``, by which a record is named."""

    words: tuple[str, ...]
    factor: float = 1.0
    other: bool = False
    hint: str = ""

    @property
    def squeezed(self) -> str:
        return "".join(self.words)

    @property
    def phrase(self) -> str:
        return " ".join(self.words)


def readings(header: str, model: str) -> tuple[Reading, ...]:
    """Each at its best, surest first."""
    first = [Reading(words(header))]
    bare = words(without_brackets(header))
    if bare != first[0].words:
        first.append(Reading(bare, 0.97))
    best: dict[tuple[tuple[str, ...], str, bool], Reading] = {}
    todo = [one for one in first if one.words]
    for _ in range(_DEPTH):
        for one in todo:
            key = (one.words, one.hint, one.other)
            if key not in best or best[key].factor < one.factor:
                best[key] = one
        todo = [shorter for one in todo for shorter in _shorter(one, model)]
    return tuple(sorted(best.values(), key=lambda one: -one.factor))


def _shorter(one: Reading, model: str) -> Iterator[Reading]:
    known = qualifiers()
    yield from _cut(one, known.main, 0.96)
    for shorter in _cut(one, known.other, 0.6):
        yield replace(shorter, other=True)
    yield from _cut(one, nouns_of(model), 0.97)
    yield from _cut_number(one)
    if not one.hint:
        for hint in ("code", "name", "email"):
            for shorter in _cut(one, getattr(known, hint), 0.97):
                yield replace(shorter, hint=hint)
    kept = tuple(word for word in one.words if word not in known.stop)
    if kept and kept != one.words:
        yield replace(one, words=kept, factor=one.factor * 0.99)
    yield from _split_compound(one, model)


def _cut(one: Reading, phrases: frozenset[tuple[str, ...]], factor: float) -> Iterator[Reading]:
    for size in range(1, len(one.words)):
        if one.words[:size] in phrases:
            yield replace(one, words=one.words[size:], factor=one.factor * factor)
        if one.words[-size:] in phrases:
            yield replace(one, words=one.words[:-size], factor=one.factor * factor)


def _cut_number(one: Reading) -> Iterator[Reading]:
    for index in (0, len(one.words) - 1):
        if len(one.words) > 1 and one.words[index].isdecimal():
            rest = one.words[:index] + one.words[index + 1 :]
            if one.words[index] == "1":
                yield replace(one, words=rest, factor=one.factor * 0.97)
            else:
                yield replace(one, words=rest, factor=one.factor * 0.6, other=True)


def _split_compound(one: Reading, model: str) -> Iterator[Reading]:
    """``Kundenadresse`` -> ``Adresse``."""
    head = one.words[0]
    for noun in nouns_of(model):
        start = noun[0]
        if len(noun) == 1 and len(start) >= _SHORTEST_NOUN and head.startswith(start):
            rest = head[len(start) :].removeprefix("s")
            if len(rest) >= 3:
                yield replace(one, words=(rest, *one.words[1:]), factor=one.factor * 0.95)
