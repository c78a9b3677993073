"""Where a field was changed in Odoo and in the sheet, the mapping says whose value stays."""

import time

import pytest

from importer import loads
from importer.choices import LoadState
from importer.errors import Refused
from importer.models import Load
from tests.engine.loading import Harbour, column, issues, look_up, partners
from tests.engine.test_lost_answers_are_settled import run_out
from tests.undo.undoing import undo

LAND = {"model": "res.country", "by": ["external_id"], "inputs": [{"column": "land"}]}


def rows(n: int, city: str, ref: str, land: str = "base.be") -> list[dict[str, str | None]]:
    return [
        {**row, "city": f"{city} {k}", "ref": ref, "land": land}
        for k, row in enumerate(partners(n))
    ]


def fields(winner: str) -> list[dict[str, object]]:
    return [
        column("name"),
        column("city", winner=winner),
        column("ref"),
        look_up("country_id", LAND, winner=winner),
    ]


def edit(harbour: Harbour, name: str, **values: object) -> None:
    time.sleep(1.1)  # Odoo's write dates have no fractions
    client = harbour.client()
    client.write("res.partner", client.search("res.partner", [["name", "=", name]]), values)
    client.close()


def changed(harbour: Harbour, winner: str, *, seen_by: str = "create") -> Load:
    """Six rows loaded; Q0002 edited in Odoo; then all changed in the sheet."""
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, rows(6, "Lima", "r"), fields(winner))
    if seen_by == "update":
        harbour.load(partner, rows(6, "Ica", "q"), fields(winner))
    edit(harbour, "Q0002", city="Cusco")
    return harbour.open(partner, rows(6, "Quito", "s"), fields(winner))


def held(harbour: Harbour, name: str = "Q0002") -> tuple[str, str]:
    one = harbour.read("res.partner", [["name", "=", name]], ["city", "ref"])[0]
    return one["city"], one["ref"]


def test_the_source_wins_where_nothing_is_said(harbour: Harbour) -> None:
    load = harbour.run(changed(harbour, "source"))
    assert (load.updated, load.blocked, issues(load)) == (6, 0, [])
    assert held(harbour) == ("Quito 2", "s")


@pytest.mark.parametrize("seen_by", ["create", "update"])
def test_odoo_wins_field_by_field_and_that_is_told(harbour: Harbour, seen_by: str) -> None:
    load = harbour.run(changed(harbour, "odoo", seen_by=seen_by))
    assert (load.state, load.updated, load.blocked) == (LoadState.DONE, 6, 0)
    assert held(harbour) == ("Cusco", "s")
    assert held(harbour, "Q0003") == ("Quito 3", "s")
    told = issues(load)
    assert [(one.code, one.level, one.row, one.field) for one in told] == [
        ("odoo_kept", "warning", 4, "city")
    ]
    assert "“Cusco”" in told[0].message
    assert told[0].value == "Quito 2"
    harbour.forget_calls()
    again = harbour.load(load.entity, rows(6, "Quito", "s"), fields("odoo"))
    assert (again.unchanged, harbour.calls()) == (6, 0)


def test_a_row_left_without_a_field_is_unchanged(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, rows(3, "Lima", "r"), fields("odoo"))
    edit(harbour, "Q0002", city="Cusco")
    load = harbour.load(partner, rows(3, "Quito", "r"), fields("odoo"))
    assert (load.updated, load.unchanged) == (2, 1)
    assert [one.code for one in issues(load)] == ["odoo_kept"]


def test_a_record_that_odoo_holds_stays_too(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, rows(3, "Lima", "r"), fields("odoo"))
    client = harbour.client()
    found = client.find_reference("base.de")
    client.close()
    assert found is not None
    edit(harbour, "Q0002", country_id=found.id)
    load = harbour.load(partner, rows(3, "Quito", "s", "base.pe"), fields("odoo"))
    assert load.updated == 3
    one = harbour.read("res.partner", [["name", "=", "Q0002"]], ["country_id", "city", "ref"])[0]
    assert (one["country_id"], one["city"], one["ref"]) == (found.id, "Quito 2", "s")
    assert [one.field for one in issues(load)] == ["country_id"]


@pytest.mark.parametrize(("winner", "city"), [("source", "Quito 2"), ("odoo", "Cusco")])
def test_a_question_waits_until_a_retry_names_the_winner(
    harbour: Harbour, winner: str, city: str
) -> None:
    load = harbour.run(changed(harbour, "ask"))
    assert (load.updated, load.blocked, load.rows_done) == (5, 1, 6)
    assert held(harbour) == ("Cusco", "r")
    told = issues(load)
    assert [(one.code, one.level, one.row, one.field, one.value) for one in told] == [
        ("conflict", "blocked", 4, "city", "Quito 2")
    ]
    assert "“Cusco” and in the sheet to “Quito 2”" in told[0].message
    loads.open_retry(load)
    assert harbour.run(load).blocked == 1
    loads.name_winner([load], winner)
    loads.open_retry(load)
    harbour.run(load)
    assert (load.updated, load.blocked, load.rows_done) == (6, 0, 6)
    assert held(harbour) == (city, "s")
    with pytest.raises(Refused, match="cannot win"):
        loads.name_winner([load], "me")


def test_what_was_kept_is_kept_by_a_call_in_doubt_as_well(harbour: Harbour) -> None:
    load = changed(harbour, "odoo")
    harbour.fault("drop_before_commit", model="res.partner", method="load")
    run_out(harbour, load)
    assert (load.updated, load.rows_done) == (6, 6)
    assert held(harbour) == ("Cusco", "s")
    assert [one.code for one in issues(load)] == ["odoo_kept"]


def test_a_rollback_gives_back_what_was_written_and_no_more(harbour: Harbour) -> None:
    load = harbour.run(changed(harbour, "odoo", seen_by="update"))
    done = undo(harbour, load)
    assert (done.restored, done.kept) == (6, 0)
    assert held(harbour) == ("Cusco", "q")
    assert held(harbour, "Q0003") == ("Ica 3", "q")
