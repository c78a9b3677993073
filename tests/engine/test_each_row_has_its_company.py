"""A column may name the company of each row: a call has rows of one company only, and what one
company has for itself is written, compared and given back there.
"""

import time
from typing import Any

import pytest

from importer import loads
from importer.choices import BatchKind, LoadState
from importer.data.companies import in_company
from importer.models import Batch, Change, Issue, Load
from importer.odoo.schema import own_companies
from tests.engine.loading import Harbour, column, issues, refer

FIELDS = [column("name"), column("standard_price", "cost")]
MINE, THEIRS = "My Company", "Branch"
BY_COLUMN = {"column": "Firm"}


def rows(*given: tuple[str, str, str]) -> list[dict[str, str | None]]:
    return [{"code": code, "name": code, "cost": cost, "Firm": firm} for code, cost, firm in given]


ROWS = rows(("P1", "5", MINE), ("P2", "7", THEIRS), ("P3", "9", MINE), ("P4", "11", THEIRS))


@pytest.fixture
def branched(harbour: Harbour) -> Harbour:
    """The login has two companies."""
    client = harbour.client()
    client.call("res.company", "create", arguments={"vals_list": {"name": THEIRS}})
    client.close()
    return harbour


def companies(harbour: Harbour) -> dict[str, int]:
    client = harbour.client()
    try:
        return {name: number for number, name, _ in own_companies(client)}
    finally:
        client.close()


def open_products(harbour: Harbour, given: list[dict[str, str | None]], **more: Any) -> Load:
    product = harbour.entity("product", "product.product")
    return open_rows(harbour, product, given, FIELDS, **more)


def open_rows(
    harbour: Harbour,
    entity: Any,
    given: list[dict[str, str | None]],
    fields: list[dict[str, Any]],
    **more: Any,
) -> Load:
    client = harbour.client()
    known = own_companies(client)
    client.close()
    frozen = harbour.frozen(entity, fields, **{"row_company": BY_COLUMN, **more})
    return loads.open_load(
        project=harbour.project,
        connection=harbour.connection,
        entity=entity,
        frozen=in_company(frozen, known),
        sheet=harbour.sheet(given),
    )


def load(harbour: Harbour, given: list[dict[str, str | None]], **more: Any) -> Load:
    ended = harbour.run(open_products(harbour, given, **more))
    assert (ended.state, ended.blocked) == (LoadState.DONE, 0), issues(ended)
    return ended


def costs(harbour: Harbour) -> dict[str, dict[str, float]]:
    """Product -> its cost in the first company and in the second."""
    client = harbour.client()
    try:
        return {
            name: {
                one["name"]: one["standard_price"]
                for one in client.search_read(
                    "product.product",
                    [["name", "=like", "P%"]],
                    ["name", "standard_price"],
                    context={"allowed_company_ids": [number]},
                )
            }
            for name, number in companies(harbour).items()
        }
    finally:
        client.close()


def test_each_row_is_written_in_the_company_it_names(branched: Harbour) -> None:
    made = load(branched, ROWS)
    assert (made.created, made.failed) == (4, 0), issues(made)
    assert costs(branched) == {
        MINE: {"P1": 5.0, "P2": 0.0, "P3": 9.0, "P4": 0.0},
        THEIRS: {"P1": 0.0, "P2": 7.0, "P3": 0.0, "P4": 11.0},
    }
    contexts = Batch.objects.filter(load=made).values_list("context", flat=True)
    known = companies(branched)
    assert sorted(one["allowed_company_ids"] for one in contexts) == [
        [known[MINE]],
        [known[THEIRS]],
    ]
    assert made.verification["records"] == {"expected": 4, "in_odoo": 4}


def test_nothing_is_sent_again_for_rows_that_did_not_change(branched: Harbour) -> None:
    load(branched, ROWS)
    again = load(branched, ROWS)
    assert (again.unchanged, again.updated) == (4, 0)
    assert not Batch.objects.filter(load=again).exists()


def test_a_company_is_named_by_name_number_or_external_id(branched: Harbour) -> None:
    known = companies(branched)
    given = rows(
        ("P1", "1", "base.main_company"), ("P2", "2", str(known[THEIRS])), ("P3", "3", " BRANCH ")
    )
    assert load(branched, given).created == 3
    assert costs(branched)[MINE] == {"P1": 1.0, "P2": 0.0, "P3": 0.0}
    assert costs(branched)[THEIRS] == {"P1": 0.0, "P2": 2.0, "P3": 3.0}


