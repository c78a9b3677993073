"""Gives each column of a sheet its field, once the model is known. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from importer.data.suggesting.assigning import assign
from importer.data.suggesting.candidates import Candidate, ModelWords, candidates, writable
from importer.data.suggesting.keys import is_own_number
from importer.data.suggesting.normalising import further_sets, squeezed
from importer.data.suggesting.shapes import Column, Neighbour, Remembered, Suggestion, Target
from importer.data.suggesting.values import look_at
from importer.data.suggesting.vocabulary import phrases_of

LEAST = 0.5
"""A score below this is no suggestion."""

_ALIKE_AT_MOST = 0.78
_UNSEEN_AT_MOST = 0.9
_EMPTY_AT_MOST = 0.8
_HIGHEST = 0.99
_REQUIRED = 0.04
_POINTED = 0.86
_ONLY_POINTED = 0.55
_SECOND = 0.6

_FIXED_LISTS = frozenset({"res.country", "res.country.state", "res.currency", "uom.uom"})

Pointers = Mapping[str, Neighbour]
Memory = Mapping[str, Remembered]


@dataclass(frozen=True, slots=True)
class _Wish:
    """A column with all it could be."""

    column: Column
    candidates: tuple[Candidate, ...]

    def best_for(self, key: str) -> Candidate | None:
        found = (one for one in self.candidates if _key(one) == key)
        return next(found, None)

    @property
    def left_out(self) -> Candidate | None:
        return next((one for one in self.candidates if one.target is None), None)


def suggest_columns(
    columns: Sequence[Column],
    known: ModelWords,
    *,
    pointers: Pointers | None = None,
    memory: Memory | None = None,
) -> tuple[Suggestion, ...]:
    """One suggestion a column, in their order; no field is given twice."""
    second = further_sets([column.header for column in columns])
    wishes = [
        _wish(column, known, pointers or {}, memory or {}, is_second=column.header in second)
        for column in columns
    ]
    banned = persons_or_companies(wishes)
    chosen = _assigned(wishes, known, banned)
    _fill_the_name(wishes, chosen, known)
    return tuple(
        _suggestion(wish, key, wishes, known) for wish, key in zip(wishes, chosen, strict=True)
    )


def _wish(
    column: Column, known: ModelWords, pointers: Pointers, memory: Memory, *, is_second: bool
) -> _Wish:
    found = candidates(column, known, memory)
    if is_second:
        found = [
            replace(one, score=one.score * _SECOND, main=False) if one.target else one
            for one in found
            if not one.remembered
        ] + [one for one in found if one.remembered]
        found.sort(key=lambda one: -one.score)
    if is_own_number(column, known.facts.model):
        found = [one for one in found if not _points_at(one, known.facts.model, known)]
    pointer = pointers.get(column.name)
    if pointer is not None:
        found = sorted(_pointed(found, pointer, known), key=lambda one: -one.score)
    return _Wish(column, tuple(found))


def _points_at(one: Candidate, model: str, known: ModelWords) -> bool:
    field = known.facts.fields.get(one.target.field) if one.target else None
    return field is not None and field.relation == model


def _pointed(found: Sequence[Candidate], to: Neighbour, known: ModelWords) -> Iterator[Candidate]:
    """The column holds keys of another sheet: only fields that point at its model will do."""
    fields = [
        field.name
        for field in known.facts.fields.values()
        if field.relation == to.model and field.type == "many2one" and writable(field)
    ]
    if not fields:
        reason = f"{to.reason}, but no field points at {to.model}"
        yield Candidate(None, _POINTED, reason, exact=True)
        return
    yield from (one for one in found if one.target is None)
    said = {one.target.field: one for one in found if one.target and one.target.field in fields}
    for name in fields:
        one = said.get(name)
        if one is None and said:
            continue
        # Without a word in the header it could be any of the fields that lead there.
        score = max(one.score, _POINTED) if one else _ONLY_POINTED
        if one is None and known.facts.fields[name].required:
            score += _REQUIRED
        sure = to.confidence >= 0.9 and one is not None
        target = Target(name, sheet=to.sheet)
        reason = f"{to.reason}; {one.reason}" if one else to.reason
        yield Candidate(target, score, reason, exact=sure, shows=sure)


def _key(one: Candidate) -> str:
    """What only one column can have: the field, or a part of it."""
    if one.target is None:
        return ""
    return f"{one.target.field}+{one.target.part}" if one.target.part else one.target.field


def _assigned(
    wishes: Sequence[_Wish], known: ModelWords, banned: frozenset[tuple[str, str]]
) -> list[str | None]:
    weights, without = [], []
    for wish in wishes:
        row: dict[str, float] = {}
        for one in wish.candidates:
            key = _key(one)
            if not key or one.score < LEAST or (wish.column.name, key) in banned:
                continue
            field = known.facts.fields[key.partition("+")[0]]
            bonus = _REQUIRED if field.required else 0.0
            row[key] = max(row.get(key, 0.0), one.score + bonus)
        weights.append(row)
        without.append(max(LEAST, wish.left_out.score if wish.left_out else 0.0))
    return assign(weights, without)


def _fill_the_name(wishes: Sequence[_Wish], chosen: list[str | None], known: ModelWords) -> None:
    """A record without a name is worse than a name that is perhaps another one's: give it the best
    column that was left out."""
    taken = {key.partition("+")[0] for key in chosen if key}
    if "name" in taken or "name" not in known.facts.fields:
        return
    free = [at for at, key in enumerate(chosen) if key is None]
    scores = {at: one.score for at in free if (one := wishes[at].best_for("name"))}
    best = max(scores, key=lambda at: scores[at], default=None)
    if best is not None and scores[best] >= LEAST:
        chosen[best] = "name"


def persons_or_companies(wishes: Sequence[_Wish]) -> frozenset[tuple[str, str]]:
    """Which (column, target) are out: a text comes whole or in parts, never both, and a company
    is the name of the record, or that of the person's employer if the rows are persons."""
    company = max((_share(one) for one in wishes if _is_company(one)), default=0.0)
    contacts = {one.column.name for one in wishes if company and _is_contact(one)}
    banned: set[tuple[str, str]] = {(name, "name") for name in contacts}
    for text in ("name", "contact_name"):
        parts = [_filled(wishes, f"{text}+{part}") for part in ("first", "last")]
        named = [one for one in wishes if _is_whole(one, text)]
        whole = [one for one in named if text != "name" or one.column.name not in contacts]
        is_person = all(parts) and max(parts) >= company and not whole
        for one in wishes:
            name = one.column.name
            if is_person and _is_company(one):
                banned.add((name, text))
            elif not is_person and (whole or company):
                banned |= {(name, f"{text}+first"), (name, f"{text}+last")}
            if not is_person and not whole and text == "name":
                banned.add((name, "company_name"))
    return frozenset(banned)


