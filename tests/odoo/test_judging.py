"""Which kind of error each thing a server may say becomes. Pure: no network."""

import pytest

from importer.odoo.errors import (
    AccessRefused,
    DataRefused,
    InDoubt,
    KeyRefused,
    OdooError,
    ServerBug,
    Transient,
    Unreachable,
    Unsupported,
    WrongAddress,
)
from importer.odoo.judging import foreign_answer, load_answer, odoo_error, transient_in
from importer.odoo.protocols import LoadAnswer
from importer.odoo.transport import HttpAnswer


@pytest.mark.parametrize(
    ("name", "message", "kind"),
    [
        ("odoo.exceptions.ValidationError", "Contacts require a name", DataRefused),
        ("odoo.exceptions.MissingError", "Record does not exist", DataRefused),
        ("odoo.exceptions.AccessError", "You are not allowed", AccessRefused),
        ("odoo.exceptions.AccessDenied", "Access Denied", KeyRefused),
        ("odoo.exceptions.LockError", "Locked by another", Transient),
        ("psycopg2.errors.SerializationFailure", "could not serialize access", Transient),
        ("psycopg2.errors.DeadlockDetected", "deadlock detected", Transient),
        ("psycopg2.errors.LockNotAvailable", "could not obtain lock on row", Transient),
        ("psycopg2.extensions.TransactionRollbackError", "could not serialize", Transient),
        ("psycopg2.pool.PoolError", "The Connection Pool Is Full", Transient),
        ("psycopg2.errors.InvalidTextRepresentation", "invalid input syntax", ServerBug),
        ("psycopg2.OperationalError", 'FATAL:  database "x" does not exist', WrongAddress),
        ("psycopg2.OperationalError", "connection failed: FATAL:  too many", Unreachable),
        ("psycopg2.OperationalError", "server closed the connection unexpectedly", InDoubt),
        ("psycopg2.InterfaceError", "connection already closed", InDoubt),
        ("odoo.exceptions.UserError", "Object no.such doesn't exist", Unsupported),
        ("odoo.exceptions.UserError", "The Object no.such doesn't exist", DataRefused),
        ("builtins.AttributeError", "The method 'a.b' does not exist", Unsupported),
        ("builtins.AttributeError", "'bool' object has no attribute 'lower'", ServerBug),
        ("werkzeug.exceptions.NotFound", "the model 'x' does not exist", Unsupported),
        ("builtins.KeyError", "nosuch", ServerBug),
        ("", "no name at all", ServerBug),
    ],
)
def test_an_exception_is_sorted_by_its_name(name: str, message: str, kind: type[OdooError]) -> None:
    error = odoo_error(name, message)
    assert type(error) is kind
    assert error.name == name
    assert str(error)


def test_an_add_ons_own_user_error_is_known_by_its_status() -> None:
    name = "odoo.addons.stock.models.exceptions.NotEnough"
    assert type(odoo_error(name, "Not enough", status=422)) is DataRefused
    assert type(odoo_error(name, "Not enough", status=500)) is ServerBug


def test_a_redirect_warning_says_its_first_argument_only() -> None:
    error = odoo_error("odoo.exceptions.RedirectWarning", "Archive it\n{'type': 1}", ["Archive it"])
    assert str(error) == "Archive it"


def test_a_bug_is_told_in_one_line() -> None:
    trace = "Traceback (most recent call last):\n  File a.py\nValueError: Invalid field 'x'\n"
    assert str(odoo_error("builtins.ValueError", trace)).endswith("ValueError: Invalid field 'x'")
    quoted = 'invalid input syntax for integer: "FR"\nLINE 1: ... secret values ...\n     ^'
    said = str(odoo_error("psycopg2.errors.InvalidTextRepresentation", quoted))
    assert "secret values" not in said
    assert said.endswith('invalid input syntax for integer: "FR"')


def test_the_minute_after_too_many_failures_is_named() -> None:
    error = odoo_error("odoo.exceptions.AccessDenied", "Too many login failures, please wait")
    assert "a minute" in str(error)


def failed_load(text: str, **more: object) -> LoadAnswer:
    message = {"rows": {"from": 0, "to": 0}, "type": "error", "message": text, **more}
    return load_answer({"ids": False, "messages": [message], "nextrow": 0})


@pytest.mark.parametrize(
    "text",
    [
        "could not serialize access due to concurrent update\n",
        "deadlock detected\nDETAIL: Process 1 waits",
        "'could not obtain lock on row in relation \"res_partner\"'",
        "Unknown error during import: <class 'x'>: could not serialize access",
    ],
)
def test_a_conflict_makes_the_whole_load_transient(text: str) -> None:
    assert transient_in(failed_load(text))


def test_a_cell_that_quotes_a_conflict_is_no_conflict() -> None:
    text = "'deadlock detected' does not seem to be an integer for field 'Color Index'"
    assert not transient_in(failed_load("No number: " + text, field="color"))


def test_a_warning_or_a_kept_load_is_never_transient() -> None:
    assert not transient_in(failed_load("deadlock detected", type="warning"))
    message = {"type": "error", "message": "deadlock detected"}
    assert not transient_in(load_answer({"ids": [1], "messages": [message]}))


def test_an_empty_list_of_ids_is_a_success() -> None:
    assert load_answer({"ids": [], "messages": []}) == LoadAnswer(ids=(), messages=())


def test_a_message_without_rows_is_kept_without_rows() -> None:
    said = {"type": "warning", "message": "Found more than 10 errors"}
    (message,) = load_answer({"ids": False, "messages": [said], "nextrow": 0}).messages
    assert (message.first_row, message.last_row, message.field) == (None, None, None)
    assert not message.is_error


@pytest.mark.parametrize(
    "said",
    [
        None,
        True,
        [],
        {},
        {"ids": [1]},
        {"ids": ["1"], "messages": []},
        {"ids": None, "messages": []},
    ],
)
def test_an_unknown_shape_of_load_is_in_doubt(said: object) -> None:
    with pytest.raises(InDoubt):
        load_answer(said)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 422, 429])
def test_a_page_of_the_400s_is_definite(status: int) -> None:
    assert not isinstance(foreign_answer(HttpAnswer(status, "text/html", b"")), InDoubt)


@pytest.mark.parametrize("status", [200, 204, 408, 500, 502, 503, 504, 520, 524])
def test_a_page_of_any_other_status_is_in_doubt(status: int) -> None:
    assert isinstance(foreign_answer(HttpAnswer(status, "text/html", b"")), InDoubt)
