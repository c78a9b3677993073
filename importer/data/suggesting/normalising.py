"""Brings headers, labels and synonyms to words that can be compared. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_DIGITS = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=20_000)
def words(text: str) -> tuple[str, ...]:
    """``BillingCity``, ``billing_city`` and ``Billing City`` are alike; accents and case do not
    count; numbers stand apart."""
    apart = _DIGITS.sub(" ", _CAMEL.sub(" ", unicodedata.normalize("NFC", text)))
    plain = unicodedata.normalize("NFKD", apart.casefold())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(_WORD.findall(bare))


def phrase(text: str) -> str:
    """The words with a blank between."""
    return " ".join(words(text))


def squeezed(text: str) -> str:
    """The words without blanks, so that ``E-Mail`` and ``email`` are one."""
    return "".join(words(text))


def without_brackets(text: str) -> str:
    """``Weight (kg)`` -> ``Weight``; unchanged where nothing else would be left."""
    bare = _BRACKETS.sub(" ", text)
    return bare if words(bare) else text


def further_sets(headers: Sequence[str]) -> frozenset[str]:
    """The headers of a second (third, ...) set: with ``Zip 1, City 1, Zip 2, City 2`` the last two.
    A single ``Street 2`` beside ``Street`` is none, but the second line of one address."""
    sets: dict[str, dict[tuple[str, ...], str]] = {}
    for header in headers:
        said = words(header)
        number = next((word for word in said if word.isdecimal()), "")
        rest = list(said)
        if number:
            rest.remove(number)
        sets.setdefault(number, {})[tuple(rest)] = header
    first = sets.get("1", {}).keys() | sets.get("", {}).keys()
    return frozenset(
        header
        for number, found in sets.items()
        if number not in ("", "1") and len(found.keys() & first) > 1
        for header in found.values()
    )
