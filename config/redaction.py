"""Takes secrets out of log lines. Knows shapes of secrets and the project's own keys."""

import logging
import re
from collections.abc import Iterable

_STARS = "•••"

_SHAPES = (
    # scheme://user:password@host
    re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s@]+(?=@)", re.IGNORECASE),
    # Authorization: Bearer x, "Authorization": "Token x"
    re.compile(r"(?P<keep>\b(?:bearer|token|basic)\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE),
    # password=x, "api_key": "x"
    re.compile(
        r"(?P<keep>\b(?:password|passwd|secret|api[_-]?key|apikey|access[_-]?token)"
        r"[\"']?\s*[:=]\s*[\"']?)[^\s\"',;&}]+",
        re.IGNORECASE,
    ),
)


def redacted(line: str, known: Iterable[str] = ()) -> str:
    """The line with everything that looks like a secret, or is a known one, replaced."""
    for value in known:
        line = line.replace(value, _STARS)
    for shape in _SHAPES:
        line = shape.sub(lambda match: match["keep"] + _STARS, line)
    return line


class RedactingFormatter(logging.Formatter):
    """Formats a record, traceback included, and redacts the whole."""

    def __init__(self, fmt: str, known: Iterable[str] = ()) -> None:
        super().__init__(fmt)
        self.known = tuple(known)

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record), self.known)
