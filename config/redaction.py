"""Takes secrets out of log lines before they reach any handler's stream."""

import logging
from collections.abc import Iterable

from importer.secrets import redact

_STARS = "•••"


class RedactingFormatter(logging.Formatter):
    """Formats a record, traceback included, and redacts the whole.

    ``known`` are the project's own keys, which have no shape one could look for.
    """

    def __init__(self, fmt: str, known: Iterable[str] = ()) -> None:
        super().__init__(fmt)
        self.known = tuple(known)

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for key in self.known:
            line = line.replace(key, _STARS)
        return redact(line)
