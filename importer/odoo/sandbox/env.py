"""What a call works with: the store, the facts, who asks, in which context, at what time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from importer.odoo.sandbox.facts import Catalogue, Column, ModelFacts
from importer.odoo.sandbox.refusals import AccessRefusal, MissingRefusal, PythonFault
from importer.odoo.sandbox.store import Store
from importer.odoo.sandbox.tables import Record, Table

SUPERUSER = 1
CLOSED_TO_LOW = frozenset({"ir.model.data", "ir.model", "ir.model.fields", "ir.config_parameter"})
CLOSED_TO_READER = ("sale.", "purchase.", "account.", "crm.", "hr.", "project.")
VIRTUAL = frozenset({"ir.model", "ir.model.fields"})


@dataclass(frozen=True)
class Refused:
    """A test's wish: rows of this model whose field holds this value are refused."""

    model: str
    field: str
    value: Any
    message: str
    by_database: bool


@dataclass(frozen=True)
class Env:
    """One call's surroundings; copies differ in context or user."""

    store: Store
    catalogue: Catalogue
    uid: int
    now: str
    context: Mapping[str, Any]
    refused: tuple[Refused, ...] = ()
    is_null: bool = False
    call: int = 0

    @property
    def version(self) -> int:
        return self.catalogue.version

    def with_context(self, **changes: Any) -> "Env":
        return replace(self, context={**self.context, **changes})

    def as_superuser(self) -> "Env":
        return replace(self, uid=SUPERUSER)

    def facts(self, model: str) -> ModelFacts:
        return self.catalogue[model]

    def table(self, model: str) -> Table:
        return self.store.table(model)

    def row(self, model: str, record_id: int) -> Record:
        """The record; raises the refusal of a missing one."""
        record = self.store.table(model).rows.get(record_id)
        if record is None:
            raise MissingRefusal.of(model, record_id, self.uid)
        return record

    def value(self, model: str, record_id: int | None, field: str) -> Any:
        """A stored value, or None where record or value are not there."""
        if not record_id:
            return None
        record = self.store.table(model).rows.get(record_id)
        return record.get(field) if record else None

    def column(self, model: str, field: str) -> Column:
        column = self.facts(model).columns.get(field)
        if column is None:
            raise unknown_field(self.version, model, field)
        return column

    @property
    def sees_archived(self) -> bool:
        return self.context.get("active_test", True) is False

    @property
    def rights(self) -> str:
        """``admin``, ``low`` (works with records, no technical models) or ``reader`` (looks at
        contacts and products)."""
        if self.uid == SUPERUSER:
            return "admin"
        return str(self.value("res.users", self.uid, "rights") or "low")

    def may(self, model: str, operation: str) -> bool:
        rights = self.rights
        if rights == "admin":
            return True
        if model in CLOSED_TO_LOW:
            return False
        if model == "base_import.import":
            return True
        if rights == "low":
            return True
        return operation == "read" and not model.startswith(CLOSED_TO_READER)

    def require(self, model: str, operation: str) -> None:
        if not self.may(model, operation):
            raise AccessRefusal(
                f"This login may not {operation} '{self.facts(model).label}' ({model}) records."
            )


def unknown_field(version: int, model: str, field: str) -> PythonFault:
    where = f"on '{model}'" if version >= 19 else f"on model '{model}'"
    return PythonFault("ValueError", f"Invalid field '{field}' {where}")
