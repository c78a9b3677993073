"""Previews in a child process with limits of its own, so that an expression that runs wild takes
nobody along. Run as ``python -m importer.data.previewing REQUEST``; imports no Django.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from importer.data.binaries.sources import Asset, Files
from importer.data.child import ADDRESS_SPACE, SECONDS, answer_parent, ask_child
from importer.data.compiling import sheet_list
from importer.data.duck import name, open_duck, quote
from importer.data.gaps.finding import GapQuestion, KnownKeys, find_gaps
from importer.data.gaps.similar import Said
from importer.data.lookups import LookupTable
from importer.data.prepared import Prepared
from importer.data.preparing import Limits, prepare
from importer.errors import Refused
from importer.odoo.protocols import FieldFacts, ModelFacts


@dataclass(frozen=True, slots=True)
class Asked:
    """What to preview; everything ``prepare`` needs."""

    frozen: Mapping[str, Any]
    facts: ModelFacts
    sheet_path: Path
    sheet: str
    empty_words: Sequence[str]
    lookups: Mapping[str, LookupTable]
    nested_facts: Mapping[str, ModelFacts]
    nested_sheets: Mapping[str, Path]
    files: Files = field(default_factory=Files)


def preview_in_child(
    asked: Asked,
    folder: Path,
    *,
    limit: int,
    seconds: float = SECONDS,
    address_space: int = ADDRESS_SPACE,
) -> dict[str, Any]:
    """The first ``limit`` prepared rows with their issues: ``{"rows": [{position, sheet_row, key,
    level, failed, cells, lines, issues}], "groups": [{code, field, level, message, rows,
    first_rows}], "n_rows", "n_failed", "n_warnings", "totals", "sql"}``. ``folder`` is the child's
    own. Raises Refused for a mapping that does not fit, and when the child is stopped."""
    request = _as_json(asked, folder, limit, seconds)
    return _in_child(request, folder, seconds=seconds, address_space=address_space)


def check_in_child(
    asked: Asked, folder: Path, rows: Mapping[str, Sequence[int]], *, seconds: float = SECONDS
) -> list[dict[str, Any]]:
    """What is wrong with these rows, by the name of their sheet: ``[{sheet, sheet_row, key, level,
    column, value, field, code, message}]``. Raises as :func:`preview_in_child`."""
    only = [[sheet, row] for sheet, numbers in rows.items() for row in numbers]
    request = _as_json(asked, folder, 0, seconds) | {"only": only}
    found: list[dict[str, Any]] = _in_child(
        request, folder, seconds=seconds, address_space=ADDRESS_SPACE
    )["issues"]
    return found


def gaps_in_child(
    asked: Asked,
    folder: Path,
    *,
    known: Mapping[str, KnownKeys],
    said: Said,
    seconds: float = SECONDS,
) -> list[dict[str, Any]]:
    """The values that fit nothing (gaps.finding.find_gaps), found in a child process like a
    preview. ``known``: entity -> where its keys are. Raises Refused as a preview does."""
    request = _as_json(asked, folder, 0, seconds) | {
        "known": {entity: asdict(keys) for entity, keys in known.items()},
        "said": {value: list(pairs) for value, pairs in said.items()},
    }
    found: list[dict[str, Any]] = _in_child(
        request, folder, seconds=seconds, address_space=ADDRESS_SPACE
    )["fields"]
    return found


def _in_child(
    asked: Mapping[str, Any], folder: Path, *, seconds: float, address_space: int
) -> dict[str, Any]:
    return ask_child(
        "importer.data.previewing", asked, folder, seconds=seconds, address_space=address_space
    )


def _as_json(asked: Asked, folder: Path, limit: int, seconds: float) -> dict[str, Any]:
    return {
        "frozen": asked.frozen,
        "facts": asdict(asked.facts),
        "sheet_path": str(asked.sheet_path),
        "sheet": asked.sheet,
        "empty_words": list(asked.empty_words),
        "lookups": {
            key: asdict(table) | {"path": str(table.path)} for key, table in asked.lookups.items()
        },
        "nested_facts": {model: asdict(facts) for model, facts in asked.nested_facts.items()},
        "nested_sheets": {sheet: str(path) for sheet, path in asked.nested_sheets.items()},
        "files": {
            "assets": [asdict(one) | {"archive": str(one.archive)} for one in asked.files.assets],
            "hosts": list(asked.files.hosts),
            "most_bytes": asked.files.most_bytes,
        },
        "folder": str(folder),
        "limit": limit,
        "seconds": seconds,
    }


def _facts(raw: Mapping[str, Any]) -> ModelFacts:
    fields = {
        key: FieldFacts(
            **(
                known
                | {
                    "depends": tuple(known["depends"]),
                    "selection": tuple((pair[0], pair[1]) for pair in known["selection"]),
                }
            )
        )
        for key, known in raw["fields"].items()
    }
    unread = tuple(raw["unread_defaults"])
    return ModelFacts(raw["model"], fields, raw["defaults"], unread)


def _table(raw: Mapping[str, Any]) -> LookupTable:
    by = tuple(tuple(parts) for parts in raw["by"])
    return LookupTable(raw["model"], by, Path(raw["path"]), raw["n"])


def _files(raw: Mapping[str, Any]) -> Files:
    assets = tuple(Asset(**(one | {"archive": Path(one["archive"])})) for one in raw["assets"])
    return Files(assets=assets, hosts=tuple(raw["hosts"]), most_bytes=raw["most_bytes"])


def _gaps(request: Mapping[str, Any]) -> dict[str, Any]:
    asked = GapQuestion(
        frozen=request["frozen"],
        facts=_facts(request["facts"]),
        sheet_path=Path(request["sheet_path"]),
        empty_words=request["empty_words"],
        lookups={key: Path(raw["path"]) for key, raw in request["lookups"].items()}
        | {sheet_list(sheet): Path(path) for sheet, path in request["nested_sheets"].items()}
        | {sheet_list(request["sheet"]): Path(request["sheet_path"])},
        known={
            entity: KnownKeys(
                tuple(raw["lists"]), tuple((path, tuple(key)) for path, key in raw["sheets"])
            )
            for entity, raw in request["known"].items()
        },
        said={value: [(to, by) for to, by in pairs] for value, pairs in request["said"].items()},
        seconds=request["seconds"],
    )
    try:
        return {"fields": find_gaps(asked, Path(request["folder"]))}
    except Refused as refusal:
        return {"refused": str(refusal)}


def _answer(request: Mapping[str, Any]) -> dict[str, Any]:
    folder = Path(request["folder"])
    try:
        prepared = prepare(
            request["frozen"],
            facts=_facts(request["facts"]),
            sheet_path=Path(request["sheet_path"]),
            sheet=request["sheet"],
            empty_words=request["empty_words"],
            lookups={key: _table(raw) for key, raw in request["lookups"].items()},
            out_dir=folder / "out",
            nested_facts={model: _facts(raw) for model, raw in request["nested_facts"].items()},
            nested_sheets={key: Path(path) for key, path in request["nested_sheets"].items()},
            limits=Limits(seconds=request["seconds"]),
            files=_files(request["files"]),
        )
    except Refused as refusal:
        return {"refused": str(refusal)}
    with open_duck(folder / "show", readable=[prepared.path, prepared.issues_path]) as duck:
        if "only" in request:
            return {"issues": _issues_of(duck, prepared, request["only"])}
        return _shown(duck, prepared, int(request["limit"]))


def _issues_of(
    duck: duckdb.DuckDBPyConnection, prepared: Prepared, only: Sequence[tuple[str, int]]
) -> list[dict[str, Any]]:
    places = ", ".join(f"({quote(sheet)}, {int(row)})" for sheet, row in only) or "(NULL, NULL)"
    issues_from = f"read_parquet({quote(str(prepared.issues_path.resolve()))})"
    return _dicts(
        duck,
        'SELECT sheet, sheet_row, key, level, "column", value, field, code, message '
        f"FROM {issues_from} WHERE (sheet, sheet_row) IN ({places}) ORDER BY ALL",
    )


def _shown(duck: duckdb.DuckDBPyConnection, prepared: Prepared, limit: int) -> dict[str, Any]:
    rows_from = f"read_parquet({quote(str(prepared.path.resolve()))})"
    issues_from = f"read_parquet({quote(str(prepared.issues_path.resolve()))})"
    rows = _dicts(duck, f"SELECT * FROM {rows_from} ORDER BY position LIMIT {limit}")
    issues = _dicts(duck, f"SELECT * FROM {issues_from} WHERE position < {limit}")
    groups = _dicts(
        duck,
        f"SELECT code, field, level, any_value(message) AS message, count(*) AS {name('rows')}, "
        f"list(sheet_row ORDER BY sheet_row)[:5] AS first_rows FROM {issues_from} "
        "GROUP BY group_key, code, field, level ORDER BY 5 DESC, 1, 2 LIMIT 200",
    )
    return {
        "rows": [_row(row, issues) for row in rows],
        "groups": groups,
        "n_rows": prepared.n_rows,
        "n_failed": prepared.n_failed,
        "n_warnings": prepared.n_warnings,
        "totals": {total: str(amount) for total, amount in prepared.totals.items()},
        "sql": prepared.sql,
    }


def _row(row: Mapping[str, Any], issues: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    shown = {key: row[key] for key in ("position", "sheet_row", "key", "level", "failed")}
    return shown | {
        "cells": {key[5:]: cell for key, cell in row.items() if key.startswith("cell:")},
        "lines": json.loads(row["lines"]) if row["lines"] else {},
        "issues": [issue for issue in issues if issue["position"] == row["position"]],
    }


def _dicts(duck: duckdb.DuckDBPyConnection, select: str) -> list[dict[str, Any]]:
    answer = duck.execute(select)
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def _either(request: Mapping[str, Any]) -> dict[str, Any]:
    return _gaps(request) if "known" in request else _answer(request)


if __name__ == "__main__":
    answer_parent(_either)
