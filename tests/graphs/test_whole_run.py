"""A workbook becomes Odoo records through a graph, on a real sandbox server."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from graphs.choices import RunStatus
from graphs.models import GraphRun
from graphs.progress import progress_of
from graphs.runs import retry_run, rollback_effect, start_rollback, start_run
from graphs.versions import publish_graph, validate_graph
from importer.errors import Refused
from importer.models import KeyMap, Mapping, Project
from tests.graphs.building import statuses
from tests.graphs.harbour import Harbour, harbour

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port(project: Project, asked: Any) -> Iterator[Harbour]:
    with harbour(project) as made:
        asked.clear()
        yield made


def ended(run: GraphRun) -> dict[str, Any]:
    run.refresh_from_db()
    return progress_of(run)


def test_the_demo_arrives_and_a_second_run_writes_nothing(port: Harbour, drain: Any) -> None:
    before = port.counts()
    began = time.monotonic()
    run = start_run(port.graph, by=port.admin)
    assert time.monotonic() - began < 0.3 * 5  # a shared machine
    drain()
    shown = ended(run)
    assert shown["status"] in (RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS), shown
    assert shown["progress"]["percentage"] == 100
    after = port.counts()
    created = sum(node["created"] for node in shown["progress"]["nodes"])
    assert created > 0
    assert sum(after.values()) - sum(before.values()) >= created
    assert KeyMap.objects.filter(connection=port.connection).count() == created
    for node in shown["progress"]["nodes"]:
        parts = ("created", "updated", "adopted", "unchanged", "skipped", "failed", "blocked")
        assert sum(node[part] for part in parts) == node["rows_total"], node
    prepared_by = [node.execution for node in run.node_runs.select_related("execution")]
    assert all(one is not None and "SELECT" in one.sql.upper() for one in prepared_by)
    writes = port.writes()
    again = start_run(port.graph, by=port.admin)
    drain()
    shown = ended(again)
    assert all(node["created"] == node["updated"] == 0 for node in shown["progress"]["nodes"])
    assert port.writes() == writes
    assert port.counts() == after


def test_a_dry_run_says_what_would_be_and_sends_nothing(port: Harbour, drain: Any) -> None:
    before, writes = port.counts(), port.writes()
    run = start_run(port.graph, by=port.admin, dry_run=True)
    drain()
    shown = ended(run)
    assert sum(node["created"] for node in shown["progress"]["nodes"]) > 0
    assert (port.counts(), port.writes()) == (before, writes)
    assert not KeyMap.objects.exists()


def test_after_the_schema_was_read_the_graph_is_checked_against_it(
    port: Harbour, drain: Any
) -> None:
    assert [one.code for one in validate_graph(port.graph)] == ["schema_not_read"]
    start_run(port.graph, by=port.admin, dry_run=True)
    drain()
    assert [one for one in validate_graph(port.graph) if one.is_error] == []


def test_a_retry_sends_only_what_failed(port: Harbour, drain: Any) -> None:
    run = start_run(port.graph, by=port.admin)
    drain()
    first = ended(run)
    bad = sum(node["failed"] + node["blocked"] for node in first["progress"]["nodes"])
    assert bad > 0, "the demo has bad rows"
    after = port.counts()
    retry_run(run, by=port.admin)
    drain()
    second = ended(run)
    assert second["attempt"] == 2
    assert second["status"] == first["status"]
    assert [n["failed"] for n in second["progress"]["nodes"]] == [
        n["failed"] for n in first["progress"]["nodes"]
    ]
    assert port.counts() == after


def test_a_target_that_is_away_pauses_the_run(port: Harbour, drain: Any) -> None:
    port.connection.url = "http://127.0.0.1:9"
    port.connection.save()
    run = start_run(port.graph, by=port.admin)
    drain()
    assert ended(run)["status"] == RunStatus.PAUSED
    assert set(statuses(run).values()) == {"pending"}


def test_a_rollback_brings_every_model_back_to_its_count(port: Harbour, drain: Any) -> None:
    before = port.counts()
    run = start_run(port.graph, by=port.admin)
    drain()
    assert port.counts() != before
    effect = rollback_effect(run)
    assert (effect["remove"] > 0, effect["later_runs"]) == (True, [])
    rollback = start_rollback(run, by=port.admin)
    drain()
    shown = ended(rollback)
    assert shown["status"] == RunStatus.COMPLETED, shown
    assert ended(run)["status"] == RunStatus.ROLLED_BACK
    assert port.counts() == before
    assert sum(node["removed"] for node in shown["progress"]["nodes"]) == effect["remove"]
    assert not KeyMap.objects.exists()


def test_a_run_whose_records_a_later_run_touched_is_not_rolled_back(
    port: Harbour, drain: Any
) -> None:
    run = start_run(port.graph, by=port.admin)
    drain()
    company = Mapping.objects.get(name="Companies")
    company.fields.filter(target="city").update(source="constant", spec={"value": "Elsewhere"})
    publish_graph(port.graph, by=port.admin)
    later = start_run(port.graph, by=port.admin)
    drain()
    assert sum(node["updated"] for node in ended(later)["progress"]["nodes"]) > 0
    with pytest.raises(Refused, match=later.pk.hex[:8]):
        start_rollback(run, by=port.admin)
    start_rollback(later, by=port.admin)
    drain()
    assert ended(later)["status"] == RunStatus.ROLLED_BACK
    start_rollback(run, by=port.admin)
    drain()
    assert ended(run)["status"] == RunStatus.ROLLED_BACK
