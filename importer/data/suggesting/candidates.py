"""Every field that a column could be, each with a score and the reason in a sentence. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from rapidfuzz import fuzz, process

from importer.data.suggesting.fitting import AGAINST, FAIR, FOR, fit, fit_number
from importer.data.suggesting.looking_up import by_which
from importer.data.suggesting.normalising import phrase, squeezed
from importer.data.suggesting.shapes import Column, Models, Remembered, Target
from importer.data.suggesting.values import Look, look_at
from importer.data.suggesting.variants import Reading, readings
from importer.data.suggesting.vocabulary import concepts_of, nothing_of, phrases_of
from importer.odoo.protocols import FieldFacts, ModelFacts

_LEAST_ALIKE = 84.0
_FEWEST_LETTERS = 4
_LESS_WHOLE = 0.85
_NUMBERS = frozenset({"number", "order_number", "invoice_number", "sku", "account_number"})
_TECHNICAL = ("message_", "activity_", "website_message", "rating_", "access_", "display_")
_NEVER = frozenset(
    ("id", "display_name", "create_date", "create_uid", "write_date", "write_uid", "color")
    + ("properties", "company_id", "image_128", "image_256", "image_512", "image_1024")
    + ("message_bounce", "signup_type", "state", "resource_id", "lead_properties", "company_type")
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """``target`` None: the column is something Odoo has no field for. ``seen``: what the cells say
    to it, as the end of the reason. ``exact``: header and name are the same, not only alike.
    ``shows``: the cells speak for it. ``main``: it is not the second of its kind."""

    target: Target | None
    score: float
    reason: str
    seen: str = ""
    exact: bool = False
    shows: bool = False
    main: bool = True
    remembered: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrase of the index: what it stands for and where it is from. ``is_number``: it names
    things by numbers, whatever else the field may hold."""

    target: str
    weight: float
    origin: str
    is_number: bool = False


class ModelWords:
    """All phrases of one model: names and labels of its fields, and their synonyms."""

    def __init__(self, facts: ModelFacts, models: Models) -> None:
        self.facts = facts
        self.models = models
        self.phrases: dict[str, dict[str, Entry]] = {}
        self.spaced: dict[str, str] = {}
        self.computed: dict[str, str] = {}
        for field in facts.fields.values():
            self._add_field(field)
        for target, concepts in concepts_of(facts.model).items():
            name = target.partition("+")[0]
            if name in facts.fields and (writable(facts.fields[name])):
                self._add_concepts(target, concepts)

    def _add_field(self, field: FieldFacts) -> None:
        if not writable(field):
            if not field.name.startswith(_TECHNICAL) and field.name != "id":
                self.computed.setdefault(squeezed(field.label), field.label)
            return
        bare = field.name.removesuffix("_ids").removesuffix("_id")
        self._add(field.name, field.name, 1.0, f"the field’s name is “{field.name}”")
        if bare != field.name:
            self._add(bare, field.name, 0.93, f"the field’s name is “{field.name}”")
        for language, label in (("", field.label), *field.labels):
            said = f" in {language}" if language else ""
            self._add(label, field.name, 0.96, f"Odoo calls the field “{label}”{said}")

    def _add_concepts(self, target: str, concepts: tuple[str, ...]) -> None:
        for rank, concept in enumerate(concepts):
            for said in phrases_of(concept):
                origin = f"“{said.text}” ({said.language}) is a word for it"
                weight = 0.97 - 0.06 * rank - 0.002 * min(said.place, 5)
                is_number = concept in _NUMBERS
                self._add(said.text, target, weight, origin, is_number=is_number)

    def _add(
        self, text: str, target: str, weight: float, origin: str, *, is_number: bool = False
    ) -> None:
        key = squeezed(text)
        if not key:
            return
        entries = self.phrases.setdefault(key, {})
        if target not in entries or entries[target].weight < weight:
            entries[target] = Entry(target, weight, origin, is_number)
        self.spaced.setdefault(phrase(text), key)

    @cached_property
    def nothing(self) -> Mapping[str, str]:
        return {key: one.text for key, one in nothing_of(self.facts.model).items()}


