"""Transforms of countries and currencies, by code or by name in many languages.

Names come from pycountry's tables and translations; what two countries are called is nobody's name.
"""

import gettext
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from importer.data.transforms.shapes import Arguments, Example, Schema, Transform, Worker

if TYPE_CHECKING:
    from pycountry.db import Data

LANGUAGES = (
    *("ar", "bg", "ca", "cs", "da", "de", "el", "es", "et", "fi", "fr", "he", "hr", "hu", "id"),
    *("it", "ja", "ko", "lt", "lv", "nb", "nl", "pl", "pt", "pt_BR", "ro", "ru", "sk", "sl", "sr"),
    *("sv", "th", "tr", "uk", "vi", "zh_CN", "zh_TW"),
)
_ALSO = {
    "uk": "GB",
    "great britain": "GB",
    "britain": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    **dict.fromkeys(("grossbritannien", "grande bretagne", "gran bretana", "gran bretagna"), "GB"),
    **dict.fromkeys(("groot brittannie", "england", "angleterre", "inghilterra"), "GB"),
    **dict.fromkeys(("inglaterra", "engeland", "storbritannien"), "GB"),
    **dict.fromkeys(("holland", "hollande", "holanda", "olanda"), "NL"),
    "the netherlands": "NL",
    "us": "US",
    "u s": "US",
    "u s a": "US",
    "united states of america": "US",
    "america": "US",
    "russia": "RU",
    "czech republic": "CZ",
    "ivory coast": "CI",
    "south korea": "KR",
    "north korea": "KP",
    "turkey": "TR",
    "macedonia": "MK",
    "swaziland": "SZ",
    "cape verde": "CV",
    "east timor": "TL",
    "burma": "MM",
    "uae": "AE",
    "brd": "DE",
    "el": "GR",
}
_SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "us$": "USD",
    "zł": "PLN",
    "kč": "CZK",
    "₹": "INR",
    "₽": "RUB",
    "₺": "TRY",
    "₩": "KRW",
    "₪": "ILS",
    "₴": "UAH",
    "฿": "THB",
    "₫": "VND",
    "₦": "NGN",
    "r$": "BRL",
    "a$": "AUD",
    "c$": "CAD",
    "fr.": "CHF",
    "sfr.": "CHF",
    "euro": "EUR",
    "euros": "EUR",
}
_FIELDS = {"country": ("alpha_2", "alpha_3", "numeric"), "currency": ("alpha_3", "numeric")}
_NAMES = ("name", "official_name", "common_name")
_DOMAINS = {"country": "iso3166-1", "currency": "iso4217"}


def country_worker(arguments: Arguments) -> Worker:
    """Countries by code or name; ``to``: alpha_2, alpha_3, numeric or name."""
    return _worker("country", arguments, _ALSO, "alpha_2")


def _currency(arguments: Arguments) -> Worker:
    signs = dict(_SIGNS)
    if arguments.get("dollar"):
        signs["$"] = str(arguments["dollar"]).upper()
    return _worker("currency", arguments, signs, "alpha_3")


def _worker(kind: str, arguments: Arguments, also: dict[str, str], code: str) -> Worker:
    languages = tuple(arguments.get("languages") or LANGUAGES)
    known = _known(kind, languages)
    wanted = str(arguments.get("to") or code)

    def work(text: str, beside: str | None) -> str | None:
        plain = _plain(text)
        found = also.get(text.strip().casefold()) or also.get(plain) or known.get(plain)
        row = _rows(kind).get(found or "")
        return str(getattr(row, wanted)) if row is not None else None

    return work


@cache
def _known(kind: str, languages: tuple[str, ...]) -> dict[str, str]:
    """Plain text -> code. Codes and English names go before what a language calls another one."""
    known: dict[str, str] = {}
    for code, row in _rows(kind).items():
        own = (*_FIELDS[kind], *_NAMES)
        known |= {_plain(str(text)): code for text in _texts(row, own)}
    told: dict[str, set[str]] = {}
    for code, row in _rows(kind).items():
        for text in _translated(kind, _texts(row, _NAMES), languages):
            told.setdefault(_plain(text), set()).add(code)
    alone = {text: next(iter(codes)) for text, codes in told.items() if len(codes) == 1}
    return alone | known


@cache
def _rows(kind: str) -> dict[str, "Data"]:
    import pycountry

    rows: Any = pycountry.countries if kind == "country" else pycountry.currencies
    code = _FIELDS[kind][0]
    return {str(getattr(row, code)): row for row in rows}


def _texts(row: "Data", fields: Iterable[str]) -> list[str]:
    found = (getattr(row, field, None) for field in fields)
    return [str(text) for text in found if text]


def _translated(kind: str, texts: Sequence[str], languages: Iterable[str]) -> Iterator[str]:
    for language in languages:
        said = _translations(kind, language)
        yield from (said.gettext(text) for text in texts)


@cache
def _translations(kind: str, language: str) -> gettext.NullTranslations:
    import pycountry

    return gettext.translation(
        _DOMAINS[kind], pycountry.LOCALES_DIR, languages=[language], fallback=True
    )


@cache
def _plain(text: str) -> str:
    """Letters and digits in one case, without accents, single spaces between."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    kept = ("" if unicodedata.combining(each) else each for each in bare)
    spaced = "".join(each if each.isalnum() else " " for each in kept)
    return " ".join(spaced.split())


_LANGUAGES: Schema = {
    "type": "array",
    "items": {"enum": list(LANGUAGES)},
    "maxItems": len(LANGUAGES),
    "title": "Languages of names",
    "description": "left out: all that are known; English always",
}


def _no_dollar(arguments: Arguments) -> None:
    code = str(arguments.get("dollar") or "").upper()
    if code and code not in _rows("currency"):
        raise ValueError(f"“{code}” is no currency's code. Write three letters (USD)")


TRANSFORMS = (
    Transform(
        name="country",
        label="Country",
        group="Codes",
        says="A country by its code or its name in many languages, as code or English name.",
        example=Example("Deutschland", "DE"),
        arguments={
            "to": {"enum": ["alpha_2", "alpha_3", "numeric", "name"], "default": "alpha_2"},
            "languages": _LANGUAGES,
        },
        work=country_worker,
        cannot=lambda arguments: (
            " is no country's code or name. Correct the cell, or put a value map before."
        ),
    ),
    Transform(
        name="currency",
        label="Currency",
        group="Codes",
        says="A currency by its code, sign or name in many languages. “$” is the dollar that is "
        "named.",
        example=Example("€", "EUR"),
        arguments={
            "to": {"enum": ["alpha_3", "numeric", "name"], "default": "alpha_3"},
            "dollar": {
                "type": "string",
                "pattern": "^[A-Za-z]{3}$",
                "description": "code of the currency that “$” stands for",
            },
            "languages": _LANGUAGES,
        },
        work=_currency,
        cannot=lambda arguments: (
            " is no currency's code, sign or name, or that of several. Correct the cell, or put a "
            "value map before."
        ),
        check=_no_dollar,
    ),
)
