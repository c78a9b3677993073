"""Transforms of plain text: blanks, case, parts, replacing, patterns."""

import re
from functools import cache

import duckdb

from importer.data.duck import quote
from importer.data.expressions import LOCKED
from importer.data.transforms.shapes import (
    COLUMN,
    SOME_TEXT,
    TEXT,
    Arguments,
    Example,
    Transform,
    Worker,
)

_MOST_BYTES = 50_000_000
"""What replacing may make of one cell; DuckDB's memory limit does not count texts."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_PATTERN = SOME_TEXT | {"format": "regex", "title": "Pattern (RE2)"}


def _title(arguments: Arguments) -> Worker:
    def word(found: re.Match[str]) -> str:
        text = found.group()
        if len(text) > 2 and text[1] in "'’":  # O'Brien, d'Arc
            return f"{text[0].upper()}{text[1]}{text[2].upper()}{text[3:]}"
        return text[0].upper() + text[1:]

    return lambda text, beside: _WORD.sub(word, text.lower())


def _concat(arguments: Arguments, value: str, column: object) -> str:
    assert callable(column)
    columns = [column(name) for name in arguments.get("columns") or ()]
    joined = f"nullif(concat_ws({quote(_between(arguments))}, {', '.join([value, *columns])}), '')"
    before, after = quote(str(arguments.get("before", ""))), quote(str(arguments.get("after", "")))
    return f"{before} || {joined} || {after}"


def _between(arguments: Arguments) -> str:
    return str(arguments.get("between", " "))


def _regex_options(arguments: Arguments) -> str:
    return "i" if arguments.get("ignore_case") else "c"


def _check_pattern(arguments: Arguments) -> None:
    bad = _pattern_error(
        str(arguments["pattern"]), str(arguments.get("with", "")), int(arguments.get("group", 0))
    )
    if bad:
        raise ValueError(bad)


@cache
def _pattern_error(pattern: str, replacement: str, group: int) -> str:
    """What DuckDB's RE2 says of the pattern; empty where it takes it."""
    with duckdb.connect(":memory:", config=LOCKED) as duck:
        try:
            duck.execute("SELECT regexp_replace('a', ?, ?)", [pattern, replacement])
            duck.execute(f"SELECT regexp_extract('a', {quote(pattern)}, {group})")
        except duckdb.Error as error:
            said = str(error).splitlines()[0].rpartition(": ")[2]
            return f"the pattern “{pattern}” cannot be read ({said}). Correct it"
    if group > _groups(pattern):
        return f"the pattern “{pattern}” has no group {group}. Put it in parentheses, or take less"
    return ""


def _groups(pattern: str) -> int:
    """How many there are; where only RE2 can read the pattern, nobody counts."""
    try:
        return re.compile(pattern).groups
    except re.error:
        return 9


def _grown(value: str, find: int, replacement: str, sql: str) -> str:
    """Stops everything where so much could come out that memory is at stake."""
    most = _MOST_BYTES * max(find, 1) // max(len(replacement.encode()), 1)
    stop = f"error({quote('Replacing would make a text of more than 50 million characters.')})"
    return f"CASE WHEN {value} IS NULL OR strlen({value}) <= {most} THEN {sql} ELSE {stop} END"