def test_an_unknown_company_is_an_error_of_its_row_alone(branched: Harbour) -> None:
    given = rows(("P1", "1", MINE), ("P2", "2", "Moon Ltd"))
    ended = load(branched, given)
    assert (ended.created, ended.failed) == (1, 1)
    said = Issue.objects.get(load=ended)
    assert (said.code, said.row, said.column, said.value) == (
        *("unknown_company", 3),
        *("Firm", "Moon Ltd"),
    )
    assert said.message.startswith("Column “Firm”: “Moon Ltd” is no company of the connection's")
    assert f"(it has: {MINE}, {THEIRS})" in said.message


def test_a_row_without_a_company_goes_where_its_node_goes(branched: Harbour) -> None:
    given = rows(("P1", "1", ""), ("P2", "2", MINE))
    assert load(branched, given, company=THEIRS).created == 2
    assert costs(branched) == {MINE: {"P1": 0.0, "P2": 2.0}, THEIRS: {"P1": 1.0, "P2": 0.0}}
    other = rows(("P3", "3", ""))
    assert load(branched, other).created == 1
    assert costs(branched)[MINE]["P3"] == 3.0


def test_an_expression_may_tell_the_company(branched: Harbour) -> None:
    by_sum = {"sql": 'CASE WHEN CAST("cost" AS INTEGER) > 6 THEN \'Branch\' ELSE "Firm" END'}
    given = rows(("P1", "5", MINE), ("P2", "7", MINE), ("P3", "much", MINE))
    ended = load(branched, given, row_company=by_sum)
    assert (ended.created, ended.failed) == (2, 1)
    assert costs(branched)[THEIRS] == {"P1": 0.0, "P2": 7.0}
    messages = Issue.objects.filter(load=ended).values_list("message", flat=True)
    assert any("the company could not be computed" in one for one in messages)


def test_a_row_that_moves_to_another_company_is_written_there(branched: Harbour) -> None:
    load(branched, ROWS)
    moved = [row | {"Firm": MINE} if row["code"] == "P2" else row for row in ROWS]
    second = load(branched, moved)
    assert (second.updated, second.unchanged) == (1, 3)
    assert (costs(branched)[MINE]["P2"], costs(branched)[THEIRS]["P2"]) == (7.0, 7.0)
    branched.forget_calls()
    assert load(branched, moved).unchanged == 4
    assert branched.calls("load", "write") == 0


def test_an_undo_gives_each_company_its_values_back(branched: Harbour) -> None:
    first = load(branched, ROWS)
    known = companies(branched)
    before = costs(branched)
    second = load(branched, [row | {"cost": f"{row['cost']}0"} for row in ROWS])
    assert second.updated == 4
    places = Change.objects.filter(load=second).values_list("company", flat=True)
    assert sorted(places) == sorted([known[MINE], known[MINE], known[THEIRS], known[THEIRS]])
    undone = branched.run(loads.open_undo(second, archive=False))
    assert (undone.restored, undone.failed, undone.kept) == (4, 0, 0), issues(undone)
    assert costs(branched) == before
    undone = branched.run(loads.open_undo(first, archive=False))
    assert (undone.removed, undone.failed) == (4, 0), issues(undone)
    assert costs(branched) == {MINE: {}, THEIRS: {}}


def test_equal_changes_are_one_write_for_each_company(branched: Harbour) -> None:
    firms = [MINE if n % 2 else THEIRS for n in range(16)]
    given = rows(*((f"P{n:02}", f"{n + 1}", firm) for n, firm in enumerate(firms)))
    load(branched, given)
    branched.forget_calls()
    changed = load(branched, [row | {"cost": "99"} for row in given])
    assert changed.updated == 16
    assert (branched.calls("write"), branched.calls("load")) == (2, 0)
    written = Batch.objects.filter(load=changed, kind=BatchKind.WRITE)
    assert len({one.context["allowed_company_ids"][0] for one in written}) == 2
    for place, name in ((1, MINE), (0, THEIRS)):
        own = costs(branched)[name]
        assert [own[f"P{n:02}"] for n in range(16)] == [
            99.0 if n % 2 == place else 0.0 for n in range(16)
        ]


