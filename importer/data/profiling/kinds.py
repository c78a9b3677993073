"""How one cell is written: a kind for each text, told by its letters alone, as SQL. What a column
makes of its cells' kinds is decided elsewhere.
"""

import re
from collections.abc import Iterable, Sequence

from importer.data.duck import quote
from importer.data.macros import prelude as cell_prelude

NUMBERS = ("int", "point", "point,", "point?", "comma", "comma.", "comma?", "spaced", "science")
"""Numbers without a sign of money: ``point,`` has commas between thousands, ``comma.`` points,
``point?`` (1.234) and ``comma?`` (1,234) can be read both ways."""

MONEY = ("money", "percent")
DATES = ("iso", "compact", "slashed", "month")
CODES = ("zeros", "digits")
_OTHERS = ("text", "bool", "email?", "url", "phone", "time", "error", "nothing")
"""Digits that are no number: with leading zeros, or more than 18 of them."""

BOOLEANS = (
    ("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("on", "off"), ("ja", "nein"),
    ("oui", "non"), ("si", "no"), ("sí", "no"), ("sì", "no"), ("sim", "não"), ("vrai", "faux"),
    ("wahr", "falsch"), ("verdadero", "falso"), ("vero", "falso"), ("j", "n"), ("x", ""),
)  # fmt: skip
"""Words for yes and for no that are used together; ``x`` stands alone."""

_YES_OR_NO = tuple(sorted({word for pair in BOOLEANS for word in pair if word}))

NOTHING = (
    "-", "--", "---", "_", ".", "..", "...", "?", "??", "???", "/", "n/a", "#n/a", "na", "n.a.",
    "n.a", "null", "(null)", "nil", "none", "(none)", "nan", "unknown", "(blank)", "blank",
    "empty", "(empty)", "tbd", "t.b.d.", "todo", "k.a.", "k. a.", "keine angabe", "unbekannt",
    "n/d", "s/d", "inconnu", "aucun", "ninguno", "nessuno",
)  # fmt: skip
"""Words that people write into a cell that has nothing to say."""

MONTHS = {
    "jan": 1, "ene": 1, "gen": 1, "feb": 2, "fév": 2, "fev": 2, "mar": 3, "mär": 3, "mrz": 3,
    "maa": 3, "apr": 4, "abr": 4, "avr": 4, "may": 5, "mai": 5, "mei": 5, "mag": 5, "jun": 6,
    "juin": 6, "giu": 6, "jul": 7, "juil": 7, "lug": 7, "aug": 8, "ago": 8, "aoû": 8, "aou": 8,
    "sep": 9, "set": 9, "oct": 10, "okt": 10, "ott": 10, "out": 10, "nov": 11, "dec": 12,
    "dez": 12, "dic": 12, "déc": 12,
}  # fmt: skip
"""How the names of months begin in several languages."""

_MONEY_BEGINS = (
    "EU", "US", "GB", "CH", "JP", "CN", "CA", "AU", "NZ", "SE", "NO", "DK", "PL", "CZ", "HU", "TR",
    "BR", "IN", "MX", "ZA", "R$", "RS", "KR", "FR",
)  # fmt: skip
_CURRENCIES = "EUR|USD|GBP|CHF|JPY|CNY|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|TRY|BRL|INR|MXN|ZAR"
_SIGN = rf"(?:[€$£¥₹]|US\$|R\$|Rs\.?|kr\.?|Fr\.|(?i:{_CURRENCIES}))"
_GAP = r"[ '’\x{A0}\x{202F}]"
_AMOUNT = r"[0-9][0-9.,'’ \x{A0}\x{202F}]*"
CLOCK = (
    r"(?:[ T,]{1,2}[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
    r"(?: ?[AaPp]\.?[Mm]\.?)?(?: ?Z| ?[+-][0-9]{2}:?[0-9]{2}| UTC)?)?"
)
ISO = rf"[0-9]{{4}}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,2}}{CLOCK}"
SLASHED = rf"[0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.](?:[0-9]{{4}}|[0-9]{{2}}){CLOCK}"
_DAY = r"[0-9]{1,2}(?:st|nd|rd|th|\.)?"
_WORD = r"[\pL]{3,10}\.?,?"
_YEAR = r"(?:[0-9]{4}|[0-9]{2})"
MONTH = rf"(?:{_DAY}[ -](?:de )?{_WORD}(?: de)?[ -]{_YEAR}|{_WORD} {_DAY},? {_YEAR}){CLOCK}"
EMAIL = r"[^@\s,;:<>()\[\]\"]+@[^@\s,;:<>()\[\]\"_]+\.[\pL]{2,}"
_PHONE = (
    r"\+?(?:[ ()/.\x{A0}\x{2011}\x{2013}-]{0,4}[0-9]){6,20}[ )]?(?: ?(?:x|ext\.?) ?[0-9]{1,6})?"
)


def _fits(*patterns: str) -> str:
    return f"regexp_full_match(s, {quote('|'.join(patterns))})"


def _in_doubt(kind: str, pattern: str) -> str:
    return f"CASE WHEN {_fits(pattern)} THEN '{kind}?' ELSE '{kind}' END"


# The order of the steps is that of their cost where they exclude each other: a million cells take
# 0.02 s to search for a sign, 0.05 s for a pattern.
_AFTER_LETTER = (
    ("contains(s, '@')", "'email?'"),
    ("contains(s, '://') OR (ord(s) IN (87, 119) AND lower(left(s, 4)) = 'www.')", "'url'"),
    ("length(s) > 40", "'text'"),
    (
        "length(s) <= 14 AND regexp_full_match(lower(s), {words})",
        "CASE WHEN regexp_full_match(lower(s), {booleans}) THEN 'bool' ELSE 'nothing' END",
    ),
    (f"contains(s, ' ') AND regexp_matches(lower(s), {{months}}) AND {_fits(MONTH)}", "'month'"),
    (f"regexp_matches(upper(s), {{money}}) AND {_fits(f'{_SIGN} ?-?{_AMOUNT}')}", "'money'"),
)
_DIGITS_AND_LETTERS = (
    ("contains(s, '@')", "'email?'"),
    ("length(s) > 40", "'text'"),
    (_fits(r"[+-]?[0-9]+(?:\.[0-9]*)?[eE][+-]?[0-9]{1,3}"), "'science'"),
    (_fits(ISO), "'iso'"),
    (_fits(SLASHED), "'slashed'"),
    (_fits(MONTH), "'month'"),
    (_fits(rf"[(-]?(?:{_SIGN} ?)?-?{_AMOUNT}[ \x{{A0}}]?{_SIGN}\)?"), "'money'"),
    (_fits("[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})? ?[AaPp][Mm]"), "'time'"),
    (_fits(_PHONE), "'phone'"),
    (_fits("#(?:N/A|REF!|DIV/0!|VALUE!|NAME\\?|NULL!|NUM!|SPILL!|CALC!)"), "'error'"),
    ("length(s) <= 14 AND regexp_full_match(lower(s), {nothing})", "'nothing'"),
)
_SPACED = (_fits(rf"[+-]?[1-9][0-9]{{0,2}}(?:{_GAP}[0-9]{{3}})+(?:[.,][0-9]+)?"), "'spaced'")
_SIGNED = (
    (f"contains(s, '%') AND {_fits(f'[+-]?{_AMOUNT}%')}", "'percent'"),
    (
        _fits(
            f"[-+]? ?[€$£¥₹] ?-?{_AMOUNT}",
            rf"-?{_AMOUNT}[ \x{{A0}}]?[€$£¥₹]",
            rf"\(-?[€$£¥₹]? ?{_AMOUNT}\)",
            f"{_AMOUNT}-",
        ),
        "'money'",
    ),
    ("length(s) <= 14 AND regexp_full_match(s, {nothing})", "'nothing'"),
)
_WITH_BLANK = (
    # Blanks around are gone, so one inside a date stands before the time of day.
    (f"contains(s, ':') AND {_fits(ISO)}", "'iso'"),
    (f"contains(s, ':') AND {_fits(SLASHED)}", "'slashed'"),
    ("length(s) > 40", "'text'"),
    _SPACED,
    (_fits(_PHONE), "'phone'"),
    *_SIGNED,
)
_NO_LETTER = (
    (_fits("-?(?:[1-9][0-9]{0,17}|0)"), "'int'"),
    (_fits("[0-9]+"), "CASE WHEN s[1] = '0' THEN 'zeros' ELSE 'digits' END"),
    (_fits(r"[+-]?[0-9]*\.[0-9]+"), _in_doubt("point", r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")),
    (_fits("[+-]?[0-9]*,[0-9]+"), _in_doubt("comma", "[+-]?[1-9][0-9]{0,2},[0-9]{3}")),
    (_fits(ISO), "'iso'"),
    (_fits(SLASHED), "'slashed'"),
    ("length(s) > 40", "'text'"),
    (_fits(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?"), "'point,'"),
    (_fits(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]+)?"), "'comma.'"),
    _SPACED,
    (_fits(r"\+[0-9]{1,6}"), "'int'"),
    (_fits(_PHONE), "'phone'"),
    (_fits("[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"), "'time'"),
    *_SIGNED,
)


_KIND = re.compile(r"(THEN|ELSE) ('[a-z.,?]+')")


def _ladder(steps: Iterable[tuple[str, str]]) -> str:
    words = {
        "{booleans}": _one_of(_YES_OR_NO),
        "{nothing}": _one_of(NOTHING),
        "{words}": _one_of((*NOTHING, *_YES_OR_NO)),
        "{months}": _one_of((month[:3] for month in MONTHS), "^(?:{})"),
        "{money}": _one_of(_MONEY_BEGINS, "^(?:{})"),
    }
    text = " ".join(f"WHEN {condition} THEN {kind}" for condition, kind in steps)
    text = _KIND.sub(r"\1 \2::cell_kind", text)
    for mark, listed in words.items():
        text = text.replace(mark, listed)
    return f"CASE {text} ELSE 'text'::cell_kind END"


def _one_of(words: Iterable[str], pattern: str = "{}") -> str:
    """A SQL pattern. A list after IN would be made a join, which is asked for every row and not
    only for those that come that far."""
    return quote(pattern.format("|".join(re.escape(word) for word in sorted(set(words)))))


def any_of(words: Iterable[str]) -> str:
    """A SQL list of texts."""
    return "(" + ", ".join(quote(word) for word in sorted(set(words) - {""})) + ")"


_MACROS = {
    # Taking 29 kinds of blanks away costs 2 s a million cells, and hardly any begins with one.
    "bare(t)": (
        "CASE WHEN ord(t) BETWEEN 33 AND 126 AND ord(right(t, 1)) BETWEEN 33 AND 126 THEN t "
        "ELSE strip(t) END"
    ),
    # As keys are compared; only letters beyond ASCII can be composed.
    "key_quick(t)": "CASE WHEN strlen(t) = length(t) THEN bare(t) ELSE key_part(t) END",
    "begins_with_letter(s)": (
        "(ord(s) BETWEEN 65 AND 90 OR ord(s) BETWEEN 97 AND 122 OR ord(s) BETWEEN 192 AND 8191)"
    ),
    "kind_after_letter(s)": _ladder(_AFTER_LETTER),
    "kind_with_letters(s)": _ladder(_DIGITS_AND_LETTERS),
    "kind_with_blank(s)": _ladder(_WITH_BLANK),
    "kind_without_letter(s)": _ladder(_NO_LETTER),
    "kind_of(s)": (
        "CASE WHEN begins_with_letter(s) THEN kind_after_letter(s) "
        r"WHEN regexp_matches(s, '[A-Za-z\x{80}-\x{9F}\x{C0}-\x{1FFF}]') THEN kind_with_letters(s) "
        "WHEN contains(s, ' ') THEN kind_with_blank(s) ELSE kind_without_letter(s) END"
    ),
}


def prelude(empty_words: Sequence[str]) -> str:
    """Statements that define ``kind_of(s)`` of a text without surrounding blanks, ``bare(t)``,
    which takes them away, ``is_nothing(s)`` and the vocabulary that mappings are prepared with."""
    words = ", ".join(quote(word) for word in ("", *empty_words))
    own = _MACROS | {"is_nothing(s)": f"s IN ({words})"}
    macros = "\n".join(f"CREATE TEMP MACRO {head} AS {body};" for head, body in own.items())
    kinds = any_of((*NUMBERS, *MONEY, *DATES, *CODES, *_OTHERS))
    # As a type of its own a kind is one byte; as text it would cost more to write than to find.
    return f"{cell_prelude(empty_words)}\nCREATE TYPE cell_kind AS ENUM {kinds};\n{macros}"
