"""Transforms of numbers as people write them: decimal marks, groups of thousands, currency signs,
percent.
"""

from importer.data.duck import let, quote
from importer.data.transforms.shapes import Arguments, Example, Schema, Transform

_BLANKS = r"[\s\p{Z}]"
_MARKS: Schema = {
    "decimal": {"enum": [",", "."], "default": ".", "title": "Decimal mark"},
    "thousands": {
        "enum": ["", ",", ".", " ", "'"],
        "default": "",
        "title": "Between thousands",
        "description": "a space stands for blanks of any kind, ' for the curly one too",
    },
}
_GROUPS = {",": ",", ".": r"\.", " ": _BLANKS, "'": "['’]"}


def _number(arguments: Arguments, value: str) -> str:
    """SQL of the plain number (1234.5) that the text is, else NULL. A minus may stand behind, and
    parentheses mean one, as in accounts."""
    mark = str(arguments.get("decimal", "."))
    group = _GROUPS.get(str(arguments.get("thousands", "")), "")
    whole = rf"(?:\d{{1,3}}(?:{group}\d{{3}})+|\d+)" if group else r"\d+"
    amount = rf"(?:{whole}(?:{_escaped(mark)}\d*)?|{_escaped(mark)}\d+)"
    sign, blank = "[-+−]?", f"{_BLANKS}*"
    fits = rf"{sign}{blank}{amount}|{amount}{blank}-|\({blank}{amount}{blank}\)"
    minus = "CASE WHEN regexp_matches(txt, '[-−(]') THEN '-' ELSE '' END"
    digits = f"regexp_replace(txt, {quote(f'[^0-9{mark}]')}, '', 'g')"
    plain = f"plain_number({minus} || replace({digits}, {quote(mark)}, '.'))"
    number = let("num", plain, "CASE WHEN num = '-0' THEN '0' ELSE num END")
    body = f"CASE WHEN regexp_full_match(txt, {quote(fits)}) THEN {number} END"
    return let("txt", f"strip({value})", body)


def _escaped(mark: str) -> str:
    return r"\." if mark == "." else mark


def _money(arguments: Arguments, value: str) -> str:
    """Without the currency's sign or code at either end, and the dash for no cents."""
    sign = r"(?:\p{Sc}|[A-Za-z]{1,4}\.?\p{Sc}?)"
    bare = rf"^({_BLANKS}*[-+−(]?){_BLANKS}*{sign}?{_BLANKS}*|{_BLANKS}*{sign}?{_BLANKS}*(\)?)$"
    text = f"regexp_replace(strip({value}), {quote(bare)}, '\\1\\2', 'g')"
    return _number(arguments, f"regexp_replace({text}, '[.,](-|–|—)+$', '')")


def _percent(arguments: Arguments, value: str) -> str:
    bare = _number(arguments, f"regexp_replace(strip({value}), {quote(_BLANKS + '*%$')}, '')")
    if arguments.get("to", "number") == "number":
        return bare
    fraction = f"CAST(TRY_CAST({bare} AS DECIMAL(34, 12)) * 0.01 AS VARCHAR)"
    return f"plain_number({fraction})"


def _written(arguments: Arguments) -> str:
    thousands = str(arguments.get("thousands", ""))
    between = f" and “{thousands}” between thousands" if thousands else ""
    return f"with “{arguments.get('decimal', '.')}” as decimal mark{between}"


_MEND = "Correct the cell, or say how its numbers are written."

TRANSFORMS = (
    Transform(
        name="number",
        label="Number",
        group="Numbers",
        says="A number as a country writes it. 12- and (12) are minus twelve.",
        example=Example("1.234,50", "1234.5", {"decimal": ",", "thousands": "."}),
        arguments=_MARKS,
        sql=lambda arguments, value, column: _number(arguments, value),
        cannot=lambda arguments: f" is no number written {_written(arguments)}. {_MEND}",
    ),
    Transform(
        name="money",
        label="Money",
        group="Numbers",
        says="An amount, without its currency's sign or code.",
        example=Example("CHF 1'234.50", "1234.5", {"thousands": "'"}),
        arguments=_MARKS,
        sql=lambda arguments, value, column: _money(arguments, value),
        cannot=lambda arguments: f" is no amount written {_written(arguments)}. {_MEND}",
    ),
    Transform(
        name="percent",
        label="Percent",
        group="Numbers",
        says="A percentage, with or without its sign, as number (12.5) or fraction (0.125).",
        example=Example("12,5 %", "0.125", {"decimal": ",", "to": "fraction"}),
        arguments={**_MARKS, "to": {"enum": ["number", "fraction"], "default": "number"}},
        sql=lambda arguments, value, column: _percent(arguments, value),
        cannot=lambda arguments: f" is no percentage written {_written(arguments)}. {_MEND}",
    ),
)
