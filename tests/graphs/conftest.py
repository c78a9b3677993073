"""``world``: a project with an operator, a target and a dataset. ``engine``: importer.loads played
by a script. ``drain``: does what was put on the queue, as a worker would."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from graphs import hands, jobs, targets
from importer import loads
from importer.models import Project
from tests.graphs.building import World, make_connection, make_dataset
from tests.graphs.scripted import ScriptedEngine

_VERBS = ("open_load", "open_undo", "open_retry", "work", "cancel_load", "hands_wanted")
Drain = Callable[[], int]


@pytest.fixture
def world(project: Project, make_member: Callable[..., Any]) -> World:
    return World(
        project=project,
        operator=make_member("operator", project=project),
        connection=make_connection(project),
        dataset=make_dataset(project, {"a": 10, "b": 20, "c": 30}),
    )


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> ScriptedEngine:
    scripted = ScriptedEngine()
    for verb in _VERBS:
        monkeypatch.setattr(loads, verb, getattr(scripted, verb))
    for name in ("_look", "_close_misfits"):
        monkeypatch.setattr(targets, name, lambda run: None)
    return scripted


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What was put on the queue, instead of a queue."""
    calls: list[tuple[str, Any]] = []

    def note(queue: str, function: str, *args: Any, once: bool = False, **rest: Any) -> None:
        call = (function.rpartition(".")[2], *args)
        if not (once and call in calls):
            calls.append(call)

    monkeypatch.setattr(hands, "enqueue", note)
    return calls


@pytest.fixture
def drain(asked: list[tuple[str, Any]]) -> Iterator[Drain]:
    """Does everything asked for until nothing is; how many calls that were."""

    def work() -> int:
        done = 0
        while asked:
            name, *args = asked.pop(0)
            getattr(jobs, name)(*args)
            done += 1
            assert done < 200, "the queue never empties"
        return done

    yield work
