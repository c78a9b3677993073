"""``/json/2/<model>/<method>`` of version 19: named arguments, bare answers, real statuses."""

import json
from typing import Any

from importer.odoo.sandbox import logins
from importer.odoo.sandbox.calling import Call, Caller, context_of
from importer.odoo.sandbox.refusals import AccessRefusal, PythonFault, Refusal, WebRefusal

PRIVATE = frozenset({"check_access", "modified", "env"})


def error_body(refusal: Refusal) -> dict[str, Any]:
    return {
        "name": refusal.name,
        "message": refusal.message,
        "arguments": refusal.arguments,
        "context": {},
        "debug": refusal.debug,
    }


def parse_body(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8", "replace") or "{}")
    except ValueError as error:
        raise WebRefusal(400, "BadRequest", f"could not parse the body as json: {error}") from error


def parse(caller: Caller, path: str, authorization: str, body: bytes) -> Call:
    """The call behind a POST; raises the refusal that answers it."""
    parts = path.removeprefix("/json/2").strip("/").split("/")
    if len(parts) != 2:
        raise WebRefusal(404, "NotFound", "Did you mean POST /json/2/<model>/<method>?")
    model, name = parts
    uid = _user(caller, authorization)
    named = parse_body(body)
    if model not in caller.catalogue:
        raise WebRefusal(404, "NotFound", f"the model '{model}' does not exist")
    if name.startswith("_") or name in PRIVATE:
        raise AccessRefusal(
            f"Private methods (such as '{model}.{name}') cannot be called remotely."
        )
    return _call(caller, uid, model, name, dict(named) if isinstance(named, dict) else {})


def _user(caller: Caller, authorization: str) -> int:
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise WebRefusal(
            401, "Unauthorized", "User not authenticated, use an API Key with a Bearer header."
        )
    with caller.store.lock:
        user = logins.user_of_key(caller.env(1), key.strip())
    if user is None or caller.faults.take("key_refused", "", ""):
        raise WebRefusal(401, "Unauthorized", "Invalid apikey")
    return user


def _call(caller: Caller, uid: int, model: str, name: str, named: dict[str, Any]) -> Call:
    method = caller.method(model, name)
    if method is None:
        raise WebRefusal(404, "NotFound", f"The method '{model}.{name}' does not exist")
    context = context_of(named.pop("context", None))
    ids: Any = named.pop("ids", None)
    if ids is not None and not method.takes_ids and name != "check_access_rights":
        raise _unprocessable(f"cannot call {model}.{name} with ids")
    missing = [n for n in method.mandatory if n not in named]
    if missing:
        raise _unprocessable(f"missing a required argument: '{missing[0]}'")
    unknown = [n for n in named if n not in method.names]
    if unknown and name == "search_read":
        raise PythonFault("TypeError", f"got an unexpected keyword argument '{unknown[0]}'")
    if unknown:
        raise _unprocessable(f"got an unexpected keyword argument '{unknown[0]}'")
    if name == "create" and isinstance(named["vals_list"], dict):
        named["vals_list"] = [named["vals_list"]]
    listed = ids if isinstance(ids, list) else [] if ids is None else [ids]
    return Call(uid, model, name, method, listed, named, context)


def _unprocessable(message: str) -> WebRefusal:
    return WebRefusal(422, "UnprocessableEntity", message)
