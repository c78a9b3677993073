"""``/jsonrpc`` and ``/web/webclient/version_info``: always HTTP 200, errors in the envelope."""

from collections.abc import Callable
from typing import Any

from importer.odoo.sandbox import logins
from importer.odoo.sandbox.calling import Call, Caller, context_of
from importer.odoo.sandbox.methods import Method
from importer.odoo.sandbox.refusals import (
    AccessRefusal,
    DeniedRefusal,
    MissingRefusal,
    PythonFault,
    Refusal,
    UserRefusal,
)

ALIASES = {"args": "domain", "fields_list": "fields", "values": "vals", "attrs": "attributes"}


def version_info(version: int) -> dict[str, Any]:
    return {
        "server_version": f"{version}.0",
        "server_version_info": [version, 0, 0, "final", 0, ""],
        "server_serie": f"{version}.0",
        "protocol_version": 1,
    }


def envelope(request_id: Any, answer: Any) -> dict[str, Any]:
    """A method that returns nothing answers without ``result``."""
    known = {"jsonrpc": "2.0", "id": request_id}
    return known if answer is None else {**known, "result": answer}


def error_envelope(version: int, request_id: Any, refusal: Refusal) -> dict[str, Any]:
    data = {
        "name": refusal.name,
        "debug": refusal.debug,
        "message": refusal.message,
        "arguments": refusal.arguments,
        "context": {},
    }
    code = 0 if version >= 19 else 200
    error = {"code": code, "message": "Odoo Server Error", "data": data}
    return {"jsonrpc": "2.0", "id": request_id, "error": error}


class JsonRpc:
    """The services ``common``, ``db`` and ``object`` of one database."""

    def __init__(self, caller: Caller, database: str) -> None:
        self._caller = caller
        self._database = database

    def parse(self, params: dict[str, Any]) -> Call | Callable[[], Any]:
        """A call on a model, or a function that answers one of the small services."""
        service, method = params.get("service"), params.get("method")
        args = params.get("args") or []
        if service == "object":
            return self._object(str(method), args)
        if service == "common":
            return lambda: self._common(str(method), args)
        if service == "db":
            return lambda: self._db(str(method), args)
        raise PythonFault("UnboundLocalError", f"There is no service {service!r}.")

    def _common(self, method: str, args: list[Any]) -> Any:
        if method == "version":
            return version_info(self._caller.catalogue.version)
        if method == "about":
            return ["A sandbox", f"{self._caller.catalogue.version}.0"]
        if method not in ("authenticate", "login"):
            raise PythonFault("Exception", f"Method not found: {method}")
        if len(args) < (4 if method == "authenticate" else 3):
            raise PythonFault("TypeError", f"{method}() misses an argument")
        self._require_database(args[0])
        with self._caller.store.lock:
            return logins.authenticate(self._caller.env(1), args[1], args[2]) or False

    def _db(self, method: str, args: list[Any]) -> Any:
        if method == "list":
            return [self._database]
        if method == "db_exist":
            return args[0] == self._database
        raise PythonFault("Exception", f"Method not found: {method}")

    def _require_database(self, name: Any) -> None:
        if name != self._database:
            raise PythonFault(
                "psycopg2.OperationalError",
                f'connection to server failed: FATAL:  database "{name}" does not exist\n',
            )

    def _object(self, method: str, args: list[Any]) -> Call:
        if method not in ("execute_kw", "execute"):
            raise PythonFault("NameError", f"Method not available {method}")
        if len(args) < (6 if method == "execute_kw" else 5):
            raise PythonFault("TypeError", f"{method}() misses arguments")
        database, uid, password, model, name = args[:5]
        self._require_database(database)
        self._require_login(uid, password)
        if method == "execute":
            return self._call(uid, model, name, list(args[5:]), {})
        kwargs = dict(args[6]) if len(args) > 6 and args[6] else {}
        return self._call(uid, model, name, list(args[5]), kwargs)

    def _require_login(self, uid: Any, password: Any) -> None:
        env = self._caller.env(1)
        if not uid or self._caller.faults.take("key_refused", "", ""):
            raise DeniedRefusal
        if uid not in env.table("res.users").rows:
            raise MissingRefusal.of("res.users", uid, uid)
        with self._caller.store.lock:
            is_right = logins.is_password_of(env, uid, password)
        if not is_right:
            raise DeniedRefusal

    def _call(self, uid: int, model: str, name: str, args: list[Any], kwargs: Any) -> Call:
        if model not in self._caller.catalogue:
            raise UserRefusal(f"Object {model} doesn't exist")
        if name.startswith("_"):
            raise AccessRefusal(f"Private methods (such as {name}) cannot be called remotely.")
        method = self._caller.method(model, name)
        if method is None:
            raise PythonFault(
                "AttributeError", f"The method '{name}' does not exist on the model '{model}'"
            )
        context = context_of(kwargs.pop("context", None))
        ids = _take_ids(method, args, kwargs)
        arguments = _by_name(method, name, args, kwargs)
        return Call(uid, model, name, method, ids, arguments, context)


def _take_ids(method: Method, args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
    if not method.takes_ids:
        return []
    if "ids" in kwargs:
        raw = kwargs.pop("ids")
    elif args:
        raw = args.pop(0)
    else:
        raise PythonFault("IndexError", "tuple index out of range")
    return list(raw) if isinstance(raw, list | tuple) else [raw]


def _by_name(method: Method, name: str, args: list[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    names = method.names
    if len(args) > len(names):
        raise PythonFault("TypeError", f"{name}() takes fewer arguments than were given")
    arguments = {**dict(zip(names, args, strict=False)), **kwargs}
    arguments = {k if k in names else ALIASES.get(k, k): v for k, v in arguments.items()}
    missing = [n for n in method.mandatory if n not in arguments]
    if missing:
        raise PythonFault(
            "TypeError", f"{name}() missing 1 required positional argument: '{missing[0]}'"
        )
    unknown = [n for n in arguments if n not in names]
    if unknown:
        raise PythonFault(
            "TypeError", f"{name}() got an unexpected keyword argument '{unknown[0]}'"
        )
    return arguments
