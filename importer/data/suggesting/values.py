"""What a column's cells look like: dates, amounts, codes, addresses. Pure; a guess from samples,
never a check."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

_EMPTY = {"", "null", "n/a", "#n/a", "none", "-"}
_BOOLEANS = frozenset(
    ("yes", "no", "y", "n", "true", "false", "t", "f", "1", "0", "x", "ja", "nein", "oui", "non")
    + ("si", "sí", "sì", "nee", "vrai", "faux", "wahr", "falsch", "on", "off")
)
_NUMBER = re.compile(r"[-+]?(\d{1,3}([.,' ]\d{3})+|\d+)?([.,]\d+)?\s?[%€$£]?")
_DAY = r"(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})"
_DATE = re.compile(_DAY + r"([T ]\d{1,2}:\d{2}.*)?")
_PHONE = re.compile(r"\+?[\d(][\d\s()/.\-x]{4,}")
_SHAPES: Mapping[str, Callable[[str], object]] = {
    "number": lambda v: any(c.isdigit() for c in v) and _NUMBER.fullmatch(v),
    "integer": lambda v: v.lstrip("+-").isdecimal(),
    "boolean": lambda v: v.casefold() in _BOOLEANS,
    "date": _DATE.fullmatch,
    "email": re.compile(r"[^@\s,;]+@[^@\s,;]+\.\w+").fullmatch,
    "url": re.compile(r"(https?://|www\.)\S+|([\w-]+\.)+[a-z]{2,24}(/\S*)?", re.I).fullmatch,
    "phone": lambda v: _PHONE.fullmatch(v) and not _DATE.fullmatch(v) and _digits(v) >= 5,
    "letters2": re.compile(r"[A-Za-z]{2}").fullmatch,
    "upper": re.compile(r"[A-Z]{1,3}").fullmatch,
    "code": re.compile(r"[\w#./*-]*\d[\w#./*-]*").fullmatch,
    "digits": lambda v: any(c.isdigit() for c in v),
    "path": re.compile(r".+\S( > | / |/).+").fullmatch,
    "gtin": re.compile(r"\d{8}|\d{12,14}").fullmatch,
    "blob": re.compile(r"0x[0-9A-Fa-f]{8,}|[A-Za-z0-9+/=]{200,}").match,
    "letters": lambda v: any(c.isalpha() for c in v),
    "several_words": lambda v: len(v.split()) >= 3,
}


def _digits(value: str) -> int:
    return sum(letter.isdigit() for letter in value)


@dataclass(frozen=True, slots=True)
class Look:
    """``filled``: the share of cells that hold something. ``shares``: how many of these look like
    a thing, from 0 to 1."""

    filled: float
    n: int
    shares: Mapping[str, float]
    values: tuple[str, ...]

    def mostly(self, shape: str, share: float = 0.75) -> bool:
        """False where there is no filled cell."""
        return bool(self.n) and self.shares[shape] >= share


def look_at(samples: Iterable[str]) -> Look:
    """What the samples look like; texts that mean an empty cell are not counted."""
    cells = [sample.strip() for sample in samples]
    filled = tuple(cell for cell in cells if cell.casefold() not in _EMPTY)
    shares = {
        name: sum(1 for cell in filled if test(cell)) / len(filled) if filled else 0.0
        for name, test in _SHAPES.items()
    }
    return Look(len(filled) / len(cells) if cells else 0.0, len(filled), shares, filled)
