"""Passwords may be tried a few times only, per user name and per address, at the API and the admin
together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client
from redis.exceptions import ConnectionError as CacheAway
from rest_framework.test import APIClient

from importer import login_limits
from importer.models import Project, User
from tests.api.conftest import messages
from tests.api.test_logging_in import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def limits(valkey: Any, settings: Any) -> None:
    settings.STOWAGE_LOGIN_TRIES = 3
    settings.STOWAGE_LOGIN_TRIES_PER_ADDRESS = 6


@pytest.fixture
def ann(project: Project, make_member: Callable[..., Any]) -> User:
    user: User = make_member("viewer", project=project)
    user.is_staff = True
    user.save()
    return user


@pytest.fixture(autouse=True)
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test begins in one quarter of an hour and ends in the next."""
    monkeypatch.setattr(login_limits, "time", lambda: 1_000_000_100.0)


def ask(name: str, password: str = "wrong", address: str = "192.0.2.1") -> Any:
    body = {"username": name, "password": password}
    return APIClient(REMOTE_ADDR=address).post("/api/auth/token", body, format="json")


def test_a_name_is_shut_for_a_while_even_for_the_right_password(ann: User) -> None:
    name = ann.username
    assert [ask(name).status_code for _ in range(3)] == [401, 401, 401]
    assert ask(f" {name.upper()}", address="192.0.2.3").status_code == 429
    answer = ask(name, PASSWORD, "192.0.2.2")
    assert answer.status_code == 429
    assert "too many tries" in messages(answer)[0]
    assert 0 < int(answer.headers["Retry-After"]) <= login_limits.WINDOW_SECONDS


def test_the_next_quarter_of_an_hour_begins_anew(ann: User, monkeypatch: Any) -> None:
    for _ in range(5):
        last = ask(ann.username)
    later = 1_000_000_100.0 + int(last.headers["Retry-After"])
    monkeypatch.setattr(login_limits, "time", lambda: later)
    assert ask(ann.username, PASSWORD).status_code == 200


def test_an_address_is_shut_whatever_names_it_tries(ann: User) -> None:
    for number in range(6):
        assert ask(f"nobody{number}").status_code == 401
    assert ask(ann.username, PASSWORD).status_code == 429
    assert ask(ann.username, PASSWORD, "192.0.2.2").status_code == 200


def test_one_ipv6_network_is_one_address(ann: User) -> None:
    for number in range(6):
        ask(f"nobody{number}", address=f"2001:db8::{number + 1}")
    assert ask(ann.username, PASSWORD, "2001:db8::ffff").status_code == 429
    assert ask(ann.username, PASSWORD, "2001:db8:0:1::1").status_code == 200


def test_right_passwords_are_not_counted(ann: User) -> None:
    for _ in range(8):
        assert ask(ann.username, PASSWORD).status_code == 200
    ask(ann.username)
    ask(ann.username)
    assert ask(ann.username, PASSWORD).status_code == 200
    assert [ask(ann.username).status_code for _ in range(4)] == [401, 401, 401, 429]


@pytest.mark.django_db(transaction=True)
def test_tries_made_at_once_are_all_counted(ann: User) -> None:
    def one(_: int) -> int:
        try:
            return int(ask(ann.username).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(one, range(6)))
    assert sorted(codes) == [401, 401, 401, 429, 429, 429]


def test_the_admin_counts_with_the_api_and_says_so(ann: User) -> None:
    client = Client(REMOTE_ADDR="192.0.2.1")
    form = {"username": ann.username, "password": "wrong"}
    for _ in range(3):
        client.post("/admin/login/", form)
    shut = client.post("/admin/login/", form | {"password": PASSWORD})
    assert "too many tries to log in" in shut.content.decode()
    assert ask(ann.username, PASSWORD).status_code == 429
    cache.clear()
    fine = client.post("/admin/login/", form | {"password": PASSWORD})
    assert fine.status_code == 302


def test_without_the_cache_people_still_log_in(ann: User, monkeypatch: Any) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise CacheAway("away")

    for name in ("add", "incr", "delete", "decr"):
        monkeypatch.setattr(cache, name, away)
    assert ask(ann.username).status_code == 401
    assert ask(ann.username, PASSWORD).status_code == 200
