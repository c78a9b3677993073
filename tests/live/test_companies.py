"""Values of two companies on a real Odoo: written, repeated and undone in each by itself. The login
must have two companies. ``ODOO_TEST_URL`` and its three neighbours say which server.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from importer import loads
from importer.data.companies import in_company
from importer.models import Entity, Load
from importer.odoo.schema import own_companies
from tests.engine.loading import Harbour, column, issues, look_up, refer
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
    remove_ours(harbour, ["sale.order", MODEL, "res.partner"])


def companies(live: Harbour) -> list[tuple[int, str]]:
    client = live.client()
    try:
        return [(number, name) for number, name, _ in own_companies(client)[:2]]
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


def load_by_row(
    live: Harbour,
    entity: Entity,
    rows: list[dict[str, str]],
    fields: list[dict[str, Any]],
) -> Load:
    """Each row in the company of its column ``Firm``."""
    frozen = live.frozen(entity, fields, row_company={"column": "Firm"})
    return live.run(
        loads.open_load(
            project=live.project,
            connection=live.connection,
            entity=entity,
            frozen=in_company(frozen, companies(live)),
            sheet=live.sheet(rows),
        )
    )


def test_each_row_is_written_repeated_and_undone_in_its_company(live: Harbour) -> None:
    mine, theirs = (name for _, name in companies(live))
    rows = [row | {"Firm": theirs if n % 2 else mine} for n, row in enumerate(ROWS)]
    product = live.entity("product", MODEL)
    fields = [column("name"), column("standard_price", "cost")]
    first = load_by_row(live, product, rows, fields)
    assert (first.created, first.failed) == (6, 0), issues(first)
    made = [[0.0, 0.0, 0.0, 1.0, 3.0, 5.0], [0.0, 0.0, 0.0, 2.0, 4.0, 6.0]]
    assert [sorted(half) for half in costs(live)] == made
    assert load_by_row(live, product, rows, fields).unchanged == 6
    second = load_by_row(live, product, [row | {"cost": f"{row['cost']}0"} for row in rows], fields)
    assert (second.updated, second.failed) == (6, 0), issues(second)
    assert [sorted(half) for half in costs(live)] == [[10 * one for one in half] for half in made]
    undone = live.run(loads.open_undo(second, archive=False))
    assert (undone.restored, undone.failed, undone.kept) == (6, 0, 0), issues(undone)
    assert [sorted(half) for half in costs(live)] == made
    undone = live.run(loads.open_undo(first, archive=False))
    assert (undone.removed, undone.failed, undone.kept) == (6, 0, 0), issues(undone)
    assert costs(live) == [[], []]


def test_records_of_two_companies_refer_to_shared_ones(live: Harbour) -> None:
    (mine, my_name), (theirs, their_name) = companies(live)
    firms = [my_name, their_name, my_name, their_name]
    customer, order = live.entity("customer", "res.partner"), live.entity("order", "sale.order")
    partners = [{"code": f"C{n}", "name": f"C{n}", "Firm": firm} for n, firm in enumerate(firms)]
    ended = load_by_row(live, customer, partners, [column("name")])
    assert (ended.created, ended.failed) == (4, 0), issues(ended)
    # Each order refers to a customer of a row of the other company.
    orders = [
        {"code": f"O{n}", "customer": f"C{3 - n}", "Firm": firm} for n, firm in enumerate(firms)
    ]
    ended = load_by_row(live, order, orders, [refer("partner_id", "customer", "customer")])
    assert (ended.created, ended.failed, ended.blocked) == (4, 0, 0), issues(ended)
    client = live.client()
    try:
        ids = sorted(ours(client, live.project, "sale.order"))
        everywhere = {"allowed_company_ids": [mine, theirs]}
        found = client.read("sale.order", ids, ["company_id"], context=everywhere)
    finally:
        client.close()
    assert sorted(one["company_id"] for one in found) == sorted([mine, mine, theirs, theirs])
    assert ended.verification["records"] == {"expected": 4, "in_odoo": 4}
    again = load_by_row(live, order, orders, [refer("partner_id", "customer", "customer")])
    assert (again.unchanged, again.failed) == (4, 0), issues(again)
    undone = live.run(loads.open_undo(ended, archive=False))
    assert (undone.removed, undone.failed, undone.kept) == (4, 0, 0), issues(undone)


def test_what_another_company_keeps_to_itself_is_refused_in_odoos_words(live: Harbour) -> None:
    my_name, their_name = (name for _, name in companies(live))
    customer, order = live.entity("customer", "res.partner"), live.entity("order", "sale.order")
    rows = [
        {"code": f"C{n}", "name": f"C{n}", "city": f"A{n}", "own": firm, "Firm": firm}
        for n, firm in enumerate((my_name, their_name, my_name))
    ]
    own = {"model": "res.company", "by": ["name"], "inputs": [{"column": "own"}]}
    fields = [column("name"), column("city"), look_up("company_id", own)]
    ended = load_by_row(live, customer, rows, fields)
    assert (ended.created, ended.failed) == (3, 0), issues(ended)
    orders = [{"code": f"O{n}", "customer": f"C{n}", "Firm": my_name} for n, _ in enumerate(rows)]
    ended = load_by_row(live, order, orders, [refer("partner_id", "customer", "customer")])
    assert (ended.created, ended.failed) == (2, 1), issues(ended)
    (said,) = issues(ended)
    assert (said.code, said.row) == ("refused_row", 3)
    assert said.message.startswith("Odoo refused this row: "), said.message
    # The second row now names a company that does not see its record.
    changed = [row | {"Firm": my_name, "city": f"B{n}"} for n, row in enumerate(rows)]
    ended = load_by_row(live, customer, changed, fields)
    assert (ended.updated, ended.blocked, ended.failed) == (2, 1, 0), issues(ended)
    (said,) = issues(ended)
    assert (said.code, said.row) == ("not_in_company", 3)
    assert "This record belongs to a company that the row does not name" in said.message
    assert "Contact" in said.message.partition("Odoo says: ")[2], said.message
    client = live.client()
    try:
        ids = sorted(ours(client, live.project, "res.partner"))
        assert sorted(one["city"] for one in client.read("res.partner", ids, ["city"])) == [
            *("A1", "B0", "B2")
        ]
    finally:
        client.close()
    undone = live.run(loads.open_undo(ended, archive=False))
    assert (undone.restored, undone.failed, undone.kept) == (2, 0, 0), issues(undone)
