"""How the user wants files to be read, checked before anything is read. Pure."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from importer.errors import Refused

_SEPARATORS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_KNOWN = ("encoding", "separator", "header_row", "empty_words")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """``None`` means: find out. ``header_row`` 0 means that there is none."""

    encoding: str | None = None
    separator: str | None = None
    header_row: int | None = None


def checked_options(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """The options without those left empty, each in its one form; Refused names a wrong one."""
    given = {key: value for key, value in (options or {}).items() if value not in (None, "")}
    for key in given:
        if key not in _KNOWN:
            raise Refused(f"“{key}” is no option of a dataset; these are: {', '.join(_KNOWN)}.")
    checks = {
        "encoding": _encoding,
        "separator": _separator,
        "header_row": _header_row,
        "empty_words": _empty_words,
    }
    return {key: checks[key](given[key]) for key in _KNOWN if key in given}


def read_options(options: Mapping[str, Any]) -> ReadOptions:
    """The part of checked options that reading looks at."""
    return ReadOptions(options.get("encoding"), options.get("separator"), options.get("header_row"))


def _encoding(value: Any) -> str:
    try:
        codec = codecs.lookup(str(value))
        "".encode(codec.name)
    except (LookupError, TypeError):
        raise Refused(
            f"“{value}” is no known text encoding; try utf-8, cp1252, iso8859-15 or utf-16."
        ) from None
    return codec.name


def _separator(value: Any) -> str:
    separator = _SEPARATORS.get(str(value).lower(), str(value))
    if len(separator) != 1 or separator in '"\r\n\0 ':
        raise Refused(
            f"“{value}” cannot separate cells; give one character, or the word tab, comma, "
            "semicolon or pipe."
        )
    return separator


def _header_row(value: Any) -> int:
    try:
        row = int(value)
    except (TypeError, ValueError):
        row = -1
    if not 0 <= row <= 1_000_000:
        raise Refused(
            f"The header row is “{value}”; give the number of its row, counted from 1, "
            "or 0 where there is no header."
        )
    return row


def _empty_words(value: Any) -> list[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
        raise Refused("The words that mean an empty cell must be a list of texts.")
    return [word.strip() for word in value if word.strip()]
