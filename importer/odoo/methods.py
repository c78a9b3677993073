"""The one client behind protocols.OdooClient, over either protocol.

Repeats nothing, and has no bare create for users' rows.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

from importer.odoo.errors import InDoubt, OdooError, ServerBug, Transient, Unreachable
from importer.odoo.fields import FIELD_ATTRIBUTES, field_facts
from importer.odoo.judging import load_answer, transient_in
from importer.odoo.protocols import (
    Cells,
    Context,
    Domain,
    FieldFacts,
    LoadAnswer,
    Record,
    ReferenceFound,
    ServerVersion,
    Values,
)
from importer.odoo.transport import DOUBT, Timeouts, Transport

T = TypeVar("T")


class Caller(Protocol):
    """One of the protocols, bound to a database and a login."""

    @property
    def name(self) -> str: ...

    def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        arguments: Mapping[str, Any],
        context: Context | None,
        timeouts: Timeouts | None = None,
    ) -> Any: ...


class Client:
    """One login on one Odoo database; see ``importer.odoo.protocols.OdooClient``."""

    def __init__(
        self,
        transport: Transport,
        caller: Caller,
        *,
        version: ServerVersion,
        login: str,
        uid: int,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._transport = transport
        self._caller = caller
        self._version = version
        self._login = login
        self._uid = uid
        self._timeouts = timeouts

    def __repr__(self) -> str:
        where = self._transport.base_url
        return f"<Odoo {self._version.text} at {where} by {self.protocol} as {self._login}>"

    @property
    def version(self) -> ServerVersion:
        return self._version

    @property
    def uid(self) -> int:
        return self._uid

    @property
    def protocol(self) -> str:
        """ "json2" or "jsonrpc"; with ``version`` and ``uid`` it is what connect_known needs."""
        return self._caller.name

    def close(self) -> None:
        self._transport.close()

    def with_timeouts(self, timeouts: Timeouts) -> "Client":
        """The same login with other limits, for the calls made through the result."""
        return Client(
            self._transport,
            self._caller,
            version=self._version,
            login=self._login,
            uid=self._uid,
            timeouts=timeouts,
        )

    # Reading: nothing is ever in doubt, whatever happens to the connection.

    def fields_get(self, model: str) -> dict[str, FieldFacts]:
        arguments = {"attributes": list(FIELD_ATTRIBUTES)}
        found = shaped(dict, self._read(model, "fields_get", None, arguments))
        return {name: field_facts(name, facts) for name, facts in found.items()}

    def field_labels(self, model: str, lang: str) -> dict[str, str]:
        arguments = {"attributes": ["string"]}
        found = shaped(dict, self._read(model, "fields_get", None, arguments, {"lang": lang}))
        return {name: str(said.get("string") or name) for name, said in found.items()}

    def default_get(self, model: str, fields: Sequence[str]) -> Record:
        return shaped(dict, self._read(model, "default_get", None, {"fields": list(fields)}))

    def search(
        self,
        model: str,
        domain: Domain,
        *,
        order: str = "id",
        limit: int | None = None,
        offset: int = 0,
        context: Context | None = None,
    ) -> list[int]:
        arguments = {
            "domain": list(domain),
            "order": order,
            "limit": limit,
            "offset": offset,
        }
        return shaped(list, self._read(model, "search", None, arguments, context))

    def search_count(self, model: str, domain: Domain, *, context: Context | None = None) -> int:
        arguments = {"domain": list(domain)}
        return shaped(int, self._read(model, "search_count", None, arguments, context))

    def search_read(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        order: str = "id",
        limit: int | None = None,
        offset: int = 0,
        context: Context | None = None,
    ) -> list[Record]:
        arguments = {
            "domain": list(domain),
            "fields": list(fields),
            "order": order,
            "limit": limit,
            "offset": offset,
            "load": "",
        }
        try:
            return shaped(list, self._read(model, "search_read", None, arguments, context))
        except ServerBug as error:
            if not _lacks_argument(error, "load"):
                raise
        # Some models (journal items of 15, project tags) have a search_read of their own.
        ids = self.search(model, domain, order=order, limit=limit, offset=offset, context=context)
        found = {record["id"]: record for record in self.read(model, ids, fields, context=context)}
        return [found[one] for one in ids if one in found]

    def read(
        self,
        model: str,
        ids: Sequence[int],
        fields: Sequence[str],
        *,
        context: Context | None = None,
    ) -> list[Record]:
        if not ids:
            return []
        arguments = {"fields": list(fields), "load": ""}
        return shaped(list, self._read(model, "read", ids, arguments, context))

    def external_ids(self, model: str, ids: Sequence[int]) -> dict[int, str]:
        if not ids:
            return {}
        found = shaped(dict, self._read(model, "get_external_id", ids, {}))
        return {int(key): name for key, name in found.items() if name}

    def find_reference(self, external_id: str) -> ReferenceFound | None:
        module, _, name = external_id.partition(".")
        arguments = {"module": module, "xml_id": name}
        try:
            answer = self._read(
                "ir.model.data",
                "check_object_reference",
                None,
                arguments,
                {"active_test": False},
            )
        except ServerBug as error:
            if error.name != "builtins.ValueError":
                raise
            return None
        model, found = shaped(list, answer)
        return ReferenceFound(model=model, id=found or None)

    def may(self, model: str, operation: str) -> bool:
        if self._version.major >= 18:
            return bool(self._read(model, "has_access", [], {"operation": operation}))
        arguments = {"operation": operation, "raise_exception": False}
        return bool(self._read(model, "check_access_rights", None, arguments))

    # Writing: InDoubt means that the call may have been carried out.

    def insert_if_absent(
        self,
        model: str,
        fields: Sequence[str],
        rows: Sequence[Cells],
        *,
        context: Context | None = None,
    ) -> LoadAnswer:
        if "id" not in fields:
            raise ValueError("insert_if_absent needs the column 'id'")
        create_only = {**(context or {}), "mode": "update", "noupdate": True}
        return self._load(model, fields, rows, create_only)

    def update(
        self,
        model: str,
        fields: Sequence[str],
        rows: Sequence[Cells],
        *,
        context: Context | None = None,
    ) -> LoadAnswer:
        if not {"id", ".id"} & set(fields):
            raise ValueError("update needs the column 'id' or '.id'")
        return self._load(model, fields, rows, context)

    def write(
        self,
        model: str,
        ids: Sequence[int],
        values: Values,
        *,
        context: Context | None = None,
    ) -> None:
        if not ids:
            return
        try:
            self._call(model, "write", ids, {"vals": dict(values)}, context)
        except ServerBug as error:
            if not _lacks_argument(error, "vals"):
                raise
            # JSON-2 passes arguments by name only, and some models call this one otherwise.
            self._call(model, "write", ids, {"values": dict(values)}, context)

    def unlink(self, model: str, ids: Sequence[int], *, context: Context | None = None) -> None:
        if ids:
            self._call(model, "unlink", ids, {}, context)

    def create_record(self, model: str, values: Values) -> int:
        made = self._call(model, "create", None, {"vals_list": [dict(values)]})
        return shaped(int, made[0] if isinstance(made, list) and made else made)

    def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None = None,
        *,
        arguments: Mapping[str, Any] | None = None,
        context: Context | None = None,
    ) -> Any:
        return self._call(model, method, ids, arguments or {}, context)

    def _load(
        self,
        model: str,
        fields: Sequence[str],
        rows: Sequence[Cells],
        context: Context | None,
    ) -> LoadAnswer:
        if not rows:
            return LoadAnswer(ids=(), messages=())
        arguments = {"fields": list(fields), "data": [list(row) for row in rows]}
        answer = load_answer(self._call(model, "load", None, arguments, context))
        if transient_in(answer):
            raise Transient("Another transaction in Odoo was in the way; nothing was kept.")
        return answer

    def _read(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        arguments: Mapping[str, Any],
        context: Context | None = None,
    ) -> Any:
        try:
            return self._call(model, method, ids, arguments, context)
        except InDoubt as error:
            sentence = str(error).removesuffix(DOUBT) + "Nothing was changed; try again later."
            failure: OdooError = Unreachable(sentence, name=error.name, wait=error.wait)
        raise failure

    def _call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        arguments: Mapping[str, Any],
        context: Context | None = None,
    ) -> Any:
        return self._caller.call(model, method, ids, arguments, context, self._timeouts)


def _lacks_argument(error: ServerBug, name: str) -> bool:
    """Whether the method refused an argument of this name before it did anything."""
    return error.name == "builtins.TypeError" and f"unexpected keyword argument '{name}'" in str(
        error
    )


def shaped(kind: type[T], result: Any) -> T:
    """``result`` when it is of that kind; ServerBug otherwise."""
    if not isinstance(result, kind):
        raise ServerBug(f"Odoo answered with {type(result).__name__} in place of {kind.__name__}.")
    return result