def writable(field: FieldFacts) -> bool:
    """Fields that people fill: no computed ones, no lists of other records' children."""
    if field.name in _NEVER or field.name.startswith(_TECHNICAL) or field.readonly:
        return False
    return field.type not in ("one2many", "properties", "json", "reference", "binary")


def candidates(
    column: Column, known: ModelWords, memory: Mapping[str, Remembered] | None = None
) -> list[Candidate]:
    """Best first, at most one for each field and way; with the best reason to leave it out."""
    look = look_at(column.samples)
    remembered = (memory or {}).get(squeezed(column.header))
    best: dict[str, Candidate] = {}
    for one in _all(column, look, known):
        name = str(one.target) if one.target else ""
        if name not in best or best[name].score < one.score:
            best[name] = one
    if remembered is not None and remembered.target.field in known.facts.fields:
        reason = f"mapped so in “{remembered.mapping}” before"
        best[str(remembered.target)] = Candidate(
            remembered.target, 1.2, reason, exact=True, shows=True, remembered=True
        )
    return sorted(best.values(), key=lambda one: -one.score)


def _all(column: Column, look: Look, known: ModelWords) -> Iterator[Candidate]:
    read = readings(column.header, known.facts.model)
    whole = 0.0
    for one in read:
        found = [*_exactly(one, look, known), *_left_out(one, known)]
        # What the whole header says counts more than what a part of it says.
        less = _LESS_WHOLE if one.factor < whole - 0.01 else 1.0
        yield from (replace(each, score=each.score * less) for each in found)
        if found:
            whole = max(whole, one.factor)
    for one in read[:6]:
        yield from _alike(one, look, known)


def _exactly(one: Reading, look: Look, known: ModelWords) -> Iterator[Candidate]:
    for entry in known.phrases.get(one.squeezed, {}).values():
        yield _judged(one, entry, look, known, one.factor, exact=True)


def _alike(one: Reading, look: Look, known: ModelWords) -> Iterator[Candidate]:
    if len(one.squeezed) < _FEWEST_LETTERS or one.squeezed in known.phrases:
        return
    found = process.extract(
        one.phrase, known.spaced.keys(), scorer=fuzz.token_sort_ratio,
        score_cutoff=_LEAST_ALIKE, limit=4,
    )  # fmt: skip
    for text, score, _ in found:
        factor = one.factor * 0.9 * (score / 100) ** 2
        for entry in known.phrases[known.spaced[text]].values():
            yield _judged(one, entry, look, known, factor, exact=False)


def _judged(
    one: Reading, entry: Entry, look: Look, known: ModelWords, factor: float, *, exact: bool
) -> Candidate:
    name, _, part = entry.target.partition("+")
    field = known.facts.fields[name]
    target = Target(name, part=part)
    if field.type in ("many2one", "many2many"):
        by = by_which(field.relation, one.hint, look, known.models.get(field.relation))
        target = replace(target, by=by)
    elif one.hint and name not in ("name", "ref", "code", "default_code"):
        factor *= 0.75 if one.hint != "name" else 0.85
    fits = fit_number(look) if entry.is_number and not target.by else fit(look, target, field)
    score = entry.weight * factor * fits
    said = entry.origin if exact else f"it is like this: {entry.origin}"
    return Candidate(
        target,
        score,
        said,
        _seen(fits),
        exact=exact and factor >= 0.9,
        shows=fits >= FOR,
        main=not one.other,
    )


def _seen(fits: float) -> str:
    if fits >= FOR:
        return ", and the cells look like it"
    if fits <= AGAINST:
        return ", but the cells do not look like it"
    return "" if fits >= FAIR else ", which the cells do not show"


def _left_out(one: Reading, known: ModelWords) -> Iterator[Candidate]:
    said = known.nothing.get(one.squeezed)
    if said:
        reason = f"“{said}” has no field of its own in a standard Odoo"
        yield Candidate(None, 0.93 * one.factor, reason, exact=one.factor >= 0.9)
    label = known.computed.get(one.squeezed)
    if label:
        reason = f"Odoo fills “{label}” itself"
        yield Candidate(None, 0.88 * one.factor, reason, exact=one.factor >= 0.9)
