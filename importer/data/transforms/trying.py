"""Tries transforms on the first rows of a sheet, in a child process, for people to look at while
they type. Run as ``python -m importer.data.transforms.trying REQUEST``; imports no Django.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from importer.data.child import answer_parent, ask_child
from importer.data.duck import name, open_duck, quote
from importer.data.specs import read_inputs
from importer.data.transforms.tracing import TracedRow, check_input, trace_rows
from importer.errors import Refused

LOOKED_AT = 1000
"""Rows from the sheet's beginning that are tried."""
SHOWN = 20
SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Trial:
    """``raw``: ``{"column": C}`` or ``{"sql": S}``, with ``transforms`` that hold their value maps'
    entries. ``sheets``: other sheets of the dataset, by name."""

    sheet_path: Path
    columns: Sequence[str]
    raw: Mapping[str, Any]
    empty_words: Sequence[str] = ()
    sheets: Mapping[str, Path] = field(default_factory=dict)


def try_in_child(trial: Trial, folder: Path, *, shown: int = SHOWN) -> dict[str, Any]:
    """``{"looked_at", "changed", "unreadable": numbers of rows, "rows": [{row, before, after,
    problem, steps: [{name, value, problem, is_error}]}]}``: some rows of different values, among
    them such as cannot be read. Raises Refused for what makes no sense."""
    one = read_inputs([trial.raw])[0]
    check_input(one, trial.columns)
    request = {
        "path": str(trial.sheet_path.resolve()),
        "columns": [c for c in trial.columns if _same(c, (*one.columns, *one.beside))],
        "raw": trial.raw,
        "empty_words": list(trial.empty_words),
        "sheets": {sheet: str(path.resolve()) for sheet, path in trial.sheets.items()},
        "folder": str(folder),
        "shown": shown,
    }
    return ask_child("importer.data.transforms.trying", request, folder, seconds=SECONDS)


def _same(column: str, wanted: Sequence[str]) -> bool:
    return column.lower() in {one.lower() for one in wanted}


def _answer(request: Mapping[str, Any]) -> dict[str, Any]:
    try:
        rows = trace_rows(
            _first_rows(request),
            request["raw"],
            sheets={sheet: Path(path) for sheet, path in request["sheets"].items()},
            empty_words=request["empty_words"],
            seconds=SECONDS,
        )
    except Refused as refusal:
        return {"refused": str(refusal)}
    return {
        "looked_at": len(rows),
        "changed": sum(row.before != row.after for row in rows),
        "unreadable": sum(bool(row.first_problem) for row in rows),
        "rows": [_written(row) for row in _chosen(rows, int(request["shown"]))],
    }


def _first_rows(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    path, columns = Path(request["path"]), request["columns"]
    listed = ", ".join(("_row", *(name(column) for column in columns)))
    with open_duck(Path(request["folder"]) / "read", readable=[path]) as duck:
        found = duck.execute(
            f"SELECT {listed} FROM read_parquet({quote(str(path))}) LIMIT {LOOKED_AT}"
        ).fetchall()
    return [dict(zip(("_row", *columns), row, strict=True)) for row in found]


def _chosen(rows: Sequence[TracedRow], most: int) -> list[TracedRow]:
    """Different values, half of them at most such as cannot be read, in the order of the sheet."""
    bad = list(_different([row for row in rows if row.first_problem]))[: max(most // 2, 1)]
    good = list(_different([row for row in rows if not row.first_problem]))[: most - len(bad)]
    return sorted((*bad, *good), key=lambda row: row.row)


def _different(rows: Sequence[TracedRow]) -> Iterator[TracedRow]:
    seen = set()
    for row in rows:
        if (row.before, row.after) not in seen:
            seen.add((row.before, row.after))
            yield row


def _written(row: TracedRow) -> dict[str, Any]:
    return {
        "row": row.row,
        "before": row.before,
        "after": row.after,
        "problem": row.first_problem,
        "steps": [asdict(one) for one in row.steps],
    }


if __name__ == "__main__":
    answer_parent(_answer)
