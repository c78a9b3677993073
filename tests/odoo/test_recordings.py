"""Recorded answers of real servers (Odoo 15, 17 and 19) are sorted and shaped as they should be."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from importer.odoo.client import Client
from importer.odoo.errors import (
    AccessRefused,
    DataRefused,
    InDoubt,
    KeyRefused,
    OdooError,
    ProxyRefused,
    ServerBug,
    TooLarge,
    Transient,
    Unsupported,
    WrongAddress,
)
from tests.odoo.clients import known_client
from tests.odoo.recordings import VARIABLE, Recorded, files, recorded_in
from tests.odoo.scripted import Request, http, serving

if not files():
    pytest.skip(f"{VARIABLE} names no folder with <version>/calls/*.json", allow_module_level=True)

BY_NAME: dict[str, type[OdooError]] = {
    "odoo.exceptions.AccessDenied": KeyRefused,
    "odoo.exceptions.AccessError": AccessRefused,
    "odoo.exceptions.MissingError": DataRefused,
    "odoo.exceptions.RedirectWarning": DataRefused,
    "odoo.exceptions.UserError": DataRefused,
    "odoo.exceptions.ValidationError": DataRefused,
    "psycopg2.errors.SerializationFailure": Transient,
    "psycopg2.OperationalError": WrongAddress,
    "werkzeug.exceptions.BadRequest": ServerBug,
    "werkzeug.exceptions.NotFound": Unsupported,
    "werkzeug.exceptions.RequestEntityTooLarge": TooLarge,
    "werkzeug.exceptions.Unauthorized": KeyRefused,
    "werkzeug.exceptions.UnprocessableEntity": ServerBug,
}
BY_STATUS: dict[int, type[OdooError]] = {
    400: ProxyRefused,
    404: WrongAddress,
    415: ProxyRefused,
}
LACKS = ("Object no", "The method '")


def expected_kind(recorded: Recorded) -> type[OdooError] | None:
    if recorded.error is None:
        return BY_STATUS[recorded.status] if recorded.status >= 400 else None
    name, message = recorded.error
    if message.startswith(LACKS):
        return Unsupported
    if name in BY_NAME:
        return BY_NAME[name]
    assert name.startswith(("builtins.", "psycopg2.errors.")), f"a new kind of error: {name}"
    return ServerBug


@pytest.mark.parametrize("path", files(), ids=lambda p: f"{p.parent.parent.name}-{p.stem}")
def test_recorded_answers_are_understood(path: Path) -> None:
    calls = list(recorded_in(path))
    waiting = iter(calls)

    def script(connection: socket.socket, request: Request) -> None:
        call = next(waiting)
        connection.sendall(http(call.status, call.body, call.content_type))

    with serving(script) as server:
        problems = [p for call in calls for p in _problems(server.url, call)]
    assert not problems


def test_the_recordings_are_worth_replaying() -> None:
    calls = [call for path in files() for call in recorded_in(path)]
    assert sum(call.is_load for call in calls) > 100
    assert {call.error[0] for call in calls if call.error} >= set(BY_NAME)


def _problems(url: str, call: Recorded) -> Iterator[str]:
    with known_client(url, call.protocol) as client:
        try:
            if call.is_load and call.error is None:
                yield from _load_problems(client, call)
            else:
                got = client.call("any.model", "any_method")
                if expected_kind(call):
                    yield f"{call.name}: no error, but {got!r}"
                elif got != call.result:
                    yield f"{call.name}: {got!r} is not {call.result!r}"
        except OdooError as error:
            yield from _error_problems(call, error)


def _error_problems(call: Recorded, error: OdooError) -> Iterator[str]:
    kind = expected_kind(call)
    if type(error) is not kind:
        yield f"{call.name}: {type(error).__name__} ({error}), expected {kind}"
    if call.error and error.name != call.error[0]:
        yield f"{call.name}: lost the name {call.error[0]}"
    if not str(error) or "Traceback" in str(error):
        yield f"{call.name}: no sentence for a user: {error}"
    if isinstance(error, InDoubt):
        yield f"{call.name}: in doubt although the answer is complete"


def _load_problems(client: Client, call: Recorded) -> Iterator[str]:
    """Any row stands for the rows once sent: what counts is the answer."""
    said = call.result
    texts = [message["message"] for message in said["messages"]]
    is_conflict = said["ids"] is False and any("could not serialize" in text for text in texts)
    try:
        answer = client.update("any.model", ["id"], [["a.b"]])
    except Transient:
        if not is_conflict:
            yield f"{call.name}: transient without a conflict: {texts}"
        return
    if is_conflict:
        yield f"{call.name}: a conflict that is not transient"
    if (answer.ids is None) != (said["ids"] is False) or list(answer.ids or ()) != (
        said["ids"] or []
    ):
        yield f"{call.name}: ids {answer.ids}, said {said['ids']}"
    if [message.text for message in answer.messages] != texts:
        yield f"{call.name}: messages differ"
    if answer.ids is None and not any(message.is_error for message in answer.messages):
        yield f"{call.name}: nothing kept, and no error says why"
    for ours, theirs in zip(answer.messages, said["messages"], strict=True):
        rows = theirs.get("rows") or {}
        if (ours.first_row, ours.last_row) != (rows.get("from"), rows.get("to")):
            yield f"{call.name}: rows {ours.first_row}..{ours.last_row}, said {rows}"
