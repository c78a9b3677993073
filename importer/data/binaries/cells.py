"""The cell that stands for a file's bytes: ``sha256:<64 hex digits>:<size>``. Pure.

The same form stands for a file in the images of records, so that megabytes are compared and kept by
their hash.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

_FORM = re.compile(r"sha256:([0-9a-f]{64}):(\d+)")
CELL_SIZE_SQL = "CAST(split_part({cell}, ':', 3) AS BIGINT)"
"""SQL of the size in bytes that a cell says."""


def cell_of(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}:{len(content)}"


def parsed(cell: str) -> tuple[str, int]:
    """Hash and size. ValueError where it is no such cell."""
    found = _FORM.fullmatch(cell)
    if found is None:
        raise ValueError("a cell that stands for a file has another form")
    return found[1], int(found[2])


def is_cell(value: Any) -> bool:
    return isinstance(value, str) and _FORM.fullmatch(value) is not None


def shown_size(cell: str) -> str:
    """How people read it: ``file of 12.5 kB (1f0c2a4b)``."""
    digest, size = parsed(cell)
    for unit, scale in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= scale:
            return f"file of {size / scale:.1f} {unit} ({digest[:8]})"
    return f"file of {size} bytes ({digest[:8]})"


def encoded(content: bytes) -> str:
    """As Odoo takes it."""
    return base64.b64encode(content).decode("ascii")


def decoded(read: str) -> bytes:
    """Bytes of what Odoo read out. A field into which somebody put something that is no base64 is
    taken as the text it is."""
    try:
        return base64.b64decode(read, validate=False)
    except (binascii.Error, ValueError):
        return read.encode()


def all_cells(values: Iterable[Any]) -> list[str]:
    return [value for value in values if is_cell(value)]
