"""A lost answer is in doubt on either side of the commit, and sending the same rows again as
insert-if-absent settles it without duplicates. Against the sandbox's faults."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from importer.odoo.client import Client, Timeouts, connect
from importer.odoo.errors import InDoubt, KeyRefused, OdooError, Transient
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET, order_fault, sandbox

PARTNER = "res.partner"
numbers = itertools.count()


@pytest.fixture(scope="module", params=["17", "19"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with sandbox(request.param) as address:
        yield address


@pytest.fixture
def odoo(url: str) -> Iterator[Client]:
    client = connect(url, DATABASE, LOGIN, SECRET, timeout=Timeouts(connect=2.0, answer=2.0))
    yield client
    client.close()


@pytest.fixture
def rows() -> list[list[str]]:
    batch = next(numbers)
    return [[f"lost.b{batch}_{n}", f"B{batch} {n}"] for n in range(20)]


@pytest.mark.parametrize(
    ("kind", "wish", "is_kept"),
    [
        ("drop_before_commit", {}, False),
        ("drop_after_commit", {}, True),
        ("truncated_body", {}, True),
        ("http_error", {"status": 502}, False),
        ("http_error", {"status": 504, "committed": True}, True),
        ("latency", {"seconds": 3.0, "stage": "after"}, True),
    ],
)
def test_a_lost_answer_is_settled_by_sending_again(
    url: str, odoo: Client, rows: list[list[str]], kind: str, wish: dict[str, Any], is_kept: bool
) -> None:
    before = odoo.search_count(PARTNER, [])
    order_fault(url, kind, model=PARTNER, method="load", **wish)
    with pytest.raises(InDoubt):
        odoo.insert_if_absent(PARTNER, ["id", "name"], rows)
    assert odoo.search_count(PARTNER, []) == before + (20 if is_kept else 0)
    answer = odoo.insert_if_absent(PARTNER, ["id", "name"], rows)
    assert answer.ids is not None
    assert len(set(answer.ids)) == 20
    assert odoo.search_count(PARTNER, []) == before + 20


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"kind": "serialization", "model": PARTNER, "method": "load"}, Transient),
        ({"kind": "key_refused"}, KeyRefused),
    ],
)
def test_a_definite_failure_kept_nothing(
    url: str, odoo: Client, rows: list[list[str]], wish: dict[str, Any], error: type[OdooError]
) -> None:
    before = odoo.search_count(PARTNER, [])
    order_fault(url, **wish)
    with pytest.raises(error):
        odoo.insert_if_absent(PARTNER, ["id", "name"], rows)
    assert odoo.search_count(PARTNER, []) == before
    assert odoo.insert_if_absent(PARTNER, ["id", "name"], rows).ids is not None
