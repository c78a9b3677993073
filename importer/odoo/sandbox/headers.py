"""The header of ``load``: column names into paths, and rows into nested records.

A path is ``["country_id", "id"]``; a record maps a plain field to its cell and a relational one
to a list of sub-records.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.facts import RELATIONAL, ModelFacts
from importer.odoo.sandbox.refusals import PythonFault

Row = Sequence[Any]
RawRecord = dict[Any, Any]
Span = dict[str, dict[str, int]]
IDENTITY = ("id", ".id")
REFERENCES = frozenset({None, "id", ".id"})


def path_of(name: str) -> list[Any]:
    """``country_id.id`` and ``country_id:id`` are old forms of ``/.id`` and ``/id``."""
    name = re.sub(r"([^/])\.id", r"\1/.id", name)
    return list(re.sub(r"([^/]):id", r"\1/id", name).split("/"))


def check_header(env: Env, model: str, paths: Sequence[Sequence[Any]]) -> None:
    """An unknown column is a fault of the whole call, before any row is looked at."""
    columns = env.facts(model).columns
    for path in paths:
        if path[0] is None or path[0] in IDENTITY:
            continue
        column = columns.get(path[0])
        if column is None:
            raise _unknown_column(env, path[0])
        is_single = len(path) > 1 and column.type != "one2many" and path[1] not in IDENTITY
        if is_single and (env.version < 19 or column.relation not in env.catalogue):
            raise _unknown_column(env, path[1])
        if len(path) > 1 and column.relation in env.catalogue:
            check_header(env, column.relation, [path[1:]])


def _unknown_column(env: Env, name: str) -> PythonFault:
    if env.version >= 19:
        return PythonFault("ValueError", f"Invalid field name '{name}'")
    return PythonFault("KeyError", name)


class Shape:
    """How rows of one header become records of one model; made once per header."""

    def __init__(self, env: Env, model: str, paths: Sequence[Sequence[Any]]) -> None:
        facts: ModelFacts = env.facts(model)
        self._strict = env.version < 17
        self.plain: list[tuple[int, Any]] = []
        self.subs: dict[str, list[int]] = {}
        self.shapes: dict[str, Shape] = {}
        self._lines: list[int] = []
        sub_paths: dict[str, list[list[Any]]] = {}
        for index, path in enumerate(paths):
            column = facts.columns.get(path[0])
            if column is None or path[0] in IDENTITY or column.type not in RELATIONAL:
                self.plain.append((index, path[0]))
                continue
            self.subs.setdefault(path[0], []).append(index)
            sub_paths.setdefault(path[0], []).append(list(path[1:]) or [None])
            if column.type == "one2many":
                self._lines.append(index)
        self._others = [i for i in range(len(paths)) if i not in set(self._lines)]
        for field, below in sub_paths.items():
            relation = facts.columns[field].relation
            if relation in env.catalogue:
                self.shapes[field] = Shape(env, relation, below)

    def records(self, rows: Sequence[Row], limit: int | None) -> Iterator[tuple[RawRecord, Span]]:
        """Records with the rows they span. A continuation row has only cells of lines."""
        index, end = 0, len(rows) if limit is None else min(limit, len(rows))
        while index < end:
            last = index
            if self._lines:
                while last + 1 < len(rows) and self._continues(rows[last + 1]):
                    last += 1
            span = rows[index : last + 1]
            yield self._record(span), {"rows": {"from": index, "to": last}}
            index = last + 1

    def _continues(self, row: Row) -> bool:
        size = len(row)
        return any(row[i] for i in self._lines if i < size) and not any(
            row[i] for i in self._others if i < size
        )

    def _record(self, span: Sequence[Row]) -> RawRecord:
        row, size = span[0], len(span[0])
        record: RawRecord = {name: row[i] for i, name in self.plain if i < size}
        for field, indexes in self.subs.items():
            cells = [self._cut(line, indexes) for line in span]
            filled = [line for line in cells if any(line)]
            record[field] = self._below(field, filled) if filled else []
        return record

    def _cut(self, row: Row, indexes: list[int]) -> list[Any]:
        size = len(row)
        if self._strict and indexes[-1] >= size:
            raise PythonFault("IndexError", "list index out of range")
        return [row[i] if i < size else "" for i in indexes]

    def _below(self, field: str, rows: list[list[Any]]) -> list[RawRecord]:
        shape = self.shapes.get(field)
        if shape is None:
            return [{None: row[0]} for row in rows]
        return [record for record, _ in shape.records(rows, None)]
