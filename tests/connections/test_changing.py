"""A connection may get another name or address; what the former address said is forgotten."""

from collections.abc import Callable

import pytest

from importer.choices import ConnectionState
from importer.connections import change_connection, open_client, test_connection
from importer.errors import NotAllowed, Refused
from importer.models import Project, User
from importer.odoo.errors import OdooError
from tests.connections.conftest import AddConnection

pytestmark = pytest.mark.django_db


def test_a_new_name_leaves_the_rest_alone(add: AddConnection, admin: User) -> None:
    connection = add()
    assert test_connection(connection, by=admin).ok
    change_connection(connection, by=admin, name="Shop", streams=4)
    connection.refresh_from_db()
    assert (connection.name, connection.streams) == ("Shop", 4)
    assert connection.state == ConnectionState.READY
    assert connection.secrets.get().uid is not None


def test_another_address_is_logged_in_to_anew(add: AddConnection, admin: User) -> None:
    connection = add()
    assert test_connection(connection, by=admin).ok
    change_connection(connection, by=admin, url="http://127.0.0.1:1/web")
    connection.refresh_from_db()
    assert (connection.url, connection.version) == ("http://127.0.0.1:1", "")
    assert connection.state == ConnectionState.UNTESTED
    assert connection.fingerprint
    with pytest.raises(OdooError):
        open_client(connection)


def test_the_database_of_another_connection_is_refused(add: AddConnection, admin: User) -> None:
    add()
    other = add(name="Other", database="elsewhere")
    with pytest.raises(Refused, match="is the connection “Main” of this project already"):
        change_connection(other, by=admin, database="sandbox")
    other.refresh_from_db()
    assert other.database == "elsewhere"


def test_only_an_admin_changes_it(
    add: AddConnection, make_member: Callable[..., User], project: Project
) -> None:
    with pytest.raises(NotAllowed):
        change_connection(add(), by=make_member("operator", project=project), name="x")