@pytest.mark.parametrize("kind", ["drop_before_commit", "drop_after_commit"])
def test_a_lost_answer_is_settled_in_the_company_of_its_rows(branched: Harbour, kind: str) -> None:
    load(branched, ROWS)
    opened = open_products(branched, [row | {"cost": f"{row['cost']}0"} for row in ROWS])
    branched.fault(kind, model="product.product", method="load")
    for _ in range(200):
        if branched.run(opened).state == LoadState.DONE:
            break
        time.sleep(0.1)  # a call in doubt is waited for
    assert (opened.updated, opened.failed) == (4, 0), issues(opened)
    assert costs(branched) == {
        MINE: {"P1": 50.0, "P2": 0.0, "P3": 90.0, "P4": 0.0},
        THEIRS: {"P1": 0.0, "P2": 70.0, "P3": 0.0, "P4": 110.0},
    }


def test_a_key_has_one_company_in_a_load(branched: Harbour) -> None:
    ended = load(branched, rows(("P1", "1", MINE), ("P1", "2", THEIRS), ("P1", "3", MINE)))
    assert (ended.created, ended.failed) == (1, 2)
    messages = dict(Issue.objects.filter(load=ended).values_list("row", "message"))
    assert messages[3] == (
        "The key “P1” is already in row 2 for another company. A load has one row for each key: "
        "give the second company's values a mapping and a graph of their own."
    )
    assert messages[4].endswith("Keep one of the two rows, or add a column to the key.")


def test_rows_of_two_companies_refer_to_one_another(branched: Harbour) -> None:
    partner = branched.entity("customer", "res.partner")
    given: list[dict[str, str | None]] = [
        {"code": f"Q{n}", "name": f"Q{n}", "boss": f"Q{n - 1}" if n else None, "Firm": firm}
        for n, firm in enumerate((MINE, THEIRS, MINE, THEIRS))
    ]
    fields = [column("name"), refer("parent_id", "customer", "boss")]
    ended = branched.run(open_rows(branched, partner, given[::-1], fields))
    assert (ended.created, ended.failed, ended.blocked) == (4, 0, 0), issues(ended)
    found = branched.read("res.partner", [["name", "=like", "Q%"]], ["name", "parent_id"])
    ids = {one["name"]: one["id"] for one in found}
    assert {one["name"]: one["parent_id"] for one in found} == {
        "Q0": False,
        "Q1": ids["Q0"],
        "Q2": ids["Q1"],
        "Q3": ids["Q2"],
    }


def test_existing_records_are_looked_for_by_the_values_of_the_company(branched: Harbour) -> None:
    known = companies(branched)
    client = branched.client()
    for name, firm, barcode in (("Q1", MINE, "b1"), ("Q2", THEIRS, "b1")):
        client.call(
            "res.partner",
            "create",
            arguments={"vals_list": {"name": name, "barcode": barcode}},
            context={"allowed_company_ids": [known[firm]]},
        )
    client.close()
    partner = branched.entity("customer", "res.partner")
    given: list[dict[str, str | None]] = [
        {"code": "1", "city": "Lima", "barcode": "b1", "name": "Q1", "Firm": MINE},
        {"code": "2", "city": "Quito", "barcode": "b1", "name": "Q2", "Firm": THEIRS},
    ]
    fields = [column("name"), column("city"), column("barcode")]
    rules = [{"fields": ["barcode"]}]
    ended = branched.run(open_rows(branched, partner, given, fields, match_rules=rules))
    assert (ended.adopted, ended.created, ended.failed) == (2, 0, 0), issues(ended)
    found = branched.read("res.partner", [["name", "=like", "Q%"]], ["name", "city"])
    assert {one["name"]: one["city"] for one in found} == {"Q1": "Lima", "Q2": "Quito"}


def test_control_totals_are_summed_in_each_rows_company(branched: Harbour) -> None:
    total = {"name": "Cost", "sql": 'CAST("cost" AS DECIMAL(18,2))', "field": "standard_price"}
    ended = load(branched, ROWS, control_totals=[total])
    assert ended.verification["totals"]["Cost"]["odoo"] == "32.00"
    assert ended.verification["totals"]["Cost"]["difference"] == "0.00"