TRANSFORMS = (
    Transform(
        name="trim",
        label="Trim",
        group="Text",
        says="Takes blanks of any kind off both ends.",
        example=Example("  Harbour Ltd ", "Harbour Ltd"),
        sql=lambda arguments, value, column: f"strip({value})",
    ),
    Transform(
        name="collapse_spaces",
        label="Collapse spaces",
        group="Text",
        says="Makes one space of each run of blanks and line ends, and none at the ends.",
        example=Example("Harbour   Ltd", "Harbour Ltd"),
        sql=lambda arguments, value, column: (
            rf"strip(regexp_replace({value}, '[\s\p{{Z}}\x{{85}}]+', ' ', 'g'))"
        ),
    ),
    Transform(
        name="upper",
        label="Upper case",
        group="Text",
        says="All letters upper case.",
        example=Example("be0477", "BE0477"),
        sql=lambda arguments, value, column: f"upper({value})",
    ),
    Transform(
        name="lower",
        label="Lower case",
        group="Text",
        says="All letters lower case.",
        example=Example("ÉCLAIR", "éclair"),
        sql=lambda arguments, value, column: f"lower({value})",
    ),
    Transform(
        name="title",
        label="Title case",
        group="Text",
        says="Each word with a capital, the rest lower case.",
        example=Example("MARY-ANN O'BRIEN", "Mary-Ann O'Brien"),
        work=_title,
    ),
    Transform(
        name="sentence",
        label="Sentence case",
        group="Text",
        says="The first letter a capital, the rest lower case.",
        example=Example("PAID IN FULL", "Paid in full"),
        sql=lambda arguments, value, column: (
            f"upper(left({value}, 1)) || lower(substr({value}, 2))"
        ),
    ),
    Transform(
        name="strip_accents",
        label="Strip accents",
        group="Text",
        says="Letters without their accents.",
        example=Example("Besançon", "Besancon"),
        sql=lambda arguments, value, column: f"strip_accents({value})",
    ),
    Transform(
        name="split",
        label="Split",
        group="Text",
        says="One part of the text between separators; counted from the end where it is negative. "
        "Empty where there are not so many parts.",
        example=Example("Ada, Lovelace", "Lovelace", {"by": ",", "part": 2}),
        arguments={
            "by": SOME_TEXT | {"title": "Separator"},
            "part": {"type": "integer", "minimum": -1000, "maximum": 1000, "not": {"const": 0}},
        },
        required=("by", "part"),
        sql=lambda arguments, value, column: (
            f"strip(split_part({value}, {quote(str(arguments['by']))}, {int(arguments['part'])}))"
        ),
    ),
    Transform(
        name="concat",
        label="Concat",
        group="Text",
        says="Puts the text of further columns behind it, and fixed texts around all. What is "
        "empty is left out, and nothing is made of nothing.",
        example=Example("Ada", "Ada Lovelace", {"columns": ["Name"]}, {"Name": "Lovelace"}),
        arguments={
            "columns": {"type": "array", "items": COLUMN, "maxItems": 20, "title": "Columns"},
            "between": TEXT | {"default": " "},
            "before": TEXT,
            "after": TEXT,
        },
        sql=_concat,
        columns=lambda arguments: tuple(str(one) for one in arguments.get("columns") or ()),
    ),
    Transform(
        name="replace",
        label="Replace",
        group="Text",
        says="Replaces a text wherever it stands.",
        example=Example("12-34-56", "12/34/56", {"find": "-", "with": "/"}),
        arguments={"find": SOME_TEXT, "with": TEXT},
        required=("find",),
        sql=lambda arguments, value, column: _grown(
            value,
            len(str(arguments["find"]).encode()),
            str(arguments.get("with", "")),
            f"replace({value}, {quote(str(arguments['find']))}, "
            f"{quote(str(arguments.get('with', '')))})",
        ),
    ),
    Transform(
        name="regex_replace",
        label="Replace a pattern",
        group="Text",
        says=r"Replaces what a regular expression finds; \1 stands for its first group.",
        example=Example("AB-0042", "42", {"pattern": r"^[A-Z]+-0*(\d+)$", "with": r"\1"}),
        arguments={
            "pattern": _PATTERN,
            "with": TEXT,
            "first_only": {"type": "boolean", "default": False},
            "ignore_case": {"type": "boolean", "default": False},
        },
        required=("pattern",),
        sql=lambda arguments, value, column: _grown(
            value,
            1,
            str(arguments.get("with", "")),
            f"regexp_replace({value}, {quote(str(arguments['pattern']))}, "
            f"{quote(str(arguments.get('with', '')))}, "
            f"'{_regex_options(arguments)}{'' if arguments.get('first_only') else 'g'}')",
        ),
        check=_check_pattern,
    ),
    Transform(
        name="regex_extract",
        label="Extract a pattern",
        group="Text",
        says="What a regular expression finds, or one of its groups.",
        example=Example("Invoice 2024/17", "2024", {"pattern": r"(\d{4})/(\d+)", "group": 1}),
        arguments={
            "pattern": _PATTERN,
            "group": {"type": "integer", "minimum": 0, "maximum": 9, "default": 0},
            "ignore_case": {"type": "boolean", "default": False},
        },
        required=("pattern",),
        sql=lambda arguments, value, column: (
            f"regexp_extract({value}, {quote(str(arguments['pattern']))}, "
            f"{int(arguments.get('group', 0))}, '{_regex_options(arguments)}')"
        ),
        cannot=lambda arguments: (
            f" does not have the pattern {arguments['pattern']}. Correct the cell or the pattern."
        ),
        check=_check_pattern,
    ),
)
