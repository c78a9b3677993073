"""Before a run ends, its earlier loads look once more; a hand that dies meanwhile is replaced."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from graphs import execution, last_look
from graphs.choices import RunStatus
from graphs.dispatching import tick
from graphs.runs import start_run
from importer import loads
from importer.models import Issue, Load, Project
from importer.odoo.client import connect
from importer.odoo.errors import Unreachable
from tests.graphs.harbour import Harbour, harbour
from tests.odoo.sandboxes import DATABASE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
ENDED = (RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS)


@pytest.fixture
def port(project: Project, asked: Any) -> Iterator[Harbour]:
    with harbour(project, only=("companies", "categories")) as made:
        yield made


def looked() -> list[bool]:
    return [loads.has_looked_again(one) for one in Load.objects.order_by("ended_at")]


def test_what_was_edited_after_a_nodes_end_is_named_at_the_runs_end(
    port: Harbour, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = last_look.look_once_more

    def edit_first(run: Any) -> bool:
        time.sleep(1.1)
        model = Load.objects.order_by("ended_at")[0].odoo_model
        other = connect(port.url, DATABASE, "low", "low")
        newest = other.search(model, [], order="id desc", limit=1)
        other.write(model, newest, {"name": "Edited in between"})
        other.close()
        return real(run)

    monkeypatch.setattr(execution, "look_once_more", edit_first)
    run = start_run(port.graph, by=port.admin)
    drain()
    run.refresh_from_db()
    assert run.status in ENDED and run.lease_until is None
    assert looked() == [True, False]
    assert Issue.objects.filter(code="edited_during_run").count() == 1


def test_a_bug_in_the_last_look_does_not_keep_the_run_open_for_ever(
    port: Harbour, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*args: Any, **rest: Any) -> None:
        raise KeyError("write_date")

    monkeypatch.setattr(loads, "look_at_the_end", stumble)
    run = start_run(port.graph, by=port.admin)
    drain()
    run.refresh_from_db()
    assert run.status in ENDED
    assert run.logs.filter(message__contains="an error of Stowage itself (KeyError)").exists()


def test_a_hand_that_dies_in_the_last_look_is_replaced(
    port: Harbour, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """As a killed process: nothing is put in order."""

    def die(*args: Any, **rest: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(loads, "look_at_the_end", die)
        run = start_run(port.graph, by=port.admin)
        with pytest.raises(Killed):
            drain()
    run.refresh_from_db()
    assert (run.status, looked()) == (RunStatus.RUNNING, [False, False])
    until = time.monotonic() + 20
    while run.status == RunStatus.RUNNING:
        assert time.monotonic() < until
        tick(timezone.now())
        drain()
        run.refresh_from_db()
        time.sleep(0.2)
    assert run.status in ENDED and looked() == [True, False]


def test_a_server_that_is_away_at_the_end_is_told_and_ends_nothing_badly(
    port: Harbour, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **rest: Any) -> None:
        raise Unreachable("Nothing listens there.")

    monkeypatch.setattr(loads, "look_at_the_end", away)
    run = start_run(port.graph, by=port.admin)
    drain()
    run.refresh_from_db()
    assert run.status in ENDED
    assert run.logs.filter(message__contains="was not looked at").count() == 1
