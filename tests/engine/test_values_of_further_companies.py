"""A load may work in one of its login's companies: what that company has for itself is written,
compared and given back there, and nothing of another company is touched.
"""

from typing import Any

import pytest

from importer import loads
from importer.data.companies import in_company
from importer.models import Change, Load
from tests.engine.loading import Harbour, column, issues

FIELDS = [column("name"), column("standard_price", "cost")]
ROWS = [
    {"code": "P1", "name": "Chair", "cost": "5"},
    {"code": "P2", "name": "Table", "cost": "7"},
]
OTHER = [row | {"cost": cost} for row, cost in zip(ROWS, ("50", "7"), strict=True)]
MINE, THEIRS = "My Company", "Branch"


@pytest.fixture
def branched(harbour: Harbour) -> Harbour:
    """The login has two companies."""
    client = harbour.client()
    client.call("res.company", "create", arguments={"vals_list": {"name": THEIRS}})
    client.close()
    return harbour


def companies(harbour: Harbour) -> list[list[Any]]:
    return [[one["id"], one["name"]] for one in harbour.read("res.company", [], ["name"])]


def load(harbour: Harbour, rows: list[dict[str, str]], company: str = "", **more: Any) -> Load:
    product = harbour.entity("product", "product.product")
    frozen = harbour.frozen(product, FIELDS, company=company, **more)
    opened = loads.open_load(
        project=harbour.project,
        connection=harbour.connection,
        entity=product,
        frozen=in_company(frozen, companies(harbour)),
        sheet=harbour.sheet(rows),
    )
    ended = harbour.run(opened)
    assert (ended.failed, ended.blocked) == (0, 0), issues(ended)
    return ended


def costs(harbour: Harbour) -> dict[str, list[float]]:
    client = harbour.client()
    try:
        return {
            name: [
                one["standard_price"]
                for one in client.search_read(
                    "product.product",
                    [],
                    ["standard_price"],
                    context={"allowed_company_ids": [number]},
                )
            ]
            for number, name in companies(harbour)
        }
    finally:
        client.close()


def test_each_company_has_its_own_value(branched: Harbour) -> None:
    load(branched, ROWS, MINE)
    second = load(branched, OTHER, THEIRS, on_existing="update_only")
    assert second.updated == 2
    assert costs(branched) == {MINE: [5.0, 7.0], THEIRS: [50.0, 7.0]}


def test_a_value_sent_for_one_company_counts_for_no_other(branched: Harbour) -> None:
    load(branched, ROWS, MINE)
    load(branched, OTHER, THEIRS)
    branched.forget_calls()
    assert load(branched, ROWS, MINE).unchanged == 2
    assert load(branched, OTHER, THEIRS).unchanged == 2
    assert branched.calls("load", "write") == 0
    # The value that was last sent for the other company is a change in this one.
    assert load(branched, OTHER, MINE).updated == 1
    assert costs(branched) == {MINE: [50.0, 7.0], THEIRS: [50.0, 7.0]}


def test_a_record_made_in_a_company_has_its_value_there_alone(branched: Harbour) -> None:
    assert load(branched, ROWS, THEIRS).created == 2
    assert costs(branched) == {MINE: [0.0, 0.0], THEIRS: [5.0, 7.0]}


def test_an_undo_gives_the_company_its_value_back(branched: Harbour) -> None:
    first = load(branched, ROWS, MINE)
    second = load(branched, OTHER, THEIRS)
    company = next(number for number, name in companies(branched) if name == THEIRS)
    assert set(Change.objects.filter(load=second).values_list("company", flat=True)) == {company}
    undone = branched.run(loads.open_undo(second, archive=False))
    assert (undone.restored, undone.failed, undone.kept) == (2, 0, 0), issues(undone)
    assert costs(branched) == {MINE: [5.0, 7.0], THEIRS: [0.0, 0.0]}
    undone = branched.run(loads.open_undo(first, archive=False))
    assert (undone.removed, undone.failed) == (2, 0), issues(undone)


def test_a_company_that_the_login_has_not_is_named() -> None:
    from importer.data.companies import check_company

    said = check_company({"company": "Moon Ltd"}, [[1, MINE], [2, THEIRS]])
    assert [problem.code for problem in said] == ["unknown_company"]
    assert "“Moon Ltd” (it has: My Company, Branch)" in said[0].message
    assert check_company({"company": "2"}, [[1, MINE], [2, THEIRS]]) == []
