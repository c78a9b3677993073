"""Sandboxes for these tests: ``sandbox`` runs a test on 15, 17 and 19, ``sandbox19`` on 19 only."""

from collections.abc import Iterator

import pytest

from tests.sandbox.serving import Sandbox, serving


@pytest.fixture(scope="session")
def running() -> Iterator[dict[int, Sandbox]]:
    with serving(15) as old, serving(17) as middle, serving(19) as new:
        yield {15: old, 17: middle, 19: new}


@pytest.fixture(params=[15, 17, 19])
def sandbox(running: dict[int, Sandbox], request: pytest.FixtureRequest) -> Sandbox:
    chosen = running[request.param]
    chosen.reset()
    return chosen


@pytest.fixture
def sandbox15(running: dict[int, Sandbox]) -> Sandbox:
    running[15].reset()
    return running[15]


@pytest.fixture
def sandbox17(running: dict[int, Sandbox]) -> Sandbox:
    running[17].reset()
    return running[17]


@pytest.fixture
def sandbox19(running: dict[int, Sandbox]) -> Sandbox:
    running[19].reset()
    return running[19]
