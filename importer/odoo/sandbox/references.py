"""Cells that refer to records: by external id, database id or name."""

from collections.abc import Mapping
from typing import Any, Protocol

from importer.odoo.sandbox import external_ids, writing
from importer.odoo.sandbox.cells import FALSE_WORDS, CellError
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.facts import Column
from importer.odoo.sandbox.headers import REFERENCES
from importer.odoo.sandbox.names import ids_with_name, is_active

KINDS = {None: "name", "id": "external id", ".id": "database id"}


class Flush(Protocol):
    """Writes the rows so far when a cell refers to one of them."""

    def __call__(self, *, name: str = "", model: str = "") -> None: ...


class Warn(Protocol):
    """Notes a warning about the cell."""

    def __call__(self, message: str) -> None: ...


def kind_of(record: Mapping[Any, Any], label: str) -> Any:
    """Which of the three kinds a sub-record uses; more than one is ambiguous."""
    kinds = set(record)
    if not kinds <= REFERENCES:
        raise CellError(f"Records of '{label}' cannot be made from here; import them by themselves")
    if len(kinds) > 1:
        raise CellError(
            f"Ambiguous specification for field '{label}': give a name, an external id or a"
            " database id, not several",
            is_bare=True,
        )
    return next(iter(kinds))


class Resolver:
    """Finds the id a cell means, for one column of one call."""

    def __init__(self, env: Env, column: Column, label: str, flush: Flush) -> None:
        self._env = env
        self._column = column
        self._label = label
        self._flush = flush

    def find(self, kind: Any, cell: Any, warn: Warn) -> int | None:
        """The id; None for a word that means empty, or where the context says so."""
        if kind == "id":
            found = self._external(cell)
        elif kind == ".id":
            found = self._database(cell)
        else:
            found = self._named(cell, warn)
        if found == 0:
            return None
        if found is None:
            return self._unknown(kind, cell)
        return found

    def _external(self, cell: Any) -> int | None:
        if str(cell).lower() in FALSE_WORDS:
            return 0
        module = self._env.context.get("_import_current_module", external_ids.IMPORT_MODULE)
        full = external_ids.full_name(str(cell), module)
        self._flush(name=full)
        found = external_ids.find(self._env, full)
        if found is None:
            return None
        model, record_id = found[1]["model"], found[1]["res_id"]
        if model != self._column.relation:
            raise CellError(
                f"Invalid external ID {full}: expected model '{self._column.relation}',"
                f" found '{model}'",
                is_bare=True,
            )
        known = record_id in self._env.table(model).rows or model not in self._env.catalogue
        return int(record_id) if known else None

    def _database(self, cell: Any) -> int | None:
        if str(cell).lower() in FALSE_WORDS:
            return 0
        try:
            record_id = int(cell)
        except ValueError as error:
            raise CellError(
                f"Invalid database id '{cell}' for the field '{self._label}'",
                moreinfo=self._action("id"),
            ) from error
        env, relation = self._env, self._column.relation
        if record_id not in env.table(relation).rows:
            return None
        if env.facts(relation).has_active and not env.sees_archived:
            return record_id if is_active(env, relation, record_id) else None
        return record_id

    def _named(self, cell: Any, warn: Warn) -> int | None:
        env, relation = self._env, self._column.relation
        self._flush(model=relation)
        ids = ids_with_name(env, relation, str(cell)) if relation in env.catalogue else []
        if len(ids) > 1:
            warn(
                f"Several records ({len(ids)}) match '{cell}' in field '{self._label}'; the first"
                " one is taken"
            )
        if ids:
            return ids[0]
        enabled = env.context.get("name_create_enabled_fields") or {}
        if enabled.get(self._column.name):
            name_field = "name"
            return writing.create(env, relation, [{name_field: str(cell)}])[0]
        return None

    def _unknown(self, kind: Any, cell: Any) -> int | None:
        name, context = self._column.name, self._env.context
        if name in (context.get("import_set_empty_fields") or ()):
            return None
        if name in (context.get("import_skip_records") or ()):
            raise SkipRecord
        extra: dict[str, Any] = {"moreinfo": self._action(kind)}
        if context.get("import_file"):
            extra |= {"value": str(cell)[:50], "field_type": KINDS[kind], "field_path": [name]}
        raise CellError(
            f"No matching record found for {KINDS[kind]} '{cell}' in field '{self._label}'",
            **extra,
        )

    def _action(self, kind: Any) -> dict[str, Any]:
        relation = self._column.relation
        action: dict[str, Any] = {
            "name": "Possible values",
            "type": "ir.actions.act_window",
            "target": "new",
            "view_mode": "list,form" if self._env.version >= 19 else "tree,form",
            "views": [[False, "list"], [False, "form"]],
            "context": {"create": False},
            "res_model": relation if kind is None else external_ids.DATA,
        }
        if kind is not None:
            action["domain"] = [["model", "=", relation]]
        return action


class SkipRecord(Exception):
    """The context asks to leave the whole record out."""
