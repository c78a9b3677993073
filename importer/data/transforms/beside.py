"""Which other sheets of the dataset a mapping reads: those of its lines, and those in which its
transforms look cells up. Pure.
"""

from collections.abc import Iterator
from typing import Any


def sheets_beside(frozen: Any) -> set[str]:
    """Names of the sheets that preparing needs besides the mapping's own."""
    nested = {str(one.get("sheet_name") or "") for one in frozen.get("nested") or ()}
    return (nested | set(_looked_up(frozen))) - {""}


def _looked_up(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for one in part:
            yield from _looked_up(one)
    elif isinstance(part, dict):
        if part.get("name") == "lookup" and "sheet" in part:
            yield str(part["sheet"])
        for one in part.values():
            yield from _looked_up(one)
