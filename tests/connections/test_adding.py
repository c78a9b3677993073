"""A connection is one per database in a project, and its secret goes in and never comes out."""

from collections.abc import Callable

import pytest

from importer.choices import ConnectionState
from importer.connections import add_connection, change_secret
from importer.errors import NotAllowed, Refused
from importer.models import Connection, ConnectionSecret, Project, User
from importer.secrets import unseal
from tests.connections.conftest import AddConnection

pytestmark = pytest.mark.django_db


def test_a_new_connection_waits_for_its_test(add: AddConnection, odoo: str) -> None:
    connection = add(url=f"{odoo}/web/login?x=1", name="  Main   server ")
    assert (connection.url, connection.name) == (odoo, "Main server")
    assert connection.state == ConnectionState.UNTESTED


def test_the_secret_is_stored_sealed(add: AddConnection) -> None:
    secret = add(secret="a-long-secret").secrets.get()
    assert b"a-long-secret" not in bytes(secret.secret)
    assert unseal(secret.secret) == "a-long-secret"


def test_the_same_database_twice_is_refused_whatever_the_spelling(
    add: AddConnection, odoo: str
) -> None:
    add()
    with pytest.raises(Refused, match="is the connection “Main” of this project already"):
        add(name="Other", url=f"{odoo.upper()}/odoo", login="someone.else")


def test_another_project_may_have_the_same_database(
    add: AddConnection, other_project: Project, make_member: Callable[..., User]
) -> None:
    first = add()
    other = add_connection(
        by=make_member("admin", project=other_project),
        project=other_project,
        name="Main",
        url=first.url,
        database=first.database,
        login="admin",
        secret="admin",
        environment="production",
    )
    assert other.pk != first.pk


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "The name is missing"),
        ({"database": ""}, "The database is missing"),
        ({"login": ""}, "The login is missing"),
        ({"secret": ""}, "The password or API key is missing"),
        ({"url": "odoo.example.com"}, "The url must look like https://odoo.example.com"),
        ({"url": "http://me:pw@host"}, "The url must not hold a login or password"),
        ({"environment": "moon"}, "“moon” is no environment"),
    ],
)
def test_what_is_missing_or_wrong_is_refused(
    add: AddConnection, changes: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        add(**changes)
    assert not Connection.objects.exists()


def test_a_name_is_used_once(add: AddConnection) -> None:
    add()
    with pytest.raises(Refused, match="There is a connection named “Main” already"):
        add(database="other")


@pytest.mark.parametrize("role", ["viewer", "operator", "approver"])
def test_only_an_admin_of_the_project_adds_connections(
    make_member: Callable[..., User], project: Project, role: str
) -> None:
    with pytest.raises(NotAllowed):
        add_connection(
            by=make_member(role, project=project),
            project=project,
            name="x",
            url="http://127.0.0.1:1",
            database="x",
            login="x",
            secret="xxxxxxxx",
            environment="sandbox",
        )


def test_a_changed_secret_replaces_the_former_one(add: AddConnection, admin: User) -> None:
    connection = add()
    Connection.objects.filter(pk=connection.pk).update(state=ConnectionState.READY)
    change_secret(by=admin, connection=connection, login="robot", secret="another-secret")
    secret = ConnectionSecret.objects.get(connection=connection)
    assert (secret.login, unseal(secret.secret), secret.uid) == ("robot", "another-secret", None)
    assert connection.state == ConnectionState.UNTESTED


def test_a_changed_secret_does_not_decide_about_a_changed_database(
    add: AddConnection, admin: User
) -> None:
    connection = add()
    Connection.objects.filter(pk=connection.pk).update(state=ConnectionState.CHANGED)
    change_secret(by=admin, connection=connection, login="robot", secret="another-secret")
    assert connection.state == ConnectionState.CHANGED
