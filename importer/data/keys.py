"""The one text form of a source key. A key is text and never typed: 007 stays 007.

The same text is made by ``importer.data.macros`` in SQL; both must always agree.
"""

import json
import unicodedata
from collections.abc import Sequence
from hashlib import blake2b

_ESCAPES = str.maketrans(
    {chr(code): f"\\u{code:04X}" for code in range(0x20)}
    | {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
)


def key_part(text: str) -> str:
    """One column's share of a key: without NUL, composed (NFC), without surrounding blanks."""
    return unicodedata.normalize("NFC", text.replace("\0", "")).strip()


def key_text(parts: Sequence[str]) -> str:
    """JSON array of the key parts: ``key_text([" A1", "é"]) == '["A1","é"]'``."""
    return "[" + ",".join(f'"{key_part(part).translate(_ESCAPES)}"' for part in parts) + "]"


def key_hash(text: str) -> bytes:
    """16 bytes (blake2b) of a key text, for indexes."""
    return blake2b(text.encode(), digest_size=16).digest()


def split_keys(cell: str) -> list[str]:
    """The key texts in a many2many reference's cell: ``[["A"],["B"]]`` -> ``["A"]``, ``["B"]``."""
    return [key_text(parts) for parts in json.loads(cell)]


def display_key(text: str) -> str:
    """A key text as people read it: ``["10248","11"]`` -> ``10248, 11``."""
    return ", ".join(json.loads(text))


def display_keys(cell: str) -> str:
    """A reference's cell, of one key or of several: ``[["A"],["B","1"]]`` -> ``A; B, 1``."""
    if cell.startswith("[["):
        return "; ".join(display_key(key) for key in split_keys(cell))
    return display_key(cell)
