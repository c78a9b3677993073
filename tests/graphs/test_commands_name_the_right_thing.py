"""What a command's words lead to: the right project's rows, one row or a sentence, nobody's rights
but those of the user who asks.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from graphs.models import Graph, GraphRun
from importer.models import Connection, Dataset, Project, User
from tests.graphs.building import World, make_connection, make_dataset, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def twins(world: World, other_project: Project) -> tuple[Graph, Graph]:
    """Graphs of one name in two projects; the other project's targets have names of their own."""
    make_connection(other_project, "Theirs")
    make_dataset(other_project, {"a": 1}, name="Their book")
    return tuple(make_version(one, {"a": {}}).graph for one in (world.project, other_project))  # type: ignore[return-value]


def said(*argv: str) -> str:
    with pytest.raises(CommandError) as refusal:
        call_command(*argv)
    return str(refusal.value)


def test_a_name_that_two_projects_have_asks_for_the_project(
    twins: tuple[Graph, Graph], world: World
) -> None:
    named = ("--user", world.operator.username)
    assert "several of graph “Graph”" in said("graph_validate", "Graph", *named)
    for project in (world.project.name, str(world.project.pk)):
        with pytest.raises(SystemExit):  # found, and checked: it has no nodes
            call_command("graph_validate", "Graph", "--project", project, *named)


@pytest.mark.parametrize(
    ("option", "name"), [("--connection", "Theirs"), ("--dataset", "Their book")]
)
def test_what_another_project_has_is_not_there(
    twins: tuple[Graph, Graph], world: World, option: str, name: str
) -> None:
    own = ("graph_run", str(twins[0].pk), "--user", world.operator.username)
    assert f"“{name}” in project “{world.project}”" in said(*own, option, name)
    found = (Connection.objects, Dataset.objects)[option == "--dataset"].filter(name=name)
    theirs = found.values_list("pk", flat=True).get()
    assert f"“{theirs}” in project “{world.project}”" in said(*own, option, str(theirs))
    assert not GraphRun.objects.exists()


def test_the_first_letters_of_an_id_must_lead_to_one_run(world: World) -> None:
    version = make_version(world.project, {"a": {}})
    for last in ("1", "2"):
        GraphRun.objects.create(
            pk=UUID(f"abcdef00-0000-4000-8000-00000000000{last}"),
            project=world.project,
            version=version,
            connection=world.connection,
            dataset=world.dataset,
        )
    assert "Several runs' ids start with “abcdef”" in said("run_show", "abcdef")
    assert "No run's id starts with “abcde1”" in said("run_show", "abcde1")
    assert "is no run id" in said("run_show", "abcde")


def test_a_superuser_who_is_switched_off_is_not_taken_for_the_one_who_asks(world: World) -> None:
    User.objects.create_superuser("gone", password="a long password", is_active=False)
    make_version(world.project, {"a": {}})
    assert "there is not exactly one superuser" in said("graph_publish", "Graph")


def test_checking_a_graph_needs_the_right_to_see_it(
    world: World, other_project: Project, make_member: Callable[..., Any]
) -> None:
    make_version(world.project, {"a": {}})
    stranger = make_member("admin", project=other_project)
    assert "You may not" in said("graph_validate", "Graph", "--user", stranger.username)