def _share(wish: _Wish) -> float:
    """The filled share of its cells; a little where there are none to see."""
    return look_at(wish.column.samples).filled or 0.01


def _filled(wishes: Sequence[_Wish], key: str) -> float:
    found = [one for one in wishes if _strong(one, key)]
    return max((_share(one) for one in found), default=0.0)


def _strong(wish: _Wish, key: str) -> bool:
    one = wish.best_for(key)
    left_out = wish.left_out
    if one is None or one.score < 0.7 or not one.main:
        return False
    return left_out is None or left_out.score < one.score


def _is_company(wish: _Wish) -> bool:
    return _strong(wish, "company_name")


def _is_contact(wish: _Wish) -> bool:
    """The person to talk to at a company, who is another record."""
    heads = {squeezed(said.text) for said in phrases_of("contact_person")}
    return squeezed(wish.column.header) in heads and wish.best_for("company_name") is None


def _is_whole(wish: _Wish, text: str) -> bool:
    """A name that is not that of a company, nor a first or last name."""
    if not _strong(wish, text) or _is_company(wish):
        return False
    return not any(_strong(wish, f"{text}+{part}") for part in ("first", "last"))


def _suggestion(
    wish: _Wish, key: str | None, wishes: Sequence[_Wish], known: ModelWords
) -> Suggestion:
    chosen = wish.best_for(key) if key else None
    others = tuple(
        one.target
        for one in wish.candidates
        if one.target and one is not chosen and one.score >= LEAST
    )[:4]
    if chosen is None or chosen.target is None:
        return _nothing(wish, wishes, others)
    confidence = _confidence(chosen, wish, wishes, known)
    return Suggestion(wish.column.name, chosen.target, confidence, _sentence(chosen), others)


