"""Two people who do the same at the same moment: one is first, the other hears so in a sentence."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from importer.models import Membership, Project
from tests.api.conftest import RECIPE, Api, client_of, messages

pytestmark = pytest.mark.django_db(transaction=True)
TWINS = 4


def at_once(call: Callable[[int], Any], times: int = TWINS) -> list[Any]:
    """The answers of that many calls, which begin together."""
    gate = Barrier(times)

    def one(number: int) -> Any:
        try:
            gate.wait(timeout=20)
            return call(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("graphs", {"name": "Twin", "spec": {}}),
        ("projects", {"name": "Twin"}),
        ("value-maps", {"name": "Twin", "entries": {}}),
        ("mappings", RECIPE["mappings"][0]),
    ],
)
def test_a_name_is_given_once(
    project: Project, make_member: Callable[..., Any], path: str, body: dict[str, Any]
) -> None:
    user = make_member("operator", project=project)
    user.is_staff = True
    user.save()
    clients = [client_of(user) for _ in range(TWINS)]
    for client in clients:
        client.raise_request_exception = False
    answers = at_once(lambda n: clients[n].post(f"/api/{path}", body, format="json"))
    assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400]
    refused = [answer for answer in answers if answer.status_code == 400]
    assert all("already" in messages(answer)[0] for answer in refused)


def test_an_entity_of_two_mappings_is_made_once(api: Api) -> None:
    clients = [api() for _ in range(TWINS)]
    spec = RECIPE["mappings"][0]
    answers = at_once(
        lambda n: clients[n].post("/api/mappings", spec | {"name": f"M{n}"}, format="json")
    )
    assert [answer.status_code for answer in answers] == [201] * TWINS


def test_two_admins_who_remove_each_other_leave_one(
    project: Project, make_member: Callable[..., Any]
) -> None:
    admins = [make_member("admin", project=project) for _ in range(2)]
    clients = [client_of(admin) for admin in admins]
    address = f"/api/projects/{project.pk}/members"
    answers = at_once(lambda n: clients[n].delete(f"{address}/{admins[1 - n].username}"), 2)
    assert sorted(answer.status_code for answer in answers) in ([204, 400], [204, 403], [204, 404])
    assert Membership.objects.filter(project=project, role="admin").count() == 1


def test_the_last_admin_is_not_made_a_viewer(api: Api, project: Project) -> None:
    client = api("admin")
    address = f"/api/projects/{project.pk}/members"
    name = client.get(address).json()[0]["username"]
    answer = client.post(address, {"username": name, "role": "viewer"}, format="json")
    assert (answer.status_code, "last admin" in messages(answer)[0]) == (400, True)
    assert Membership.objects.get(project=project).role == "admin"


def test_who_may_not_edit_members_is_not_told_who_exists(
    api: Api, project: Project, other_project: Project, make_member: Callable[..., Any]
) -> None:
    known = make_member("viewer", project=other_project).username
    for where, who in ((project, api("viewer")), (other_project, api("admin"))):
        address = f"/api/projects/{where.pk}/members"
        said = [
            who.post(address, {"username": name, "role": "viewer"}, format="json").content
            for name in (known, "ghost")
        ]
        assert said[0] == said[1]
