"""Lets libraries make of distinct values what SQL cannot; many rows of few values cost few calls.

Works in the DuckDB it is given, which must be able to read and write the folder.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import duckdb

from importer.data.duck import quote
from importer.data.transforms.shapes import Step, Worker
from importer.data.transforms.stages import Worked

_AT_ONCE = 10_000
_COLUMNS = "{source: 'VARCHAR', beside: 'VARCHAR', target: 'VARCHAR'}"

Pair = tuple[str, str | None]


def work(duck: duckdb.DuckDBPyConnection, worked: Sequence[Worked], folder: Path) -> None:
    """Make each table: what the step's library makes of each distinct value."""
    for one in worked:
        lines = folder / f"{one.table}.ndjson"
        with lines.open("w", encoding="utf-8") as out:
            for pair, target in _answers(one.step, _asked(duck, one.select)):
                line = {"source": pair[0], "beside": pair[1], "target": target}
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
        duck.execute(
            f"CREATE OR REPLACE TEMP TABLE {one.table} AS SELECT * FROM "
            f"read_json({quote(str(lines.resolve()))}, format = 'newline_delimited', "
            f"columns = {_COLUMNS})"
        )
        lines.unlink()


def worker_of(step: Step) -> Worker:
    """The function of a step that a library computes."""
    if step.transform.work is None:
        raise ValueError(f"{step.name} is computed in SQL")
    return step.transform.work(step.arguments)


def _asked(duck: duckdb.DuckDBPyConnection, select: str) -> Iterator[Pair]:
    duck.execute(select)
    while rows := duck.fetchmany(_AT_ONCE):
        yield from rows


def _answers(step: Step, pairs: Iterable[Pair]) -> Iterator[tuple[Pair, str | None]]:
    worker = worker_of(step)
    for pair in pairs:
        yield pair, worker(*pair)
