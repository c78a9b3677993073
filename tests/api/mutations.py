"""Every way to spoil one value of a JSON document."""

import copy
from collections.abc import Iterator
from typing import Any

ODD: tuple[Any, ...] = (
    None, True, 0, -1, 10**20, 1.5, "", "what", "a\u0000b", "x" * 5_000, [], {}, ["a"], [[]],
    [{}], {"a": 1}, {"": {}}, [None],
)  # fmt: skip


def paths(document: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in the document."""
    inner = document.items() if isinstance(document, dict) else enumerate(document)
    for step, value in inner:
        yield (*before, step)
        if isinstance(value, dict | list):
            yield from paths(value, (*before, step))


def spoiled(document: Any) -> Iterator[tuple[str, Any]]:
    """(what was done, the document with one value left out, or replaced by one of a few odd ones;
    every odd value has its turn somewhere)."""
    for number, path in enumerate(paths(document)):
        for odd in (ODD[(number + turn * 7) % len(ODD)] for turn in range(4)):
            copied = copy.deepcopy(document)
            _parent(copied, path)[path[-1]] = odd
            yield f"{path} = {odd!r:.30}", copied
        copied = copy.deepcopy(document)
        del _parent(copied, path)[path[-1]]
        yield f"without {path}", copied


def _parent(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path[:-1]:
        document = document[step]
    return document
