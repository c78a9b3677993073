"""Reads JSON lines: one object a line. Values are text as the file has them; nested ones stay
JSON text."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

from importer.data.encodings import decoded
from importer.data.notices import Tally
from importer.data.options import ReadOptions
from importer.data.rows import Advance, RawSheet, Row
from importer.errors import Refused
from importer.limits import Limits

_LINES_PER_STEP = 5_000
_CELLS_PER_LINE = 16


class _Number(str):
    """A number with the digits the file has."""

    __slots__ = ()


class _Repeated(dict[str, Any]):
    """An object that named a key twice."""

    key = ""


def open_json_lines(
    path: Path,
    name: str,
    options: ReadOptions,
    limits: Limits,
    work: Path,
    advance: Advance,
) -> RawSheet:
    """One sheet; its columns are the keys of all objects, in the order they first appear. A row's
    number is that of its line. The file is gone through twice: keys first, then rows."""
    where = f"“{name}”"
    text = decoded(path, where, options.encoding, work)
    keys: dict[str, None] = {}
    tally = Tally()
    for number, value in _objects(text.path, where, text.encoding, limits, advance, 0.0):
        if isinstance(value, _Repeated):
            tally.count("repeated_key", number, value.key)
        keys.update(dict.fromkeys(value))
        if len(keys) > limits.columns:
            raise Refused(
                f"{where}, line {number}: the objects have more than {limits.columns:,} keys."
            )
    headers = tuple(keys)
    return RawSheet(
        name=PurePath(name).stem,
        where=where,
        rows=_rows(text.path, where, text.encoding, limits, advance, headers),
        headers=headers,
        notices=text.notices,
        tally=tally,
    )


def _rows(
    path: Path, where: str, encoding: str, limits: Limits, advance: Advance, keys: tuple[str, ...]
) -> Iterator[Row]:
    for number, value in _objects(path, where, encoding, limits, advance, 0.5):
        yield number, [cell_text(value.get(key)) for key in keys]


def _objects(
    path: Path, where: str, encoding: str, limits: Limits, advance: Advance, done: float
) -> Iterator[tuple[int, dict[str, Any]]]:
    size = max(path.stat().st_size, 1)
    longest = _CELLS_PER_LINE * limits.cell_characters
    read = 0
    with path.open(encoding=encoding, newline="\n") as text:
        try:
            for number, line in enumerate(iter(lambda: text.readline(longest), ""), start=1):
                read += len(line)
                if number % _LINES_PER_STEP == 0:
                    advance(min(done + read / size / 2, 1.0))
                if line.strip():
                    yield number, _object(line, where, number)
        except UnicodeDecodeError as error:
            raise Refused(
                f"{where}: there are bytes that are not {encoding}; save the file as UTF-8."
            ) from error


def _object(line: str, where: str, number: int) -> dict[str, Any]:
    try:
        value = json.loads(
            line, parse_int=_Number, parse_float=_Number, object_pairs_hook=_noting_repeats
        )
    except (json.JSONDecodeError, RecursionError) as error:
        raise Refused(
            f"{where}, line {number}: this is no JSON object on one line ({error})."
        ) from error
    if not isinstance(value, dict):
        raise Refused(
            f"{where}, line {number}: there must be one JSON object on each line, with the names "
            "of the columns as keys; a list of objects is not read."
        )
    return value


def _noting_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    repeated = _Repeated(value)
    repeated.key = Counter(key for key, _ in pairs).most_common(1)[0][0]
    return repeated


def cell_text(value: Any) -> str:
    """A cell's text: null is empty, true and false as in a workbook, nested values as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return _json_text(value)


def _json_text(value: Any) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        items = (f"{json.dumps(k, ensure_ascii=False)}:{_json_text(v)}" for k, v in value.items())
        return "{" + ",".join(items) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json_text, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
