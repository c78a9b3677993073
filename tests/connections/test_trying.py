"""Trying a connection gives a plain answer, over real HTTP."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from importer.choices import ConnectionState, JobKind
from importer.connections import open_client, test_connection
from importer.errors import NotAllowed, Refused
from importer.models import Connection, ConnectionSecret, Job, Project, User
from importer.secrets import seal
from tests.connections.conftest import AddConnection

pytestmark = pytest.mark.django_db


def test_a_good_connection_is_ready_and_known(add: AddConnection, admin: User) -> None:
    connection = add()
    report = test_connection(connection, by=admin)
    assert report.ok
    connection.refresh_from_db()
    assert (connection.state, connection.version[:2]) == (ConnectionState.READY, "19")
    assert connection.fingerprint == report.fingerprint != ""
    assert connection.state_message.startswith("Connected to Odoo 19")
    assert connection.tested_at is not None
    assert connection.secrets.get().uid == report.uid


def test_the_first_good_test_has_the_schema_read(add: AddConnection, admin: User) -> None:
    connection = add()
    test_connection(connection, by=admin)
    test_connection(connection, by=admin)
    assert Job.objects.filter(kind=JobKind.REFRESH_SCHEMA, object_id=connection.pk).count() == 1
    Job.objects.all().delete()
    Connection.objects.filter(pk=connection.pk).update(schema_taken_at=timezone.now())
    connection.refresh_from_db()
    test_connection(connection, by=admin)
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"secret": "wrong-secret"}, "KeyRefused"),
        ({"database": "elsewhere"}, "WrongAddress"),
        ({"url": "http://127.0.0.1:1"}, "Unreachable"),
    ],
)
def test_a_bad_connection_says_what_is_wrong(
    add: AddConnection, admin: User, changes: dict[str, str], error: str
) -> None:
    connection = add(**changes)
    report = test_connection(connection, by=admin)
    assert (report.ok, report.error) == (False, error)
    connection.refresh_from_db()
    assert connection.state == ConnectionState.REFUSED
    assert connection.state_message == report.sentence
    assert "wrong-secret" not in connection.state_message


def test_a_neighbour_with_the_same_fingerprint_is_named(add: AddConnection, admin: User) -> None:
    first = add()
    test_connection(first, by=admin)
    second = add(name="By address", url=first.url.replace("127.0.0.1", "localhost"))
    report = test_connection(second, by=admin)
    assert report.ok
    assert "“Main”" in report.notes[-1]


def test_a_client_is_opened_without_a_call_once_the_login_is_known(
    add: AddConnection, admin: User
) -> None:
    connection = add()
    open_client(connection).close()
    secret = ConnectionSecret.objects.get(connection=connection)
    assert secret.uid is not None
    connection.url = "http://127.0.0.1:1"  # a call would fail here
    client = open_client(connection)
    assert client.uid == secret.uid
    client.close()


def test_each_login_is_known_with_the_protocol_it_was_made_by(
    add: AddConnection, admin: User, project: Project
) -> None:
    """On one Odoo 19 an API key speaks JSON-2 and a password JSON-RPC."""
    connection = add()
    key = connection.secrets.get()
    open_client(connection).close()
    key.refresh_from_db()
    assert key.protocol == "json2"
    connection.secrets.update(is_default=False)
    other = ConnectionSecret.objects.create(
        project=project, connection=connection, login="demo", secret=seal("demo"),
        uid=key.uid, protocol="jsonrpc",
    )  # fmt: skip
    assert " by jsonrpc as demo" in repr(open_client(connection))
    connection.secrets.filter(pk=other.pk).update(is_default=False)
    connection.secrets.filter(pk=key.pk).update(is_default=True)
    assert " by json2 as " in repr(open_client(connection))


def test_a_connection_without_login_says_so(add: AddConnection) -> None:
    connection = add()
    connection.secrets.all().delete()
    with pytest.raises(Refused, match="“Main” has no login"):
        open_client(connection)


def test_a_viewer_may_not_try(
    add: AddConnection, make_member: Callable[..., User], project: Project
) -> None:
    with pytest.raises(NotAllowed):
        test_connection(add(), by=make_member("viewer", project=project))
