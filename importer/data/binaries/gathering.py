"""Takes up the files that a sheet names, before its rows are prepared: one list for each mapped
field, of what the sheet says and the cell or the mistake it stands for.

The main SELECT joins these lists; bytes are held one file at a time and never enter it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any

from importer.data.binaries.judging import BadFile
from importer.data.binaries.sources import Files, Stopped
from importer.data.compiling import Bench
from importer.data.duck import name, open_duck, quote
from importer.data.macros import prelude
from importer.data.row_filters import add_filter
from importer.data.specs import FieldSpec, read_field
from importer.errors import Refused
from importer.odoo.protocols import ModelFacts

FETCHERS = 4
_SOURCES = ("binary", "column", "expression")
_SHOWN = 80
_AT_ONCE = 8
_HEAVY_MB = 1_000
_STATIONS = 5
_LOOK_SECONDS = 1.0
_Named = tuple[str, str | None]
"""Where the main SELECT looks for it, and what the sheet says; None where it cannot be computed."""
_COLUMNS = {"source": "VARCHAR", "cell": "VARCHAR", "code": "VARCHAR", "shown": "VARCHAR"}
_FORM = ", ".join(f"{name(column)}: {quote(kind)}" for column, kind in _COLUMNS.items())


def list_name(target: str) -> str:
    """Under which name the list of a field is known to the compiled mapping."""
    return f"files of {target}"


def file_fields(frozen: Mapping[str, Any], facts: ModelFacts) -> list[FieldSpec]:
    """The mapped fields whose cells stand for files."""
    specs = [read_field(raw) for raw in frozen.get("fields") or ()]
    return [
        spec
        for spec in specs
        if spec.source in _SOURCES
        and spec.target in facts.fields
        and facts.fields[spec.target].type == "binary"
    ]


def gather_files(
    frozen: Mapping[str, Any],
    facts: ModelFacts,
    *,
    sheet_path: Path,
    empty_words: Sequence[str],
    files: Files,
    folder: Path,
) -> dict[str, Path]:
    """Name of the list of each such field -> its Parquet (source, cell, code, shown), unique by
    source: the MD5 of what the sheet says, or, of base64, the row's number, so that the main SELECT
    need not read it. Rows that the row filter leaves out name no file."""
    found = file_fields(frozen, facts)
    if found:
        folder.mkdir(parents=True, exist_ok=True)
    return {
        list_name(spec.target): _listed(frozen, spec, sheet_path, empty_words, files, folder, n)
        for n, spec in enumerate(found)
    }


def _listed(
    frozen: Mapping[str, Any],
    spec: FieldSpec,
    sheet_path: Path,
    empty_words: Sequence[str],
    files: Files,
    folder: Path,
    n: int,
) -> Path:
    target, lines = folder / f"files_{n}.parquet", folder / f"files_{n}.ndjson"
    with lines.open("w", encoding="utf-8") as out:
        for line in _judged(spec, files, _named(frozen, spec, sheet_path, empty_words, folder)):
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    with open_duck(folder) as duck:
        duck.execute(
            "COPY (SELECT source, any_value(cell) AS cell, any_value(code) AS code, "
            f"any_value(shown) AS shown FROM read_json({quote(str(lines.resolve()))}, "
            f"format = 'newline_delimited', columns = {{{_FORM}}}) GROUP BY source) "
            f"TO {quote(str(target.resolve()))} (FORMAT parquet)"
        )
    lines.unlink()
    return target


def _judged(spec: FieldSpec, files: Files, sources: Iterable[_Named]) -> Iterator[dict[str, Any]]:
    """Addresses are fetched several at a time; only what is known of a file waits, not the file."""

    def judge(said: tuple[str, str | None]) -> dict[str, Any]:
        place, source = said
        if source is None:
            return {"source": place, "code": "expression"}
        line: dict[str, Any] = {"source": place}
        try:
            line["cell"] = files.cell(spec.origin, source, must_be_image=spec.must_be_image)
        except BadFile as error:
            line |= {"code": error.code, "shown": _shown(source)}
        return line

    if spec.origin != "url":
        yield from map(judge, sources)
        return
    pool = ThreadPoolExecutor(FETCHERS, thread_name_prefix="fetch")
    looked = monotonic()
    try:
        for line in pool.map(judge, sources):
            yield line
            if monotonic() - looked > _LOOK_SECONDS:
                looked = monotonic()
                if files.is_stopping():
                    raise Stopped("Stopped before all files were fetched.")
    finally:
        pool.shutdown(cancel_futures=True)


def _shown(source: str) -> str:
    return source if len(source) <= _SHOWN else f"{source[: _SHOWN - 3]}..."


def _named(
    frozen: Mapping[str, Any],
    spec: FieldSpec,
    sheet_path: Path,
    empty_words: Sequence[str],
    folder: Path,
) -> Iterator[_Named]:
    """What the sheet says: names and addresses each once, base64 row by row."""
    memory = _memory(sheet_path, folder)
    with open_duck(folder / "reading", readable=[sheet_path], memory=memory) as duck:
        source = quote(str(sheet_path.resolve()))
        described = duck.execute(f"DESCRIBE SELECT * FROM read_parquet({source})").fetchall()
        bench = Bench([str(row[0]) for row in described if row[0] != "_row"])
        bench.pick("NULL", "key")
        bench.pick("FALSE", "key_gap")
        value, codes = bench.value("0", spec.inputs[0], default=spec.default)
        if bench.worked() or bench.lookups:
            raise Refused(
                f"Field “{spec.target}” holds a file, and what names it cannot go through a "
                "library or another sheet. Take that transform out."
            )
        bench.give(value, "named")
        bench.give(" OR ".join(wrong for wrong, _ in codes) or "FALSE", "broken")
        add_filter(bench, str(frozen.get("row_filter") or ""))
        duck.execute(prelude(empty_words))
        duck.execute(f"CREATE TEMP VIEW source AS SELECT * FROM read_parquet({source})")
        if spec.origin == "base64":
            said = "CAST(sheet_row AS VARCHAR), CASE WHEN NOT broken THEN named END"
            duck.execute(f"SELECT {said} FROM ({bench.select()}) WHERE named IS NOT NULL OR broken")
        else:
            said = "DISTINCT md5(named), named"
            duck.execute(f"SELECT {said} FROM ({bench.select()}) WHERE named IS NOT NULL")
        while rows := duck.fetchmany(_AT_ONCE):
            yield from rows


def _memory(sheet_path: Path, folder: Path) -> str:
    """DuckDB holds a whole group of rows at a few stations; base64 makes such groups large."""
    with open_duck(folder / "reading", readable=[sheet_path]) as duck:
        source = quote(str(sheet_path.resolve()))
        found = duck.execute(
            "SELECT max(size) FROM (SELECT sum(total_uncompressed_size) AS size "
            f"FROM parquet_metadata({source}) GROUP BY row_group_id)"
        ).fetchone()
    heaviest = int(found[0] or 0) // 1_000_000 if found else 0
    return f"{min(150 + _STATIONS * heaviest, _HEAVY_MB)}MB"
