"""What a person is told when a connection is tried: one plain sentence for each thing that can
be wrong, and what was seen when nothing is."""

from datetime import UTC, datetime
from typing import Any

import pytest

from importer.odoo.probing import ConnectionReport, test_connection as try_connection
from importer.odoo.transport import Transport
from importer.odoo.versions import detect_version
from tests.odoo.routed import Page, Raised, Routes, routed, version_of
from tests.odoo.scripted import Script, answering_html, answering_json, serving

KEY = "0123456789abcdef"
NO_KEY = Raised("werkzeug.exceptions.Unauthorized", "Invalid apikey", 401)
NO_RIGHT = Raised("odoo.exceptions.AccessError", "You are not allowed to read this", 403)
NO_SUCH_DATABASE = Raised(
    "psycopg2.OperationalError", 'connection failed: FATAL:  database "shop" does not exist'
)
USER: dict[str, Any] = {"id": 7, "login": "ann", "name": "Ann", "share": False, "company_ids": [1]}
LOOKING_AROUND: Routes = {
    "res.users.context_get": {"uid": 7, "lang": "en_US"},
    "res.users.read": [USER],
    "res.company.search_read": [{"id": 1, "name": "Ann's"}],
    "res.lang.search_read": [{"id": 1, "code": "en_US", "name": "English"}],
    "res.users.apikeys.search_read": [],
    "ir.config_parameter.search_read": [{"id": 3, "value": "aaaa-bbbb"}],
    "ir.model.data.has_access": True,
    "res.partner.has_access": True,
    "ir.model.data.check_access_rights": True,
    "res.partner.check_access_rights": True,
}


def tried(script: Script, secret: str = KEY) -> ConnectionReport:
    with serving(script) as server:
        return try_connection(server.url, "shop", "ann", secret)


def tried_as(version: str, **routes: Any) -> ConnectionReport:
    return tried(routed({**version_of(version), **LOOKING_AROUND, **routes}))


def test_all_is_well_by_key() -> None:
    report = tried_as("19.0")
    assert report.ok, report.sentence
    assert report.sentence == "Connected to Odoo 19.0 as Ann."
    assert (report.protocol, report.uid, report.fingerprint) == ("json2", 7, "uuid:aaaa-bbbb")
    assert report.companies == ((1, "Ann's"),)
    assert report.languages == (("en_US", "English"),)
    assert report.notes == ()


def test_a_password_on_a_new_server_goes_by_json_rpc() -> None:
    report = tried_as("19.0", **{"res.users.context_get": NO_KEY, "common.authenticate": 7})
    assert report.ok, report.sentence
    assert report.protocol == "jsonrpc"


def test_an_old_server_is_asked_by_json_rpc_only() -> None:
    with serving(
        routed({**version_of("15.0"), **LOOKING_AROUND, "common.authenticate": 7})
    ) as server:
        report = try_connection(server.url, "shop", "ann", KEY)
    assert report.ok, report.sentence
    assert report.protocol == "jsonrpc"
    assert not [request for request in server.requests if request.path.startswith("/json/2")]


@pytest.mark.parametrize(
    ("version", "routes", "error", "words"),
    [
        ("14.0", {}, "Unsupported", "Odoo 14.0; Stowage needs Odoo 15"),
        ("17.0", {"common.authenticate": False}, "KeyRefused", "expired"),
        ("17.0", {"common.authenticate": NO_SUCH_DATABASE}, "WrongAddress", "no database named"),
        ("19.0", {"res.users.context_get": Page(404)}, "WrongAddress", "no database named shop"),
        (
            "19.0",
            {"res.users.context_get": NO_KEY, "common.authenticate": False},
            "KeyRefused",
            "expired",
        ),
        ("22.0", {"res.users.context_get": NO_KEY, "/jsonrpc": Page(404)}, "KeyRefused", "key"),
        ("19.0", {"res.users.read": [{**USER, "login": "bob"}]}, "KeyRefused", "to the login bob"),
        ("19.0", {"res.users.read": [{**USER, "share": True}]}, "AccessRefused", "portal user"),
        ("19.0", {"res.company.search_read": NO_RIGHT}, "AccessRefused", "too few rights"),
    ],
)
def test_what_is_wrong_is_said(version: str, routes: Routes, error: str, words: str) -> None:
    report = tried_as(version, **routes)
    assert not report.ok
    assert report.error == error
    assert words in report.sentence
    assert KEY not in repr(report)


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [
        (answering_html(200), "WrongAddress", "is no Odoo"),
        (answering_html(404), "WrongAddress", "is no Odoo"),
        (answering_json({"version": "1.2"}), "WrongAddress", "is no Odoo"),
        (answering_json(["no", "object"]), "WrongAddress", "is no Odoo"),
        (answering_html(502), "Unreachable", "may be down"),
        (
            routed({"/web/version": Page(301, "https://shop.example.com/web/version")}),
            "WrongAddress",
            "Use that url",
        ),
        (lambda connection, request: None, "Unreachable", "broke off"),
    ],
)
def test_what_is_no_odoo_is_said(script: Script, error: str, words: str) -> None:
    report = tried(script)
    assert (report.ok, report.error) == (False, error)
    assert words in report.sentence


@pytest.mark.parametrize("version", ["15.0", "17.0", "19.0"])
def test_the_version_is_asked_where_every_odoo_answers_without_making_a_page(version: str) -> None:
    with serving(routed(version_of(version))) as server:
        assert detect_version(Transport(server.url)).text == version
    assert [request.path for request in server.requests] == ["/web/webclient/version_info"]


@pytest.mark.parametrize(
    "url", ["odoo.example.com", "ftp://x", "http://", "http://host:port", "https://ann:pw@host/"]
)
def test_a_url_that_cannot_work_is_said_at_once(url: str) -> None:
    report = try_connection(url, "shop", "ann", KEY)
    assert (report.ok, report.error) == (False, "WrongAddress")
    assert "url" in report.sentence


def test_the_page_a_person_copied_is_good_enough() -> None:
    with serving(routed({**version_of("19.0"), **LOOKING_AROUND})) as server:
        assert try_connection(f" {server.url}/odoo/contacts?x#y ", "shop", "ann", KEY).ok


def test_the_end_of_a_key_is_told() -> None:
    keys = [{"id": n, "expiration_date": f"20{n}-03-04 05:06:07"} for n in (20, 98, 99)]
    report = tried_as("19.0", **{"res.users.apikeys.search_read": keys})
    assert report.key_expires_at == datetime(2098, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert report.notes == ("A key of this login expires on 2098-03-04.",)


def test_missing_rights_are_noted_and_the_dates_stand_in_for_the_uuid() -> None:
    record = {**USER, "create_date": "2026-01-02 03:04:05"}
    routes: Routes = {
        "ir.config_parameter.search_read": NO_RIGHT,
        "res.users.read": [record],
        "res.company.read": [record],
        "ir.model.data.has_access": False,
        "res.partner.has_access": False,
    }
    report = tried_as("19.0", **routes)
    assert report.ok, report.sentence
    assert report.fingerprint.startswith("dates:")
    assert len(report.notes) == 2


def test_without_any_trait_there_is_no_fingerprint() -> None:
    routes: Routes = {
        "ir.config_parameter.search_read": NO_RIGHT,
        "res.company.read": NO_RIGHT,
        "res.users.read": [{**USER, "create_date": "2026-01-02 03:04:05"}],
    }
    assert tried_as("19.0", **routes).fingerprint == ""
