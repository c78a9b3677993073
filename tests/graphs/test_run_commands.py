"""The commands call one verb each, and say how it ended in words, in JSON and by exit code."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from graphs.choices import RunStatus
from graphs.models import GraphRun
from graphs.runs import start_run
from importer.choices import IssueLevel
from importer.models import Issue, User
from tests.graphs.building import World, make_version
from tests.graphs.scripted import ScriptedEngine

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(world: World, engine: ScriptedEngine, drain: Any) -> GraphRun:
    """A run of which one row failed."""
    engine.rows("a", created=8, failed=2)
    graph = make_version(world.project, {"a": {}, "b": {}}, ("a->b",)).graph
    run = start_run(graph, by=world.operator, connection=world.connection, dataset=world.dataset)
    drain()
    load = run.node_runs.get(node_id="a").load
    assert load is not None
    Issue.objects.create(
        project=world.project,
        load=load,
        stage="odoo",
        level=IssueLevel.ERROR,
        position=3,
        sheet="a",
        row=5,
        column="Name",
        value="Ärger [GmbH]",
        code="too_long",
        message="The name is too long. Shorten it.",
        group_key="too_long",
    )
    run.refresh_from_db()
    return run


def command(capsys: Any, *argv: str) -> tuple[int, str]:
    """(exit code, what it wrote)."""
    try:
        call_command(*argv)
        code: Any = 0
    except SystemExit as end:
        code = end.code
    return int(code), capsys.readouterr().out


def test_a_run_is_shown_with_its_counters_and_its_bad_rows(
    run: GraphRun, world: World, capsys: Any
) -> None:
    who = world.operator.username
    code, shown = command(capsys, "run_show", run.pk.hex[:8], f"--user={who}")
    assert code == 0
    assert "Completed with errors" in shown
    assert "2 rows failed" in shown
    for cell in ("Name", "Ärger [GmbH]", "The name is too long"):
        assert cell in shown
    assert "asked for by" in shown  # the log


def test_json_is_one_object_with_progress_and_bad_rows(
    run: GraphRun, world: World, capsys: Any
) -> None:
    who = world.operator.username
    _, shown = command(capsys, "run_show", str(run.pk), "--json", f"--user={who}")
    answer = json.loads(shown)
    assert answer["status"] == "completed_with_errors"
    assert answer["progress"]["nodes"][0]["failed"] == 2
    assert (answer["issues"][0]["sheet"], answer["issues"][0]["row"]) == ("a", 5)


def test_waiting_ends_with_an_exit_code_that_says_how(
    run: GraphRun, world: World, capsys: Any
) -> None:
    who = f"--user={world.operator.username}"
    assert command(capsys, "run_show", str(run.pk), "--wait", who)[0] == 3
    for status, code in ((RunStatus.FAILED, 1), (RunStatus.PAUSED, 4), (RunStatus.COMPLETED, 0)):
        GraphRun.objects.filter(pk=run.pk).update(status=status)
        assert command(capsys, "run_show", str(run.pk), "--wait", who)[0] == code


def test_retry_and_rollback_and_cancel_are_asked_for(
    run: GraphRun, world: World, engine: ScriptedEngine, capsys: Any, drain: Any, asked: Any
) -> None:
    engine.scripts.clear()
    who = f"--user={world.operator.username}"
    code, shown = command(capsys, "run_retry", str(run.pk), who)
    assert (code, "Pending" in shown) == (0, True)
    assert asked == [("advance", str(run.pk))]
    command(capsys, "run_cancel", str(run.pk), who)
    drain()
    code, shown = command(capsys, "run_rollback", str(run.pk), "--json", who)
    assert json.loads(shown)["kind"] == "rollback"
    drain()
    run.refresh_from_db()
    assert run.status == RunStatus.ROLLED_BACK


def test_a_refusal_is_a_sentence(run: GraphRun, world: World) -> None:
    GraphRun.objects.update(status=RunStatus.COMPLETED)
    with pytest.raises(CommandError, match="Only a run that ended with errors can be retried"):
        call_command("run_retry", str(run.pk), f"--user={world.operator.username}")
    with pytest.raises(CommandError, match="No run's id starts with"):
        call_command("run_show", "abcdef99", f"--user={world.operator.username}")


def test_without_a_name_the_only_superuser_asks(run: GraphRun, capsys: Any) -> None:
    with pytest.raises(CommandError, match="--user NAME"):
        call_command("run_show", str(run.pk))
    User.objects.create_superuser("root")
    assert command(capsys, "run_show", str(run.pk))[0] == 0


def test_running_names_every_problem_and_starts_nothing(
    run: GraphRun, world: World, capsys: Any
) -> None:
    make_version(world.project, {"ghost": {}, "other": {}}, name="Ghosts")
    world.dataset.sheets.update(columns=[])
    who = f"--user={world.operator.username}"
    target = (f"--connection={world.connection.pk}", "--dataset=Book")
    code, shown = command(capsys, "graph_run", "Ghosts", "--json", who, *target)
    assert code == 1
    assert [error["node"] for error in json.loads(shown)["errors"]] == ["ghost", "other"]
    assert GraphRun.objects.count() == 1


def test_a_run_is_followed_to_its_end(
    run: GraphRun, world: World, capsys: Any, drain: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("graphs.display.time.sleep", lambda seconds: drain())
    who = f"--user={world.operator.username}"
    target = (f"--connection={world.connection.pk}", "--dataset=Book", "--wait")
    code, shown = command(capsys, "graph_run", "Graph", who, *target)
    assert code == 3
    assert "a: Completed with errors" in shown
    assert "b: Completed" in shown


def test_a_run_is_asked_for_as_the_options_say(run: GraphRun, world: World, capsys: Any) -> None:
    who = f"--user={world.operator.username}"
    target = (f"--connection={world.connection.pk}", "--dataset=Book")
    keys = '--keys={"a": ["K1"]}'
    effects = ("--side-effects", "mails", "tracking")
    assert command(capsys, "graph_run", "Graph", who, *target, "--dry-run", keys, *effects)[0] == 0
    made = GraphRun.objects.latest("created_at")
    assert (made.dry_run, made.keys) == (True, {"a": ['["K1"]']})
    assert made.options == {"side_effects": ["tracking", "mails"]}
