"""Records of cells into values for create and write; every bad cell is reported, none stops."""

from collections.abc import Callable, Mapping
from typing import Any

from importer.odoo.sandbox.cells import CellError, plain_converter
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.facts import RELATIONAL, Column
from importer.odoo.sandbox.headers import REFERENCES, RawRecord
from importer.odoo.sandbox.references import Flush, Resolver, kind_of

Report = Callable[[str, str, dict[str, Any]], None]
"""Called with kind (``error`` or ``warning``), message and extra keys."""


class RecordConverter:
    """Converts records of one model; keeps one converter per field it has met."""

    def __init__(self, env: Env, model: str, flush: Flush, prefix: str = "") -> None:
        self._env = env
        self._columns: Mapping[str, Column] = env.facts(model).columns
        self._flush = flush
        self._prefix = prefix
        self._plain: dict[str, Callable[[Any], Any]] = {}
        self._resolvers: dict[str, Resolver] = {}
        self._below: dict[str, RecordConverter] = {}

    def convert(
        self, record: RawRecord, report: Callable[[str, str, str, dict[str, Any]], None]
    ) -> dict[str, Any]:
        """Values by field; ``report`` gets field, kind, message and extra keys."""
        values: dict[str, Any] = {}
        for name, cell in record.items():
            if name in REFERENCES:
                continue
            if not cell:
                values[name] = False
                continue
            try:
                values[name] = self._value(name, cell, report)
            except CellError as error:
                extra = dict(error.extra)
                if not error.is_bare:
                    extra["field_name"] = self._columns[name].label
                report(name, "error", error.message, extra)
        return values

    def _label(self, name: str) -> str:
        label = self._columns[name].label
        return f"{self._prefix}/{label}" if self._prefix else label

    def _value(self, name: str, cell: Any, report: Any) -> Any:
        column = self._columns[name]
        if column.type in RELATIONAL:
            return self._relation(column, cell, report)
        convert = self._plain.get(name)
        if convert is None:
            convert = self._plain[name] = plain_converter(self._env, column, self._label(name))
        return convert(cell)

    def _resolver(self, column: Column) -> Resolver:
        known = self._resolvers.get(column.name)
        if known is None:
            known = self._resolvers[column.name] = Resolver(
                self._env, column, self._label(column.name), self._flush
            )
        return known

    def _relation(self, column: Column, records: list[RawRecord], report: Any) -> Any:
        def warn(message: str) -> None:
            report(column.name, "warning", message, {})

        resolver = self._resolver(column)
        if column.type == "one2many":
            return self._lines(column, records, resolver, report)
        record = records[0]
        kind = kind_of(record, self._label(column.name))
        if column.type == "many2one":
            return resolver.find(kind, record[kind], warn) or False
        found = [resolver.find(kind, part, warn) for part in str(record[kind]).split(",")]
        ids = [i for i in found if i]
        if self._env.context.get("update_many2many"):
            return [(4, i, 0) for i in ids]
        return [(6, 0, ids)]

    def _lines(
        self, column: Column, records: list[RawRecord], resolver: Resolver, report: Any
    ) -> list[tuple[int, Any, Any]]:
        below = self._below.get(column.name)
        if below is None:
            label = self._label(column.name)
            below = RecordConverter(self._env, column.relation, self._flush, label)
            self._below[column.name] = below
        return [
            command
            for record in self._split(records)
            for command in self._line(column, record, below, resolver, report)
        ]

    def _split(self, records: list[RawRecord]) -> list[RawRecord]:
        """One row with nothing but references is a list of them, as in a many2many."""
        if len(records) == 1 and set(records[0]) <= REFERENCES:
            kind = next(iter(records[0]))
            return [{kind: part} for part in str(records[0][kind]).split(",")]
        return records

    def _line(
        self,
        column: Column,
        record: RawRecord,
        below: "RecordConverter",
        resolver: Resolver,
        report: Any,
    ) -> list[tuple[int, Any, Any]]:
        def report_line(name: str, kind: str, message: str, extra: dict[str, Any]) -> None:
            report(column.name, kind, message, extra)

        values = below.convert(record, report_line)
        references = {k: v for k, v in record.items() if k in REFERENCES}
        found = self._known_line(column, references, resolver, values)
        if found:
            return [(4, found, 0), (1, found, values)]
        return [(0, 0, values)]

    def _known_line(
        self, column: Column, references: RawRecord, resolver: Resolver, values: dict[str, Any]
    ) -> int | None:
        kind = kind_of(references, self._label(column.name)) if references else None
        if not references or not references[kind]:
            return None
        try:
            return resolver.find(kind, references[kind], lambda message: None)
        except CellError:
            if kind != "id":
                raise
        values["id"] = references[kind]
        return None
