"""Further names of countries and currencies, in the languages that many sheets are written in."""

from collections.abc import Iterator, Sequence
from functools import cache
from gettext import GNUTranslations, NullTranslations, translation
from typing import Any

import pycountry

_LANGUAGES = ("de", "fr", "es", "it", "nl", "pt", "pl", "cs", "sv", "da", "tr")
_NAMED = ("name", "common_name", "official_name")
_CODES = ("alpha_2", "alpha_3")
_ALSO = {
    "GB": ("UK", "Great Britain"),
    "US": ("America",),
    "NL": ("Holland",),
    "CZ": ("Czech Republic",),
    "AE": ("UAE", "Emirates"),
    "KR": ("South Korea",),
    "RU": ("Russia",),
    "TR": ("Turkey",),
}
"""What people write and no list has."""
_SETS = {
    "res.country": ("iso3166-1", "countries"),
    "res.currency": ("iso4217", "currencies"),
}


def other_names(model: str, texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Text as Odoo has it -> what else the same country or currency is called; {} for others."""
    if model not in _SETS:
        return {}
    groups = _groups(model)
    return {text: groups[text.casefold()] for text in texts if text.casefold() in groups}


@cache
def _groups(model: str) -> dict[str, tuple[str, ...]]:
    domain, noun = _SETS[model]
    said = [_translation(domain, lang) for lang in _LANGUAGES]
    found: dict[str, tuple[str, ...]] = {}
    for one in getattr(pycountry, noun):
        names = tuple(dict.fromkeys(_names(one, said)))
        for name in names:
            found.setdefault(name.casefold(), names)
    return found


def _names(one: Any, said: Sequence[NullTranslations]) -> Iterator[str]:
    for attribute in _NAMED:
        text = getattr(one, attribute, "")
        if text:
            yield text
            yield from (each.gettext(text) for each in said)
    yield from (str(code) for name in _CODES if (code := getattr(one, name, "")))
    yield from _ALSO.get(getattr(one, "alpha_2", ""), ())


def _translation(domain: str, lang: str) -> GNUTranslations | NullTranslations:
    return translation(domain, pycountry.LOCALES_DIR, languages=[lang], fallback=True)
