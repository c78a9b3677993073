"""Clients come in by token or by session; nobody else sees anything."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from importer.models import Project
from tests.api.conftest import Api, messages

PASSWORD = "a long password"


def test_a_password_is_exchanged_for_a_token_that_works_until_logout(
    project: Project, make_member: Callable[..., Any]
) -> None:
    user = make_member("viewer", project=project)
    client = APIClient()
    answer = client.post("/api/auth/token", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 200
    client.credentials(HTTP_AUTHORIZATION=f"Token {answer.json()['token']}")
    assert client.get("/api/projects").json()["results"][0]["name"] == project.name
    assert client.post("/api/auth/logout").status_code == 204
    assert client.get("/api/projects").status_code == 401


@pytest.mark.parametrize("body", [{"username": "nobody", "password": "x"}, {"username": "a"}, []])
def test_wrong_credentials_give_no_token(db: None, body: Any) -> None:
    answer = APIClient().post("/api/auth/token", body, format="json")
    assert answer.status_code == (401 if len(body) == 2 else 400)
    assert messages(answer)


@pytest.mark.parametrize("token", ["", "a b", "deadbeef", "\xff\xfe", "a\0b", "zz" * 4000])
def test_what_is_no_token_of_ours_is_no_login(db: None, token: str) -> None:
    client = APIClient(HTTP_AUTHORIZATION=f"Token {token}")
    for answer in (client.get("/api/runs"), client.post("/api/auth/logout")):
        assert answer.status_code == 401
        assert messages(answer)


def test_a_session_of_the_admin_is_a_login_too(
    project: Project, make_member: Callable[..., Any]
) -> None:
    user = make_member("viewer", project=project)
    client = Client()
    client.force_login(user)
    assert client.get("/api/runs").status_code == 200


def test_a_session_needs_its_csrf_token_to_change_anything(
    project: Project, make_member: Callable[..., Any]
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_member("operator", project=project))
    answer = client.post("/api/graphs", "{}", content_type="application/json")
    assert answer.status_code == 403
    assert "CSRF" in messages(answer)[0]


@pytest.mark.parametrize(
    "path", ["projects", "connections", "datasets", "entities", "mappings", "value-maps", "jobs",
             "graphs", "runs"],
)  # fmt: skip
def test_who_is_not_logged_in_sees_nothing(db: None, path: str) -> None:
    answer = APIClient().get(f"/api/{path}")
    assert answer.status_code == 401
    assert messages(answer)


def test_a_user_who_was_switched_off_is_out(api: Api, project: Project) -> None:
    client = api("admin")
    assert client.get("/api/runs").status_code == 200
    project.memberships.get().user.__class__.objects.update(is_active=False)
    assert client.get("/api/runs").status_code == 401
