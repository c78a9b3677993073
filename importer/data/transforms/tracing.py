"""What each transform makes of a value, step by step, by the same SQL and libraries as a load.

Reads what it is given and nothing else; knows no Django.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from importer.data.compiling import Bench, sheet_list
from importer.data.duck import name, open_duck, quote
from importer.data.expressions import check_expression
from importer.data.macros import prelude
from importer.data.specs import Input, read_inputs
from importer.data.transforms.choosing import VALUE
from importer.data.transforms.shapes import EMPTY, Step
from importer.data.transforms.working import work
from importer.errors import Refused

SECONDS = 60.0
_SHOWN = 80
_ROW = "_row"


@dataclass(frozen=True, slots=True)
class Stepped:
    """``value`` after the step; None where there is none. ``problem``: a sentence, where the step
    could not read what it was given; ``is_error``: then the row is not sent."""

    name: str
    value: str | None
    problem: str = ""
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class TracedRow:
    """A row's value before all transforms, and after each."""

    row: int
    before: str | None
    steps: tuple[Stepped, ...]
    problem: str = ""

    @property
    def after(self) -> str | None:
        return self.steps[-1].value if self.steps else self.before

    @property
    def first_problem(self) -> str:
        return self.problem or next((one.problem for one in self.steps if one.problem), "")


def steps(
    value: str | None,
    transforms: Sequence[Mapping[str, Any]],
    *,
    cells: Mapping[str, str | None] | None = None,
    sheets: Mapping[str, Path] | None = None,
) -> list[Stepped]:
    """What each of ``[{name, ...arguments}]`` makes of one value. ``cells``: the row's columns that
    they read; ``sheets``: name -> Parquet of the sheets in which they look up. Raises Refused where
    the transforms cannot be read."""
    row = {**(cells or {}), _OWN: value, _ROW: 0}
    raw = {"column": _OWN, "transforms": list(transforms)}
    return list(trace_rows([row], raw, sheets=sheets)[0].steps)


_OWN = "the value"


def trace_rows(
    rows: Sequence[Mapping[str, Any]],
    raw: Mapping[str, Any],
    *,
    sheets: Mapping[str, Path] | None = None,
    empty_words: Sequence[str] = (),
    seconds: float = SECONDS,
) -> list[TracedRow]:
    """The same for rows of one sheet, in their order: dictionaries of texts with the number
    ``_row``. ``raw``: ``{"column": C}`` or ``{"sql": S}``, with ``transforms``."""
    return trace_inputs(rows, [raw], sheets=sheets, empty_words=empty_words, seconds=seconds)[0]


def trace_inputs(
    rows: Sequence[Mapping[str, Any]],
    raws: Sequence[Mapping[str, Any]],
    *,
    sheets: Mapping[str, Path] | None = None,
    empty_words: Sequence[str] = (),
    seconds: float = SECONDS,
) -> list[list[TracedRow]]:
    """The same for several inputs of the rows at once."""
    columns = [column for column in (rows[0] if rows else {}) if column != _ROW]
    inputs = read_inputs(raws)
    bench = Bench(columns)
    bench.pick("NULL", "key")
    for n, one in enumerate(inputs):
        check_input(one, columns)
        _give(bench, n, one)
    paths = {sheet_list(sheet): path for sheet, path in (sheets or {}).items()}
    with TemporaryDirectory(prefix="stowage-trace-") as place:
        folder = Path(place)
        with open_duck(folder, readable=list(paths.values()), seconds=seconds) as duck:
            duck.execute(prelude(empty_words))
            _fill(duck, rows, columns, folder)
            _lists(duck, bench, paths)
            found = _found(duck, bench, folder)
    return [_rows(n, one, found) for n, one in enumerate(inputs)]


def _give(bench: Bench, n: int, one: Input) -> None:
    """Two lists for each input: its value after each step, and whether the step failed."""
    broken = "FALSE" if one.is_column else f"x_{n} IS NULL"
    traced = bench.traced(str(n), one)
    wrong = [broken, *(each.wrong or "FALSE" for each in traced[1:])]
    bench.give(f"[{', '.join(each.value for each in traced)}]", f"values {n}")
    bench.give(f"[{', '.join(wrong)}]", f"wrong {n}")


def _found(duck: duckdb.DuckDBPyConnection, bench: Bench, folder: Path) -> list[tuple[Any, ...]]:
    try:
        work(duck, bench.worked(), folder)
        return duck.execute(f"{bench.select()} ORDER BY sheet_row").fetchall()
    except duckdb.InvalidInputException as error:
        said = str(error).splitlines()[0].partition(": ")[2]
        raise Refused(f"The transforms cannot be computed: {said}") from error


def check_input(one: Input, columns: Sequence[str]) -> None:
    """Raise Refused for a column that the sheet does not have, or an expression that cannot be
    computed."""
    known = {column.lower() for column in columns}
    for column in (*one.columns, *one.beside):
        if column.lower() not in known:
            raise Refused(
                f"The sheet has no column “{column}”. Its columns are: {', '.join(columns)}."
            )
    if not one.is_column:
        check_expression(one.sql, columns)
    for step in one.steps:
        if step.name == "expression":
            check_expression(str(step.arguments["sql"]), (*columns, VALUE))


def _fill(
    duck: duckdb.DuckDBPyConnection,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    folder: Path,
) -> None:
    lines = folder / "rows.ndjson"
    with lines.open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps([row[_ROW], *(row[one] for one in columns)]) + "\n")
    cells = "".join(f", row[{n}] AS {name(one)}" for n, one in enumerate(columns, start=2))
    duck.execute(
        f"CREATE TEMP TABLE source AS SELECT CAST(row[1] AS BIGINT) AS _row{cells} FROM "
        f"read_json({quote(str(lines.resolve()))}, format = 'newline_delimited', "
        "records = false, columns = {row: 'VARCHAR[]'})"
    )


def _lists(duck: duckdb.DuckDBPyConnection, bench: Bench, paths: Mapping[str, Path]) -> None:
    for wanted, view in bench.lookups.items():
        if wanted not in paths:
            sheet = wanted.removeprefix(sheet_list(""))
            raise Refused(f"The dataset has no sheet “{sheet}”, in which a transform looks up.")
        table = f"read_parquet({quote(str(paths[wanted].resolve()))})"
        duck.execute(f"CREATE TEMP VIEW {view} AS SELECT * FROM {table}")


def _rows(n: int, one: Input, found: Sequence[Sequence[Any]]) -> list[TracedRow]:
    """A line is (row, key, values and faults of the first input, of the second, ...)."""
    place = 2 + 2 * n
    return [_row(int(line[0]), one, line[place], line[place + 1]) for line in found]


def _row(row: int, one: Input, values: Sequence[Any], wrong: Sequence[Any]) -> TracedRow:
    problem = ""
    if wrong[0]:
        problem = "The expression could not be computed for this row. Correct the cells it reads."
    made = _stepped(values[0], one.steps, values[1:], wrong[1:])
    return TracedRow(row, values[0], tuple(made), problem)


def _stepped(
    before: str | None, steps: Sequence[Step], values: Sequence[Any], wrong: Sequence[Any]
) -> Iterator[Stepped]:
    given = before
    for step, value, is_wrong in zip(steps, values, wrong, strict=True):
        problem = f"“{_shown(given)}”{step.cannot}" if is_wrong else ""
        yield Stepped(step.name, value, problem, bool(is_wrong) and step.unreadable != EMPTY)
        given = value


def _shown(text: str | None) -> str:
    whole = text or ""
    return whole if len(whole) <= _SHOWN else f"{whole[: _SHOWN - 3]}..."
