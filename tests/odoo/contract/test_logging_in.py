"""What a login shows, and how each wrong part of it is named."""

import pytest

from importer.odoo.client import Client, connect, connect_known
from importer.odoo.errors import KeyRefused, WrongAddress
from importer.odoo.fingerprints import read_fingerprint
from importer.odoo.probing import test_connection as try_connection
from tests.odoo.contract.conftest import OdooServer


def test_a_login_knows_version_protocol_and_user(odoo_server: OdooServer, odoo: Client) -> None:
    assert odoo.version.major >= 15
    assert odoo_server.version in (None, odoo.version.major)
    assert odoo.protocol == "jsonrpc" or odoo.version.major >= 19
    assert odoo.uid > 0
    (user,) = odoo.read("res.users", [odoo.uid], ["login"])
    assert user["login"] == odoo_server.login


def test_a_known_login_needs_no_second_login(odoo_server: OdooServer, odoo: Client) -> None:
    again = connect_known(
        odoo_server.url,
        odoo_server.database,
        odoo_server.login,
        odoo_server.secret,
        version=odoo.version,
        protocol=odoo.protocol,
        uid=odoo.uid,
    )
    assert again.search("res.users", [["id", "=", odoo.uid]]) == [odoo.uid]
    again.close()


def test_a_wrong_secret_is_refused(odoo_server: OdooServer) -> None:
    with pytest.raises(KeyRefused):
        connect(odoo_server.url, odoo_server.database, odoo_server.login, "no-such-secret")


def test_a_wrong_secret_later_is_refused_too(odoo_server: OdooServer, odoo: Client) -> None:
    stale = connect_known(
        odoo_server.url,
        odoo_server.database,
        odoo_server.login,
        "revoked-since",
        version=odoo.version,
        protocol=odoo.protocol,
        uid=odoo.uid,
    )
    with pytest.raises(KeyRefused):
        stale.search("res.users", [])
    stale.close()


def test_a_wrong_database_is_named(odoo_server: OdooServer) -> None:
    with pytest.raises(WrongAddress, match="no database named no_such_db"):
        connect(odoo_server.url, "no_such_db", odoo_server.login, odoo_server.secret)


def test_a_try_of_the_connection_looks_around(odoo_server: OdooServer, odoo: Client) -> None:
    report = try_connection(
        odoo_server.url, odoo_server.database, odoo_server.login, odoo_server.secret
    )
    assert report.ok, report.sentence
    assert report.error == ""
    assert report.version == odoo.version
    assert (report.uid, report.protocol) == (odoo.uid, odoo.protocol)
    assert report.user_name in report.sentence
    assert 1 in dict(report.companies)
    assert "en_US" in dict(report.languages)


def test_the_fingerprint_is_of_a_named_kind_and_stays(odoo: Client) -> None:
    fingerprint = read_fingerprint(odoo)
    assert fingerprint.startswith(("uuid:", "dates:"))
    assert len(fingerprint) > 20
    assert read_fingerprint(odoo) == fingerprint
