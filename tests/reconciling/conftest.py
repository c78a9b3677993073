"""``port``: a run of products in a sandbox, reconciled at its end. ``drain``: does what was put on
the queue of runs, as a worker would."""

from collections.abc import Iterator
from typing import Any

import pytest

from graphs.models import GraphRun
from graphs.runs import start_run
from importer.models import Project
from tests.graphs.conftest import asked, drain
from tests.graphs.harbour import Harbour, harbour

__all__ = ("asked", "drain")


@pytest.fixture
def port(project: Project, asked: Any) -> Iterator[Harbour]:
    with harbour(project, only=("categories", "products")) as made:
        yield made


@pytest.fixture
def run(port: Harbour, drain: Any) -> GraphRun:
    started = start_run(port.graph, by=port.admin)
    drain()
    started.refresh_from_db()
    return started
