"""Once a database answers like another one, nothing but a person's word ends the wait, and that
word reaches no other connection."""

import pytest

from importer.choices import ConnectionState, KeyMapOrigin, KeyMapState
from importer.connections import change_connection, confirm_fingerprint, test_connection
from importer.models import Connection, Entity, KeyMap, Project, User
from tests.connections.conftest import AddConnection

pytestmark = pytest.mark.django_db


@pytest.fixture
def changed(add: AddConnection, admin: User) -> Connection:
    connection = add()
    assert test_connection(connection, by=admin).ok
    Connection.objects.filter(pk=connection.pk).update(fingerprint="uuid:the-former-one")
    connection.refresh_from_db()
    assert not test_connection(connection, by=admin).ok
    assert connection.state == ConnectionState.CHANGED
    return connection


def test_another_address_is_no_decision(changed: Connection, admin: User) -> None:
    change_connection(changed, by=admin, url="http://127.0.0.1:1")
    changed.refresh_from_db()
    assert changed.state == ConnectionState.CHANGED


def test_a_test_that_fails_is_no_decision(changed: Connection, admin: User) -> None:
    Connection.objects.filter(pk=changed.pk).update(url="http://127.0.0.1:1", version="")
    changed.refresh_from_db()
    assert not test_connection(changed, by=admin).ok
    changed.refresh_from_db()
    assert changed.state == ConnectionState.CHANGED


def test_what_another_connection_has_loaded_stays_known(
    changed: Connection, add: AddConnection, admin: User, project: Project
) -> None:
    entity = Entity.objects.create(project=project, name="customer", odoo_model="res.partner")
    for connection in (changed, add(name="Other", database="elsewhere")):
        KeyMap.objects.create(
            project=project,
            connection=connection,
            entity=entity,
            key_hash=b"k" * 16,
            source_key='["A"]',
            odoo_model="res.partner",
            odoo_id=7,
            origin=KeyMapOrigin.CREATED,
        )
    confirm_fingerprint(changed, by=admin, decision="other_database")
    states = dict(KeyMap.objects.values_list("connection__name", "state"))
    assert states == {"Main": KeyMapState.GONE, "Other": KeyMapState.LIVE}
