"""Starting a run writes rows and returns; what cannot start says why, all of it."""

from typing import Any

import pytest

from graphs.choices import NodeStatus, RunStatus
from graphs.models import GraphRun, NodeRun, RunLog
from graphs.runs import cancel_run, start_run
from importer.choices import ConnectionState, DatasetState
from importer.errors import Busy, Invalid, NotAllowed, Refused
from importer.models import Connection, Dataset
from tests.graphs.building import World, make_connection, make_dataset, make_version, statuses

Asked = list[tuple[str, Any]]


def start(world: World, **more: Any) -> GraphRun:
    nodes = more.pop("nodes", {"a": {}, "b": {}})
    graph = make_version(world.project, nodes, ("a->b",), name=more.pop("name", "Graph")).graph
    given = {"connection": world.connection, "dataset": world.dataset} | more
    return start_run(graph, by=given.pop("by", world.operator), **given)


def test_a_run_is_pending_with_a_row_per_node_and_its_sheet(world: World, asked: Asked) -> None:
    run = start(world)
    assert run.status == RunStatus.PENDING
    nodes = list(NodeRun.objects.filter(run=run).values_list("node_id", "position", "level"))
    assert nodes == [("a", 0, 0), ("b", 1, 1)]
    assert list(run.node_runs.values_list("sheet_rows", flat=True)) == [10, 20]
    assert run.sheets["b"] == world.dataset.sheets.get(name="b").pk


@pytest.mark.django_db(transaction=True)
def test_its_first_step_is_asked_for_when_it_is_committed(world: World, asked: Asked) -> None:
    run = start(world)
    assert asked == [("advance", str(run.pk))]


def test_who_only_looks_may_not_start(world: World, asked: Asked, make_member: Any) -> None:
    with pytest.raises(NotAllowed):
        start(world, by=make_member("viewer", project=world.project))
    assert not GraphRun.objects.exists()


def test_a_dataset_that_is_not_ready_is_refused(world: World, asked: Asked) -> None:
    Dataset.objects.update(state=DatasetState.FAILED, error="the file is empty")
    world.dataset.refresh_from_db()
    with pytest.raises(Refused, match="the file is empty"):
        start(world)


def test_a_dataset_or_target_of_another_project_is_refused(
    world: World, asked: Asked, other_project: Any
) -> None:
    with pytest.raises(Refused, match="another project"):
        start(world, dataset=make_dataset(other_project, {"a": 1, "b": 1}))
    with pytest.raises(Refused, match="another project"):
        start(world, connection=make_connection(other_project), name="Second")


def test_without_dataset_or_target_the_sentence_says_what_to_choose(
    world: World, asked: Asked
) -> None:
    with pytest.raises(Refused, match="Choose a dataset"):
        start(world, dataset=None)
    with pytest.raises(Refused, match="Choose a connection"):
        start(world, connection=None, name="Second")


def test_every_node_without_a_sheet_is_named(world: World, asked: Asked) -> None:
    empty = make_dataset(world.project, {"a": 1}, name="Thin")
    empty.sheets.update(columns=[{"name": "Other", "header": "Other"}])
    with pytest.raises(Invalid) as raised:
        start(world, dataset=empty, nodes={"a": {}, "b": {}, "c": {}})
    assert [problem.node for problem in raised.value.problems] == ["b", "c"]
    assert not GraphRun.objects.exists()


def test_a_target_in_use_is_busy_and_the_sentence_names_the_run(world: World, asked: Asked) -> None:
    first = start(world)
    with pytest.raises(Busy) as raised:
        start(world, name="Second")
    assert first.pk.hex[:8] in str(raised.value)
    assert "“Graph”" in str(raised.value)
    GraphRun.objects.filter(pk=first.pk).update(status=RunStatus.FAILED)
    start(world, name="Third")


def test_dry_runs_disturb_nobody_and_nobody_disturbs_them(world: World, asked: Asked) -> None:
    start(world, dry_run=True)
    start(world, dry_run=True, name="Second")
    start(world, name="Third")
    start(world, dry_run=True, name="Fourth")
    with pytest.raises(Busy):
        start(world, name="Fifth")


def test_another_target_is_free(world: World, asked: Asked) -> None:
    start(world)
    start(world, connection=make_connection(world.project, "Other"), name="Second")


def test_a_target_whose_fingerprint_changed_is_refused(world: World, asked: Asked) -> None:
    Connection.objects.update(state=ConnectionState.CHANGED)
    with pytest.raises(Refused, match="another database"):
        start(world)


def test_chosen_keys_load_those_rows_and_skip_other_entities(world: World, asked: Asked) -> None:
    run = start(world, keys={"b": ["K1", ["K2"]]})
    assert run.keys == {"b": ['["K1"]', '["K2"]']}
    assert statuses(run) == {"a": NodeStatus.SKIPPED, "b": NodeStatus.PENDING}
    with pytest.raises(Refused, match="loads no ghost"):
        start(world, keys={"ghost": ["1"]}, dry_run=True, name="Second")


def test_starting_is_quick_whatever_the_number_of_rows(
    world: World, asked: Asked, django_assert_max_num_queries: Any
) -> None:
    world.dataset.sheets.update(n_rows=50_000_000)
    with django_assert_max_num_queries(40):
        start(world)


@pytest.mark.django_db(transaction=True)
def test_a_run_cancelled_before_it_began_touches_no_target(
    world: World, asked: Asked, drain: Any
) -> None:
    run = start(world)
    cancel_run(run, by=world.operator)
    drain()
    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED
    assert set(statuses(run).values()) == {NodeStatus.CANCELLED}


def test_side_effects_are_kept_with_the_run_and_said(world: World, asked: Asked) -> None:
    run = start(world, side_effects=["password_mails", "tracking"])
    run.refresh_from_db()
    assert run.options == {"side_effects": ["tracking", "password_mails"]}
    assert run.side_effects == [
        "Track changes in the chatter",
        "Mail new users an invitation to set a password",
    ]
    assert RunLog.objects.filter(run=run, message__contains="Track changes").exists()
    assert start(world, name="Quiet", dry_run=True).options == {}


def test_an_effect_that_does_not_exist_is_refused(world: World, asked: Asked) -> None:
    with pytest.raises(Refused, match="“fireworks” is no side effect.*tracking, mails"):
        start(world, side_effects=["fireworks"])
    assert not GraphRun.objects.exists()
