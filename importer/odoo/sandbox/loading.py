"""``load``: all or nothing, every message at once, in the order and with the quirks measured.

All rows are written in one go; when the database or a rule refuses, each row is tried alone to
learn which ones are bad, and the whole call is undone in the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from importer.odoo.sandbox import external_ids
from importer.odoo.sandbox.converting import RecordConverter
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.headers import RawRecord, Row, Shape, Span, check_header, path_of
from importer.odoo.sandbox.names import is_active
from importer.odoo.sandbox.references import SkipRecord
from importer.odoo.sandbox.refusals import (
    DatabaseRefusal,
    PythonFault,
    Refusal,
    SerializationConflict,
    UserRefusal,
)
from importer.odoo.sandbox.upserting import Item, upsert

Message = dict[str, Any]
ERRORS_BEFORE_CUT_OFF = 10
CUT_OFF = (
    "Found more than 10 errors and more than one error per 10 records: the other rows were not"
    " tried."
)


def load(env: Env, model: str, fields: Sequence[str], data: Sequence[Row]) -> dict[str, Any]:
    """``{"ids": [...] or False, "messages": [...], "nextrow": n}``."""
    module = str(env.context.get("module") or external_ids.IMPORT_MODULE)
    paths = [path_of(name) for name in fields]
    check_header(env, model, paths)
    loader = Loader(env.with_context(_import_current_module=module), model, module)
    return loader.run(Shape(env, model, paths), data)


def names_in(env: Env, fields: Sequence[str], data: Sequence[Row]) -> list[str]:
    """The external ids a load means to create or update, its own and its lines'."""
    module = str(env.context.get("module") or external_ids.IMPORT_MODULE)
    columns = [i for i, name in enumerate(fields) if name == "id"]
    return [
        external_ids.full_name(str(row[i]), module)
        for i in columns
        for row in data
        if i < len(row) and row[i]
    ]


def conflict_answer(data: Sequence[Row]) -> dict[str, Any]:
    """What ``load`` says while another call writes the same external ids."""
    text = SerializationConflict().message
    messages: list[Message] = [
        {"rows": {"from": i, "to": i}, "record": i, "type": "error", "message": text}
        for i in range(min(len(data), ERRORS_BEFORE_CUT_OFF))
    ]
    if len(messages) == ERRORS_BEFORE_CUT_OFF:
        messages.append({"type": "warning", "message": CUT_OFF})
    return {"ids": False, "messages": messages, "nextrow": 0}


@dataclass
class _Row:
    """One record waiting to be written, and what messages about it begin with."""

    item: Item
    info: Message


class Loader:
    """One call of ``load``."""

    def __init__(self, env: Env, model: str, module: str) -> None:
        self._env = env
        self._model = model
        self._module = module
        self._start = env.store.savepoint()
        self._waiting: list[_Row] = []
        self._names: set[str] = set()
        self._ids: list[int] = []
        self.messages: list[Message] = []

    def run(self, shape: Shape, data: Sequence[Row]) -> dict[str, Any]:
        limit = self._env.context.get("_import_limit")
        if self._env.is_null:
            return self._numbers_only(shape, data, limit)
        converter = RecordConverter(self._env, self._model, self.flush)
        last = -1
        for number, (record, span) in enumerate(shape.records(data, limit)):
            self._take(converter, record, {**span, "record": number})
            last = span["rows"]["to"]
        self.flush()
        if any(message["type"] == "error" for message in self.messages):
            self._env.store.rollback(self._start)
            return {"ids": False, "messages": self.messages, "nextrow": 0}
        following = last + 1 if limit and last + 1 >= limit else 0
        return {"ids": self._ids, "messages": self.messages, "nextrow": following}

    def _numbers_only(self, shape: Shape, data: Sequence[Row], limit: int | None) -> dict[str, Any]:
        """Mode null: ids and nothing else."""
        table = self._env.table(self._model)
        ids = [table.next_id() for _ in shape.records(data, limit)]
        return {"ids": ids, "messages": [], "nextrow": 0}

    # -- conversion ---------------------------------------------------------------------------

    def _take(self, converter: RecordConverter, record: RawRecord, info: Any) -> None:
        def report(name: str, kind: str, message: str, extra: dict[str, Any]) -> None:
            said = {"type": kind, "field": name, "message": message}
            self.messages.append({**info, **said, **extra})

        name = record.get("id") or ""
        database_id = self._database_id(record, info)
        try:
            values = converter.convert(record, report)
        except SkipRecord:
            return
        if name:
            name = external_ids.full_name(str(name), self._module)
            self._names.add(name)
            database_id = None
        self._waiting.append(_Row(Item(name, database_id, values), info))

    def _database_id(self, record: RawRecord, info: Span) -> int | None:
        """The ``.id`` cell; archived records are unknown unless the context looks for them."""
        cell = record.get(".id")
        if not cell:
            return None
        try:
            record_id = int(cell)
        except ValueError as error:
            raise PythonFault(
                "psycopg2.errors.InvalidTextRepresentation",
                f'invalid input syntax for type integer: "{cell}"\n',
            ) from error
        if self._is_seen(record_id):
            return record_id
        said = {"type": "error", "field": ".id"}
        self.messages.append({**info, **said, "message": f"Unknown database identifier '{cell}'"})
        return None

    def _is_seen(self, record_id: int) -> bool:
        env, model = self._env, self._model
        if record_id not in env.table(model).rows:
            return False
        return (
            not env.facts(model).has_active or env.sees_archived or is_active(env, model, record_id)
        )

    # -- writing ------------------------------------------------------------------------------

    def flush(self, *, name: str = "", model: str = "") -> None:
        """Writes the rows waiting; for a name or a model, only when it concerns them."""
        if not self._waiting or (name and name not in self._names):
            return
        if model and model != self._model:
            return
        rows, self._waiting = self._waiting, []
        self._names = set()
        savepoint = self._env.store.savepoint()
        accused: Message | None = None
        try:
            self._ids += upsert(self._env, self._model, [row.item for row in rows])
            return
        except Refusal as refusal:
            self._env.store.rollback(savepoint)
            if isinstance(refusal, UserRefusal) and self._env.version >= 17:
                accused = {**rows[0].info, "type": "error", "message": refusal.message}
        failed = self._one_by_one(rows)
        if failed and accused is not None and accused not in self.messages:
            self.messages.insert(0, accused)

    def _one_by_one(self, rows: list[_Row]) -> int:
        """Tries each row alone; answers the number of errors. Version 19 goes back to the start
        of the call after an error, 15 and 17 only to before the row."""
        store, errors = self._env.store, 0
        for tried, row in enumerate(rows, 1):
            savepoint = store.savepoint()
            try:
                self._ids += upsert(self._env, self._model, [row.item])
            except Refusal as refusal:
                store.rollback(self._start if self._env.version >= 19 else savepoint)
                self.messages.append(_row_message(self._model, row.info, refusal))
                errors += 1
            if errors >= ERRORS_BEFORE_CUT_OFF and errors >= tried / 10:
                self.messages.append({"type": "warning", "message": CUT_OFF})
                break
        return errors


def _row_message(model: str, info: Message, refusal: Refusal) -> Message:
    said: Message = {**info, "type": "error", "message": refusal.message}
    if isinstance(refusal, DatabaseRefusal):
        said["message"] = refusal.row_text
        if refusal.field and refusal.model == model:
            said["field"] = refusal.field
    elif isinstance(refusal, PythonFault):
        said["message"] = (
            f"Unknown error during import: <class '{refusal.kind}'>: {refusal.message}"
        )
        said["moreinfo"] = "Look at the other errors first"
    return said
