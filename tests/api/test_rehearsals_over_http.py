"""A rehearsal over HTTP and on pages, and the certificate that other runs show."""

from collections.abc import Iterator
from typing import Any

import pytest

from graphs.models import Rehearsal
from graphs.runs import start_run
from importer.models import Connection, Project, User
from tests.admin.conftest import Visit, visit
from tests.api.conftest import client_of, messages
from tests.graphs.conftest import asked, drain
from tests.graphs.harbour import Harbour, harbour
from tests.graphs.rehearsed import act

__all__ = ("asked", "drain", "visit")

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


@pytest.fixture
def port(project: Project, asked: Any) -> Iterator[Harbour]:
    with harbour(project, only=("categories",)) as made:
        yield made


def test_a_rehearsal_is_asked_for_followed_and_shown_by_later_runs(
    port: Harbour, drain: Any, visit: Visit
) -> None:
    client = client_of(port.admin)
    url = f"/api/graphs/{port.graph.pk}/rehearse"
    answer = client.post(url)
    assert (answer.status_code, answer.json()["state"]) == (202, "looking")
    run = answer.json()["run"]
    assert client.get(f"/api/runs/{run}/certificate").status_code == 404
    act(drain, Rehearsal.objects.get())
    shown = client.get(f"/api/rehearsals/{answer.json()['id']}").json()
    assert (shown["state"], shown["n_differences"]) == ("passed", 0)
    assert client.get(f"/api/rehearsals?state=passed&graph={port.graph.pk}").json()["count"] == 1
    assert client.get(f"/api/runs/{run}/certificate").json()["id"] == shown["id"]

    Connection.objects.update(environment="production")
    assert "production database" in messages(client.post(url))[0]
    later = start_run(port.graph, by=port.admin)
    staff = visit("viewer")
    User.objects.update(current_project=port.project)
    page = staff.get(f"/admin/graphs/graphrun/{later.pk}/change/").content.decode()
    assert "Rehearsed, nothing differed" in page
    assert shown["id"] in page
    certificate = staff.get(f"/admin/graphs/rehearsal/{shown['id']}/change/").content.decode()
    assert shown["dataset_sha256"] in certificate
    Rehearsal.objects.update(state="failed")
    page = staff.get(f"/admin/graphs/graphrun/{later.pk}/change/").content.decode()
    assert "Not rehearsed with this dataset" in page


def test_the_start_page_rehearses(port: Harbour, visit: Visit) -> None:
    client = visit()
    User.objects.update(current_project=port.project)
    start = f"/admin/graphs/graph/{port.graph.pk}/do/start/"
    assert 'name="rehearse"' in client.get(start).content.decode()
    chosen = {"dataset": port.dataset.pk, "connection": port.connection.pk, "rehearse": "1"}
    answer = client.post(start, chosen)
    rehearsal = Rehearsal.objects.get()
    assert str(rehearsal.run_id) in answer["location"]
    assert str(rehearsal.pk) in client.get(answer["location"]).content.decode()
