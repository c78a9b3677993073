"""The signed id that a row carries in a workbook which leaves the house: dataset, sheet, row. Pure.

A row that comes back is known by it and by nothing else, least of all by a key in its cells.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from hmac import compare_digest
from uuid import UUID

_SHAPE = re.compile(r"r([\w-]{22})\.([0-9]{1,6})\.([0-9]{1,15})\.([0-9a-f]{16})", re.ASCII)


@dataclass(frozen=True, slots=True)
class RowId:
    """``sheet``: its position in the dataset; ``row``: its number in the sheet."""

    dataset: UUID
    sheet: int
    row: int


@dataclass(frozen=True, slots=True)
class RowIds:
    """Writes ids signed with the first key, reads those signed with any; a key has 1 to 64
    bytes."""

    keys: Sequence[bytes]

    def text(self, one: RowId) -> str:
        """``r<dataset>.<sheet>.<row>.<signature>``, 16 hexadecimal digits of signature."""
        named = _named(one)
        return f"{named}.{_signature(self.keys[0], named)}"

    def read(self, text: str) -> RowId | None:
        """The row, or None where the text is no id that was given out here."""
        found = _SHAPE.fullmatch(text.strip())
        if found is None:
            return None
        dataset = UUID(bytes=urlsafe_b64decode(found[1] + "=="))
        one = RowId(dataset, int(found[2]), int(found[3]))
        given = (_signature(key, _named(one)) for key in self.keys)
        return one if any(compare_digest(found[4], each) for each in given) else None


def _named(one: RowId) -> str:
    dataset = urlsafe_b64encode(one.dataset.bytes).decode().rstrip("=")
    return f"r{dataset}.{one.sheet}.{one.row}"


def _signature(key: bytes, named: str) -> str:
    return blake2b(named.encode(), key=key, digest_size=8, person=b"stowage row id").hexdigest()
