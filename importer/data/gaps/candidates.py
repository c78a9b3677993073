"""What the values of a field could have meant: choices, records, keys, companies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field
from typing import Any, Protocol

import duckdb

from importer.data.duck import name
from importer.data.gaps.bench import GapField
from importer.data.gaps.country_names import other_names
from importer.data.suggesting.normalising import phrase

MOST = 20_000
_YES = ("yes", "ja", "oui", "si", "sim", "tak", "wahr", "vrai", "vero", "waar", "on", "active")
_NO = ("no", "nein", "non", "nee", "nao", "nie", "falsch", "faux", "falso", "off", "inactive")


class Asked(Protocol):
    """What is needed of the question."""

    @property
    def frozen(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """``to``: the text that a value map gives. ``also``: further names of it; ``beside``: the other
    inputs that lead to it."""

    to: str
    label: str = ""
    also: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    """``names``: name in comparable form -> numbers in ``listed``."""

    listed: tuple[Candidate, ...] = ()
    names: Mapping[str, tuple[int, ...]] = dataclass_field(default_factory=dict)


def candidates_of(
    duck: duckdb.DuckDBPyConnection, field: GapField, lookups: Mapping[str, str], asked: Asked
) -> Candidates:
    """All that a field takes, at most MOST of them."""
    if field.kind == "lookup" and field.spec is not None:
        return _with_names(_records(duck, field, lookups[field.spec.lookup]))
    if field.kind == "reference" and field.spec is not None:
        return _with_names(_keys(duck, field.spec.entity, len(field.inputs)))
    if field.kind == "selection" and field.one is not None:
        pairs = field.one.facts.selection
        return _with_names([Candidate(key, label, (label,)) for key, label in pairs])
    if field.kind == "boolean":
        return _with_names([Candidate("yes", "", _YES), Candidate("no", "", _NO)])
    companies: Sequence[Sequence[Any]] = asked.frozen.get("companies") or ()
    return _with_names([Candidate(str(one[1])) for one in companies])


def _records(duck: duckdb.DuckDBPyConnection, field: GapField, view: str) -> list[Candidate]:
    width = len(field.inputs)
    own = f"by_{field.own + 1}"
    others = [f"by_{n + 1}" for n in range(width) if n != field.own]
    beside = f"[{', '.join(others)}]" if others else "CAST([] AS VARCHAR[])"
    found = duck.execute(
        f"SELECT {own}, {beside}, min(rank) FROM {view} GROUP BY 1, 2 "
        f"HAVING count(DISTINCT id) = 1 ORDER BY 3, 1 LIMIT {MOST}"
    ).fetchall()
    model = field.spec.model if field.spec else ""
    known = other_names(model, [str(text) for text, _, _ in found])
    return [
        Candidate(text, ", ".join(beside), known.get(text, ()), tuple(beside))
        for text, beside, _ in found
    ]


def _keys(duck: duckdb.DuckDBPyConnection, entity: str, width: int) -> list[Candidate]:
    if width != 1:
        return []
    known = name(f"known_{entity}")
    found = duck.execute(
        f"SELECT DISTINCT from_json(key, '[\"VARCHAR\"]')[1] AS text FROM {known} "
        f"WHERE text <> '' ORDER BY text LIMIT {MOST}"
    ).fetchall()
    return [Candidate(text) for (text,) in found]


def _with_names(listed: Sequence[Candidate]) -> Candidates:
    names: dict[str, list[int]] = {}
    for n, one in enumerate(listed):
        for text in dict.fromkeys((one.to, *one.also)):
            names.setdefault(comparable(text), []).append(n)
    names.pop("", None)
    return Candidates(tuple(listed), {text: tuple(numbers) for text, numbers in names.items()})


def comparable(text: str) -> str:
    """Without case, accents, punctuation and repeated blanks."""
    return phrase(text.casefold())
