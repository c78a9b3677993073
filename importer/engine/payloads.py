"""Builds the rows of one ``load`` call from planned rows. Pure: the same rows, columns and
references give the same bytes, today and after a crash.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

from importer.data.keys import split_keys
from importer.engine.external_ids import external_id
from importer.engine.plan_rules import PlanField, PlanRow

FENCE_COLUMN = "write_uid/id"
Refs = Mapping[str, str]
Fill = Callable[[PlanRow, str], str]


@dataclass(frozen=True)
class Payload:
    """One call. ``record_of_row``: sent row -> number of its record in ``rows`` of the plan;
    ``fence``: an external id on which the whole call depends."""

    model: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    context: Mapping[str, Any]
    record_of_row: tuple[int, ...]
    fence: str = ""

    def under(self, fence: str) -> "Payload":
        """The same call behind this fence; empty: behind none."""
        return replace(self, fence=fence)

    @property
    def sent_columns(self) -> tuple[str, ...]:
        return (*self.columns, FENCE_COLUMN) if self.fence else self.columns

    @property
    def sent_rows(self) -> tuple[tuple[str, ...], ...]:
        """Odoo looks the fence up in the first row, and ignores what it finds."""
        if not self.fence:
            return self.rows
        return tuple((*row, "" if n else self.fence) for n, row in enumerate(self.rows))

    @cached_property
    def body(self) -> bytes:
        """What the journal's hash is taken over."""
        said = [self.model, self.sent_columns, self.sent_rows, dict(self.context)]
        return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()

    @cached_property
    def sha256(self) -> str:
        return sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Recipe:
    """What turns a planned row into cells. ``header``: the batch's columns; ``refs``: what could
    not be computed (see ``ref_name``); ``line_fields``: one2many field -> fields of its lines;
    ``content``: the base64 of the file that a cell stands for."""

    namespace: str
    entity: str
    header: Sequence[str]
    fields: Mapping[str, PlanField]
    refs: Refs
    line_fields: Mapping[str, Sequence[PlanField]]
    content: Callable[[str], str] = str


def ref_name(entity: str, via: str, mark: str, key: str) -> str:
    """Under which name a resolved reference is kept in ``Batch.refs``; ``mark``: x or d. A lookup
    by external id that must go by database id has the entity ``""``."""
    return f"{entity}|{via}|{mark}|{key}"


def build(
    model: str,
    recipe: Recipe,
    rows: Sequence[PlanRow],
    context: Mapping[str, Any],
    fill: Fill | None = None,
) -> Payload:
    """The call for these rows. ``fill`` gives the cell of a column that the row itself does not
    send (updates whose columns were merged)."""
    columns = _columns(recipe)
    if not recipe.line_fields:
        by_column = [_column(recipe, rows, name, fill) for name in columns]
        sent = tuple(zip(*by_column, strict=True)) if columns else ((),) * len(rows)
        return Payload(model, tuple(columns), sent, context, tuple(range(len(rows))))
    records = [_record(recipe, row, columns, fill) for row in rows]
    return Payload(
        model,
        tuple(columns),
        tuple(cells for record in records for cells in record),
        context,
        tuple(number for number, record in enumerate(records) for _ in record),
    )


def _column(recipe: Recipe, rows: Sequence[PlanRow], name: str, fill: Fill | None) -> list[str]:
    """One column of all rows; most columns hold the plain text of the cells."""
    target, _, suffix = name.partition("/")
    one = recipe.fields.get(target)
    is_text = one is not None and (
        one.kind == "plain" or (one.kind == "lookup" and suffix != ".id" and not one.is_number)
    )
    if is_text and not fill:
        return [row.cells.get(target) or "" for row in rows]
    return [cell(recipe, row, name, fill) for row in rows]


def _columns(recipe: Recipe) -> list[str]:
    columns: list[str] = []
    for name in recipe.header:
        one = recipe.fields.get(name)
        if one is None or one.kind != "lines":
            columns.append(name)
            continue
        columns.append(f"{name}/id")
        for line_field in recipe.line_fields[name]:
            suffix = "" if line_field.kind == "plain" else "/id"
            columns.append(f"{name}/{line_field.target}{suffix}")
    return columns


def _record(
    recipe: Recipe, row: PlanRow, columns: Sequence[str], fill: Fill | None
) -> list[tuple[str, ...]]:
    own = {
        name: cell(recipe, row, name, fill) for name in recipe.header if not _lines(recipe, name)
    }
    lines = [
        line for name in recipe.header if _lines(recipe, name) for line in _lined(recipe, row, name)
    ]
    first = {**own, **(lines[0] if lines else {})}
    records = [first, *lines[1:]]
    return [tuple(record.get(column, "") for column in columns) for record in records]


def _lines(recipe: Recipe, name: str) -> bool:
    one = recipe.fields.get(name)
    return one is not None and one.kind == "lines"


def _lined(recipe: Recipe, row: PlanRow, name: str) -> list[dict[str, str]]:
    fields = recipe.line_fields[name]
    entity = recipe.fields[name].entity
    return [
        {
            f"{name}/id": external_id(recipe.namespace, entity, line["key"]),
            **{
                f"{name}/{one.target}{'' if one.kind == 'plain' else '/id'}": _value(
                    recipe, one, "x", line["cells"].get(one.target)
                )
                for one in fields
            },
        }
        for line in json.loads(row.cells.get(name) or "[]")
    ]


def cell(recipe: Recipe, row: PlanRow, name: str, fill: Fill | None = None) -> str:
    """The cell of one column: ``id``, ``.id``, ``name``, ``country_id/id``, ``parent_id/.id``."""
    if name == "id":
        return row.ref or external_id(recipe.namespace, recipe.entity, row.key)
    if name == ".id":
        return str(row.odoo_id)
    target, _, suffix = name.partition("/")
    if fill and not row.sends(target):
        return fill(row, target)
    mark = "d" if suffix == ".id" or recipe.fields[target].is_number else "x"
    return _value(recipe, recipe.fields[target], mark, row.cells.get(target))


def _value(recipe: Recipe, one: PlanField, mark: str, text: str | None) -> str:
    if text is None:
        return ""
    if one.kind == "binary":
        return recipe.content(text)
    if one.kind == "reference":
        return ",".join(_referred(recipe, one, mark, key) for key in keys_of(one, text))
    if one.kind == "lookup" and mark == "d":
        return ",".join(_by_id(recipe, part) for part in text.split(","))
    return text


def keys_of(one: PlanField, text: str) -> list[str]:
    """The key texts that a reference's cell holds."""
    return split_keys(text) if one.is_list else [text]


def _referred(recipe: Recipe, one: PlanField, mark: str, key: str) -> str:
    known = recipe.refs.get(ref_name(one.entity, one.via, mark, key))
    if known is not None:
        return known
    if mark == "d":
        raise KeyError(f"{one.target}: the reference to {key} was not resolved")
    return external_id(recipe.namespace, one.entity, key)


def _by_id(recipe: Recipe, part: str) -> str:
    if part.startswith(".id:"):
        return part.removeprefix(".id:")
    return recipe.refs[ref_name("", "", "d", part)]
