"""How a row's cells became the values of its fields: each step that the mapping says, done again on
this one row. Reads the stored sheet; asks neither PostgreSQL nor Odoo.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from importer.data.binaries.cells import is_cell, shown_size
from importer.data.compiling import Bench, sheet_list
from importer.data.hiding import STARS, is_secret
from importer.data.keys import display_keys
from importer.data.specs import FieldSpec, Input, read_field
from importer.data.transforms.stepping import Traced
from importer.explaining.shapes import FieldStory, ValueStep
from importer.explaining.slices import Slices

Cells = Mapping[str, str | None]


class _Tracing(Bench):
    """Remembers what it made of each input, transform by transform."""

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__(columns)
        self.traces: dict[str, list[Traced]] = {}

    def traced(self, alias: str, one: Input) -> list[Traced]:
        self.traces[alias] = super().traced(alias, one)
        return self.traces[alias]


Given = tuple[Input, str, str]
"""An input, the column with its value before and after each transform, and the one with what its
value map and default made of that."""


def stories(
    frozen: Mapping[str, Any],
    slices: Slices,
    *,
    sheet: Path,
    columns: Sequence[str],
    row: int,
    prepared: Mapping[str, Any] | None,
    known: Mapping[tuple[str, str], str],
    beside: Mapping[str, Path],
) -> tuple[FieldStory, ...]:
    """One story a field of the mapping. ``prepared``: the row as it was prepared, None where that
    is not known; ``known``: (entity, key) -> the record behind it; ``beside``: sheets of the
    dataset in which transforms look up. Raises Refused where the steps cannot be done again."""
    specs = [read_field(raw) for raw in frozen["fields"]]
    bench = _Tracing(columns)
    bench.pick("''", "key")
    given = {spec.label: list(_given(bench, n, spec)) for n, spec in enumerate(specs)}
    lists = {sheet_list(name_): path for name_, path in beside.items()}
    values = slices.values(sheet, row, bench, lists) if any(given.values()) else {}
    return tuple(
        FieldStory(
            spec.label,
            spec.source,
            tuple(_hidden(spec, _steps(spec, given[spec.label], values, prepared, known))),
        )
        for spec in specs
    )


def _given(bench: _Tracing, n: int, spec: FieldSpec) -> Iterator[Given]:
    for place, one in enumerate(spec.inputs):
        alias = f"{n}_{place}"
        mapped, _ = bench.value(alias, one, default="" if spec.separator else spec.default)
        traced = ", ".join(each.value for each in bench.traces[alias])
        bench.give(f"[{traced}]", f"traced:{alias}")
        bench.give(mapped, f"mapped:{alias}")
        yield one, f"traced:{alias}", f"mapped:{alias}"


def _steps(
    spec: FieldSpec,
    given: Sequence[Given],
    values: Mapping[str, Any],
    prepared: Mapping[str, Any] | None,
    known: Mapping[tuple[str, str], str],
) -> Iterator[ValueStep]:
    if spec.source == "constant":
        yield ValueStep("constant", spec.constant)
    for one, traced, mapped in given:
        first, *after = values.get(traced) or [None]
        yield ValueStep(_said(one), first)
        for step, value in zip(one.steps, after, strict=False):
            yield ValueStep(f"transform {step.name}", value)
        last = after[-1] if after else first
        if one.values and not spec.separator:
            yield ValueStep("value map", values.get(mapped))
        elif values.get(mapped) != last:
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
    beside = [column for one in spec.inputs for column in one.beside]
    return is_secret(spec.target) or any(map(is_secret, (*spec.columns, *beside)))
