"""How a row's cells became the values of its fields: each step that the mapping says, done again on
this one row. Reads the stored sheet; asks neither PostgreSQL nor Odoo.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from importer.data.binaries.cells import is_cell, shown_size
from importer.data.compiling import Bench
from importer.data.duck import name
from importer.data.hiding import STARS, is_secret
from importer.data.keys import display_keys
from importer.data.specs import FieldSpec, Input, read_field
from importer.explaining.shapes import FieldStory, ValueStep
from importer.explaining.slices import Slices

Cells = Mapping[str, str | None]


def stories(
    frozen: Mapping[str, Any],
    slices: Slices,
    *,
    sheet: Path,
    columns: Sequence[str],
    row: int,
    prepared: Mapping[str, Any] | None,
    known: Mapping[tuple[str, str], str],
) -> tuple[FieldStory, ...]:
    """One story a field of the mapping. ``prepared``: the row as it was prepared, None where that
    is not known; ``known``: (entity, key) -> the record behind it."""
    specs = [read_field(raw) for raw in frozen["fields"]]
    bench = Bench(columns)
    given = {spec.label: list(_given(bench, n, spec)) for n, spec in enumerate(specs)}
    values = slices.values(sheet, row, _select(bench)) if any(given.values()) else {}
    return tuple(
        FieldStory(
            spec.label,
            spec.source,
            tuple(_hidden(spec, _steps(spec, given[spec.label], values, prepared, known))),
        )
        for spec in specs
    )


def _given(bench: Bench, n: int, spec: FieldSpec) -> Iterator[tuple[Input, str, str]]:
    """Each input with the names of what it read and what its value map made of it."""
    for place, one in enumerate(spec.inputs):
        alias = f"{n}_{place}"
        own = bench.use(one.columns)
        mapped, _ = bench.value(alias, one, default="" if spec.separator else spec.default)
        raw = own[0] if one.is_column else f"filled({name(f'x_{alias}')}[1])"
        bench.give(raw, f"raw:{alias}")
        bench.give(mapped, f"mapped:{alias}")
        yield one, f"raw:{alias}", f"mapped:{alias}"


def _select(bench: Bench) -> str:
    bench.pick("''", "key")
    return bench.select()


def _steps(
    spec: FieldSpec,
    given: Sequence[tuple[Input, str, str]],
    values: Mapping[str, Any],
    prepared: Mapping[str, Any] | None,
    known: Mapping[tuple[str, str], str],
) -> Iterator[ValueStep]:
    if spec.source == "constant":
        yield ValueStep("constant", spec.constant)
    for one, raw, mapped in given:
        yield ValueStep(_said(one), values.get(raw))
        if one.values and not spec.separator:
            yield ValueStep("value map", values.get(mapped))
        elif values.get(mapped) != values.get(raw):
            yield ValueStep(f"default “{spec.default}”", values.get(mapped))
    if prepared is None:
        return
    cell = prepared.get(f"cell:{spec.label}")
    yield from _ends(spec, cell, known)


def _said(one: Input) -> str:
    return f"column “{one.columns[0]}”" if one.is_column else f"expression {one.sql}"


def _ends(
    spec: FieldSpec, cell: str | None, known: Mapping[tuple[str, str], str]
) -> Iterator[ValueStep]:
    if cell and is_cell(cell):
        yield ValueStep("file", shown_size(cell))
    elif spec.source == "reference" and cell:
        yield ValueStep(f"key of {spec.entity}", display_keys(cell))
        if record := known.get((spec.entity, cell)):
            yield ValueStep("its record", record)
    elif spec.source == "lookup":
        how = " or ".join(" + ".join(parts) for parts in spec.by)
        yield ValueStep(f"looked up in {spec.model} by {how}", cell)
    else:
        yield ValueStep("as Odoo wants it", cell)


def _hidden(spec: FieldSpec, steps: Iterator[ValueStep]) -> Iterator[ValueStep]:
    for step in steps:
        if step.value and _is_hidden(spec):
            yield ValueStep(step.what, STARS)
        else:
            yield step


def secret_columns(frozen: Mapping[str, Any]) -> set[str]:
    """The sheet's columns that fill a field which holds a secret."""
    specs = (read_field(raw) for raw in frozen["fields"])
    return {column for spec in specs if is_secret(spec.target) for column in spec.columns}


def secret_fields(frozen: Mapping[str, Any]) -> set[str]:
    """The fields that hold a secret, or are filled from a column that does."""
    specs = (read_field(raw) for raw in frozen["fields"])
    return {spec.target for spec in specs if _is_hidden(spec)}


def _is_hidden(spec: FieldSpec) -> bool:
    return is_secret(spec.target) or any(map(is_secret, spec.columns))
