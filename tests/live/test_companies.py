"""Values of two companies on a real Odoo: written, repeated and undone in each by itself. The login
must have two companies. ``ODOO_TEST_URL`` and its three neighbours say which server.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from importer import loads
from importer.data.companies import in_company
from importer.models import Load
from importer.odoo.schema import own_companies
from tests.engine.loading import Harbour, column, issues
from tests.live.harbours import connect, harbour_of_environment, ours, remove_ours

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        "ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no live server"
    ),
]
MODEL = "product.product"
ROWS = [{"code": f"QC{n}", "name": f"Chair {n}", "cost": f"{n + 1}"} for n in range(6)]
OTHER = [row | {"cost": f"{10 * (n + 1)}"} for n, row in enumerate(ROWS)]


@pytest.fixture
def live(transactional_db: None) -> Iterator[Harbour]:
    harbour = harbour_of_environment()
    connect(harbour, "ODOO_TEST")
    if len(companies(harbour)) < 2:
        pytest.skip("The login has one company only")
    yield harbour
    remove_ours(harbour, [MODEL])


def companies(live: Harbour) -> list[tuple[int, str]]:
    client = live.client()
    try:
        return own_companies(client)[:2]
    finally:
        client.close()


def load(live: Harbour, rows: list[dict[str, str]], company: str) -> Load:
    product = live.entity("product", MODEL)
    fields = [column("name"), column("standard_price", "cost")]
    frozen = in_company(live.frozen(product, fields, company=company), companies(live))
    opened = loads.open_load(
        project=live.project,
        connection=live.connection,
        entity=product,
        frozen=frozen,
        sheet=live.sheet(rows),
    )
    ended = live.run(opened)
    assert (ended.failed, ended.blocked) == (0, 0), issues(ended)
    return ended


def costs(live: Harbour) -> list[list[Any]]:
    client = live.client()
    try:
        ids = sorted(ours(client, live.project, MODEL))
        return [
            [
                one["standard_price"]
                for one in client.read(
                    MODEL, ids, ["standard_price"], context={"allowed_company_ids": [number]}
                )
            ]
            for number, _ in companies(live)
        ]
    finally:
        client.close()


def test_each_company_is_written_repeated_and_undone_by_itself(live: Harbour) -> None:
    mine, theirs = (name for _, name in companies(live))
    small, large = [float(n + 1) for n in range(6)], [10.0 * (n + 1) for n in range(6)]
    assert load(live, ROWS, mine).created == 6
    assert costs(live) == [small, [0.0] * 6]
    second = load(live, OTHER, theirs)
    assert second.updated == 6
    assert costs(live) == [small, large]
    for rows, name in ((ROWS, mine), (OTHER, theirs)):
        assert load(live, rows, name).unchanged == 6
    undone = live.run(loads.open_undo(second, archive=False))
    assert (undone.restored, undone.failed, undone.kept) == (6, 0, 0), issues(undone)
    assert costs(live) == [small, [0.0] * 6]
