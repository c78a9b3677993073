"""Texts that go out in a workbook or a csv file and must not run there as formulas. Pure."""

import re

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# A number or a telephone number: no letter in it, so nothing that could be called or pointed at.
_HARMLESS = re.compile(r"[+-][0-9][0-9 .,()/-]*")


def is_dangerous(text: str) -> bool:
    """Whether a spreadsheet program could take the text for a formula."""
    return text.startswith(_STARTS) and not _HARMLESS.fullmatch(text)


def neutral(text: str) -> str:
    """The text as it goes out: with an apostrophe before it where it could run."""
    return f"'{text}" if is_dangerous(text) else text


def restored(text: str) -> str:
    """The text as it was meant: without the apostrophe that :func:`neutral` puts before it."""
    return text[1:] if text.startswith("'") and is_dangerous(text[1:]) else text
