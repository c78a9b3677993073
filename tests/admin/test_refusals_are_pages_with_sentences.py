"""No bare error page: what may not be seen, is not there or is out of date is said in a sentence,
and a page that refreshes itself does not go on when its session is over."""

import pytest
from django.test import Client

from graphs.runs import start_run
from tests.admin.conftest import Visit
from tests.api.conftest import Harbour

HTMX = {"HX-Request": "true"}


def test_what_a_role_may_not_do_is_said_with_whom_to_ask(harbour: Harbour, visit: Visit) -> None:
    answer = visit("viewer").get("/admin/importer/connection/add/")
    assert answer.status_code == 403
    assert "one of the project&#x27;s admins" in answer.content.decode()
    assert 'href="/admin/"' in answer.content.decode()


@pytest.mark.parametrize("address", ["/nothing", "/admin/graphs/graph/x/do/y/", "/admin/r/1/1/"])
def test_what_is_not_there_is_said(harbour: Harbour, visit: Visit, address: str) -> None:
    answer = visit().get(address)
    assert answer.status_code == 404
    assert "another project" in answer.content.decode()


def test_a_malformed_address_is_said() -> None:
    answer = Client().get("/admin/?q=%00")
    assert (answer.status_code, "malformed" in answer.content.decode()) == (400, True)


def test_a_form_of_a_former_session_does_nothing_and_says_so(harbour: Harbour) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(harbour.operator)
    answer = client.post("/admin/project/", {"project": harbour.project.pk})
    assert answer.status_code == 403
    assert "out of date" in answer.content.decode()


def test_a_failure_of_ours_shows_no_traceback(
    harbour: Harbour, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphs.admin.runs.live_context", lambda run: 1 / 0)
    client = visit()
    client.raise_request_exception = False
    run = start_run(harbour.graph, by=harbour.operator)
    answer = client.get(f"/admin/graphs/graphrun/{run.pk}/live/")
    assert answer.status_code == 500
    content = answer.content.decode()
    assert "on our side" in content
    assert "ZeroDivision" not in content


def test_a_live_page_leads_to_the_login_when_the_session_is_over(
    harbour: Harbour, visit: Visit
) -> None:
    run = start_run(harbour.graph, by=harbour.operator)
    live = f"/admin/graphs/graphrun/{run.pk}/live/"
    answer = Client().get(live, headers=HTMX)
    assert (answer.status_code, answer["HX-Refresh"]) == (204, "true")
    assert Client().get(live).status_code == 302
    client = visit()
    assert "HX-Refresh" not in client.get(live, headers=HTMX)
    run.node_runs.all().delete()
    run.logs.all().delete()
    run.events.all().delete()
    run.delete()
    assert client.get(live, headers=HTMX)["HX-Refresh"] == "true"
