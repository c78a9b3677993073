"""``clerk``: an operator; ``dataset`` and ``connection``: see trade.py."""

from collections.abc import Callable
from typing import Any

import pytest

from importer.models import Connection, Dataset, Project, User
from tests.suggesting.trade import FILES, known_connection, read_files


@pytest.fixture
def clerk(project: Project, make_member: Callable[..., Any]) -> User:
    member: User = make_member("operator", project=project)
    return member


@pytest.fixture
def dataset(clerk: User, project: Project) -> Dataset:
    return read_files(clerk, project, FILES)


@pytest.fixture
def connection(project: Project) -> Connection:
    return known_connection(project)
