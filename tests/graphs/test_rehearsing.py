"""A rehearsal loads, undoes and proves that Odoo is as before; only that gives a certificate."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command

from graphs.choices import RehearsalState, RunStatus
from graphs.management.commands.run_rehearse import sentence_of
from graphs.models import GraphRun, Rehearsal
from graphs.rehearsals import certificate_of, rehearse_run
from graphs.runs import cancel_run, resume_run, start_run
from importer import snapshots
from importer.choices import Environment
from importer.connections import open_client
from importer.errors import Busy, NotAllowed, Refused
from importer.models import Connection, Project
from importer.snapshots import compare_snapshots, take_snapshot
from tests.graphs.building import World
from tests.graphs.harbour import Harbour, harbour
from tests.graphs.rehearsed import act
from tests.graphs.scripted import ScriptedEngine
from tests.graphs.test_rolling_back import loaded

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


@pytest.fixture
def port(project: Project, asked: Any) -> Iterator[Harbour]:
    with harbour(project, only=("categories", "products")) as made:
        yield made


def test_what_passes_is_a_certificate_for_release_and_dataset(port: Harbour, drain: Any) -> None:
    before = port.counts()
    rehearsal = rehearse_run(port.graph, by=port.admin)
    assert rehearsal.run.status == RunStatus.PAUSED
    with pytest.raises(Busy):
        start_run(port.graph, by=port.admin)
    act(drain, rehearsal)
    assert (rehearsal.state, rehearsal.error_message) == (RehearsalState.PASSED, "")
    assert (rehearsal.n_differences, rehearsal.not_looked_at) == (0, [])
    assert port.counts() == before
    assert rehearsal.counts["before"] == rehearsal.counts["after"]
    assert {"product.category", "product.product", "product.template"} <= set(
        rehearsal.counts["after"]
    )
    assert rehearsal.counts["rows"]["created"] > 0
    assert rehearsal.fingerprint == Connection.objects.get().fingerprint != ""
    assert certificate_of(rehearsal.run) == rehearsal
    other = start_run(port.graph, by=port.admin)
    assert certificate_of(other) == rehearsal
    Rehearsal.objects.update(dataset_sha256="0" * 64)
    assert certificate_of(other) is None


def test_a_difference_gives_no_certificate_and_is_named(
    port: Harbour, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from graphs import rehearsals

    client = open_client(port.connection)
    mine = client.create_record("product.category", {"name": "Mine"})
    compare = rehearsals._compare

    def meddled(rehearsal: Rehearsal) -> None:
        if rehearsal.rollback is not None and rehearsal.rollback.is_finished:
            client.write("product.category", [mine], {"name": "Yours"})
        compare(rehearsal)

    monkeypatch.setattr(rehearsals, "_compare", meddled)
    rehearsal = act(drain, rehearse_run(port.graph, by=port.admin))
    client.close()
    assert rehearsal.state == RehearsalState.FAILED
    assert {"model": "product.category", "id": mine, "what": "name", "before": "Mine",
            "after": "Yours"} in rehearsal.differences  # fmt: skip
    assert "Odoo differs from before" in rehearsal.error_message
    assert certificate_of(rehearsal.run) is None


def test_a_snapshot_tells_new_gone_and_changed_records_apart(port: Harbour) -> None:
    client = open_client(port.connection)
    ids = [client.create_record("product.category", {"name": f"C{n}"}) for n in range(3)]
    before = take_snapshot(port.connection, ["product.category"], "before.gz")
    client.write("product.category", [ids[0]], {"name": "D"})
    client.unlink("product.category", [ids[1]])
    new = client.create_record("product.category", {"name": "E"})
    after = take_snapshot(port.connection, ["product.category"], "after.gz")
    client.close()
    found = compare_snapshots(before.stored_as, after.stored_as)
    named = {(one["id"], one["what"]) for one in found.first}
    assert {(ids[0], "name"), (ids[1], "gone"), (new, "new")} <= named
    assert all(one["id"] in (ids[0], ids[1], new) for one in found.first)
    assert compare_snapshots(before.stored_as, before.stored_as).number == 0


def test_what_this_version_of_odoo_does_not_have_hides_nothing(
    port: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As hr.version, which only 19 makes along with an employee."""
    asked = ["product.category"]
    monkeypatch.setattr(snapshots, "_with_companions", lambda models: [*models, "of.another"])
    assert take_snapshot(port.connection, asked, "some.gz").not_looked_at == []
    asked.append("of.another")
    assert len(take_snapshot(port.connection, asked, "more.gz").not_looked_at) == 2


def test_a_run_that_began_before_the_snapshot_is_no_rehearsal(port: Harbour, drain: Any) -> None:
    rehearsal = rehearse_run(port.graph, by=port.admin)
    resume_run(rehearsal.run, by=port.admin)
    act(drain, rehearsal)
    assert rehearsal.state == RehearsalState.FAILED
    assert "before the snapshot" in rehearsal.error_message


def test_the_command_asks_for_a_rehearsal(port: Harbour, drain: Any, capsys: Any) -> None:
    words = ["run_rehearse", port.graph.name, "--user=harbour-master"]
    call_command(*words)
    assert "Taking a snapshot" in capsys.readouterr().out
    rehearsal = act(drain, Rehearsal.objects.get())
    assert "No difference in" in sentence_of(rehearsal)
    call_command(*words, "--json")
    assert json.loads(capsys.readouterr().out)["version_sha256"] == rehearsal.version_sha256


def test_a_cancelled_run_gives_no_certificate(port: Harbour, drain: Any) -> None:
    rehearsal = rehearse_run(port.graph, by=port.admin)
    cancel_run(rehearsal.run, by=port.admin)
    act(drain, rehearsal)
    assert rehearsal.state == RehearsalState.FAILED


def test_a_target_that_is_away_ends_the_rehearsal_and_lets_go_of_the_connection(
    port: Harbour, drain: Any
) -> None:
    Connection.objects.update(url="http://127.0.0.1:9")
    rehearsal = act(drain, rehearse_run(port.graph, by=port.admin))
    assert rehearsal.state == RehearsalState.FAILED
    assert rehearsal.error_message
    rehearsal.run.refresh_from_db()
    assert rehearsal.run.status == RunStatus.CANCELLED


def test_production_is_refused_and_so_is_who_may_not(
    world: World, engine: ScriptedEngine, drain: Any, make_member: Any
) -> None:
    graph = loaded(world, drain).version.graph
    given: dict[str, Any] = {"connection": world.connection, "dataset": world.dataset}
    with pytest.raises(NotAllowed):
        rehearse_run(graph, by=make_member("viewer", project=world.project), **given)
    Connection.objects.update(environment=Environment.PRODUCTION)
    world.connection.refresh_from_db()
    with pytest.raises(Refused, match="production database"):
        rehearse_run(graph, by=world.operator, **given)
    assert GraphRun.objects.count() == 1
