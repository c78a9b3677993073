"""A database that is no longer the one it was waits for a person."""

from collections.abc import Callable, Iterator

import pytest

from importer.choices import ConnectionState, KeyMapOrigin, KeyMapState, LoadState
from importer.connections import (
    check_fingerprint,
    confirm_fingerprint,
    open_client,
    refresh_schema,
    test_connection,
)
from importer.errors import NotAllowed, Refused
from importer.models import Connection, Entity, KeyMap, Load, OdooModel, Project, User
from importer.odoo.protocols import OdooClient
from tests.connections.conftest import AddConnection

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(add: AddConnection, admin: User) -> Connection:
    connection = add()
    assert test_connection(connection, by=admin).ok
    connection.refresh_from_db()
    return connection


@pytest.fixture
def client(connection: Connection) -> Iterator[OdooClient]:
    client = open_client(connection)
    yield client
    client.close()


@pytest.fixture
def changed(connection: Connection) -> Connection:
    """Known under another fingerprint than the server has now."""
    connection.fingerprint = "uuid:the-former-one"
    connection.save()
    return connection


@pytest.fixture
def entity(project: Project) -> Entity:
    return Entity.objects.create(project=project, name="customer", odoo_model="res.partner")


@pytest.fixture
def known(connection: Connection, entity: Entity, project: Project) -> KeyMap:
    return KeyMap.objects.create(
        project=project, connection=connection, entity=entity, key_hash=b"k" * 16,
        source_key='["A"]', odoo_model="res.partner", odoo_id=7, origin=KeyMapOrigin.CREATED,
    )  # fmt: skip


def test_the_same_database_passes(connection: Connection, client: OdooClient) -> None:
    check_fingerprint(connection, client)
    assert connection.state == ConnectionState.READY


def test_the_first_fingerprint_seen_is_kept(add: AddConnection) -> None:
    connection = add()
    client = open_client(connection)
    check_fingerprint(connection, client)
    client.close()
    connection.refresh_from_db()
    assert connection.fingerprint


def test_another_database_is_refused_and_remembered(
    changed: Connection, client: OdooClient
) -> None:
    with pytest.raises(Refused, match="“Main” no longer leads to the database it led to"):
        check_fingerprint(changed, client)
    changed.refresh_from_db()
    assert (changed.state, changed.fingerprint) == (ConnectionState.CHANGED, "uuid:the-former-one")
    assert changed.fingerprint_seen


def test_a_test_says_that_the_database_changed(changed: Connection, admin: User) -> None:
    report = test_connection(changed, by=admin)
    assert not report.ok
    changed.refresh_from_db()
    assert changed.state == ConnectionState.CHANGED


def test_the_former_database_put_back_needs_no_decision(
    changed: Connection, client: OdooClient, admin: User
) -> None:
    with pytest.raises(Refused):
        check_fingerprint(changed, client)
    changed.fingerprint = changed.fingerprint_seen
    check_fingerprint(changed, client)
    assert (changed.state, changed.fingerprint_seen) == (ConnectionState.READY, "")


def test_restored_keeps_what_was_loaded(
    changed: Connection, client: OdooClient, admin: User, known: KeyMap
) -> None:
    with pytest.raises(Refused):
        check_fingerprint(changed, client)
    seen = changed.fingerprint_seen
    confirm_fingerprint(changed, by=admin, decision="restored")
    changed.refresh_from_db()
    assert (changed.fingerprint, changed.state) == (seen, ConnectionState.UNTESTED)
    check_fingerprint(changed, client)
    known.refresh_from_db()
    assert known.state == KeyMapState.LIVE


def test_another_database_forgets_what_was_loaded(
    changed: Connection, client: OdooClient, admin: User, known: KeyMap
) -> None:
    refresh_schema(changed, ["res.partner"])
    with pytest.raises(Refused):
        check_fingerprint(changed, client)
    confirm_fingerprint(changed, by=admin, decision="other_database")
    known.refresh_from_db()
    assert known.state == KeyMapState.GONE
    assert not OdooModel.objects.filter(connection=changed).exists()
    check_fingerprint(changed, client)


def test_nothing_is_forgotten_while_a_run_is_at_work(
    changed: Connection, client: OdooClient, admin: User, known: KeyMap, entity: Entity
) -> None:
    Load.objects.create(
        project=changed.project, connection=changed, entity=entity, odoo_model="res.partner",
        kind="load", state=LoadState.SENDING,
    )  # fmt: skip
    with pytest.raises(Refused):
        check_fingerprint(changed, client)
    with pytest.raises(Refused, match="A run is still at work on “Main”"):
        confirm_fingerprint(changed, by=admin, decision="other_database")
    changed.refresh_from_db()
    known.refresh_from_db()
    assert (changed.state, known.state) == (ConnectionState.CHANGED, KeyMapState.LIVE)


def test_there_must_be_something_to_confirm(connection: Connection, admin: User) -> None:
    with pytest.raises(Refused, match="has not changed; nothing to confirm"):
        confirm_fingerprint(connection, by=admin, decision="restored")


def test_only_an_admin_confirms(
    changed: Connection, client: OdooClient, make_member: Callable[..., User], project: Project
) -> None:
    with pytest.raises(Refused):
        check_fingerprint(changed, client)
    with pytest.raises(NotAllowed):
        confirm_fingerprint(
            changed, by=make_member("operator", project=project), decision="restored"
        )