def _sentence(one: Candidate) -> str:
    return f"{one.reason[:1].upper()}{one.reason[1:]}{one.seen}."


def _nothing(wish: _Wish, wishes: Sequence[_Wish], others: tuple[Target, ...]) -> Suggestion:
    left_out = wish.left_out
    if left_out is not None and left_out.score >= LEAST:
        sure = round(min(left_out.score, _HIGHEST), 2)
        return Suggestion(wish.column.name, None, sure, _sentence(left_out), others)
    if others:
        reason = f"Another column fits “{others[0].field}” better."
        return Suggestion(wish.column.name, None, 0.6, reason, others)
    reason = "No field of the model has a name or label like this."
    return Suggestion(wish.column.name, None, 0.5, reason)


def _confidence(
    chosen: Candidate, wish: _Wish, wishes: Sequence[_Wish], known: ModelWords
) -> float:
    """The score, held down by what speaks against it: only alike, cells that do not show it,
    another field for the same column, another column for the same field; and records of which
    nobody has looked whether Odoo has them."""
    sure = min(chosen.score, _HIGHEST)
    if not _is_sure_kind(chosen, wish, known):
        sure = min(sure, _UNSEEN_AT_MOST)
    if not chosen.exact:
        sure = min(sure, _ALIKE_AT_MOST)
    if not chosen.shows or not chosen.main:
        sure = min(sure, _UNSEEN_AT_MOST)
    if not chosen.remembered and not look_at(wish.column.samples).n:
        sure = min(sure, _EMPTY_AT_MOST)
    rivals = [one for one in wish.candidates if _key(one) != _key(chosen)]
    if rivals and rivals[0].score >= 0.9 * chosen.score:
        sure *= 0.9 if rivals[0].target else 0.8
    if _contested(chosen, wish, wishes):
        sure *= 0.9
    return round(sure, 2)


def _is_sure_kind(chosen: Candidate, wish: _Wish, known: ModelWords) -> bool:
    """A plain field, or a record of a list that every Odoo has; and the only field the header may
    mean, however much better than the others."""
    if chosen.remembered:
        return True
    target = chosen.target
    field = known.facts.fields[target.field] if target else None
    if target and field and (target.by or target.sheet) and field.relation not in _FIXED_LISTS:
        return False
    others = {_key(one) for one in wish.candidates if one.exact and one.score >= 0.6 * chosen.score}
    return others <= {_key(chosen)}


def _contested(chosen: Candidate, wish: _Wish, wishes: Sequence[_Wish]) -> bool:
    for other in wishes:
        rival = other.best_for(_key(chosen)) if other is not wish else None
        if rival and rival.main and rival.score >= 0.97 * chosen.score:
            left_out = other.left_out
            if left_out is None or left_out.score < rival.score:
                return True
    return False


def with_ceiling(suggestions: Sequence[Suggestion], ceiling: float) -> tuple[Suggestion, ...]:
    """None of them surer than that of which they depend."""
    return tuple(
        replace(one, confidence=min(one.confidence, ceiling)) if one.target else one
        for one in suggestions
    )
