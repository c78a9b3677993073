"""What Odoo refuses is named by sheet, row and column, and costs no good row."""

import pytest

from importer import loads
from importer.choices import LoadState
from importer.models import Attempt
from tests.engine.loading import Harbour, Row, column, issues, look_up, partners, refer, states

EACH_VERSION = pytest.mark.parametrize("sandbox_server", [15, 17, 19], indirect=True)


@EACH_VERSION
def test_rows_that_the_database_refuses_are_named_and_the_rest_is_kept(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.fault("refuse_row", model="res.partner", field="ref", value="bad", by_database=True)
    bad = (0, 7, 20)
    rows = [{**row, "ref": "bad" if k in bad else "ok"} for k, row in enumerate(partners(60))]
    load = harbour.load(partner, rows)
    assert load.state == LoadState.DONE
    assert (load.created, load.failed, load.rows_done) == (57, 3, 60)
    assert len(harbour.names()) == 57
    named = issues(load)
    assert [(one.sheet, one.row, one.stage) for one in named] == [
        ("Sheet1", 2, "odoo"),
        ("Sheet1", 9, "odoo"),
        ("Sheet1", 22, "odoo"),
    ]
    assert "Refused by the test" in named[0].message
    assert harbour.notes.said("Odoo refused")


@EACH_VERSION
def test_a_refused_value_is_named_with_its_column(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    rows = [{"code": f"{k}", "name": f"Q{k}", "Land": "base.be"} for k in range(6)]
    rows[3]["Land"] = "base.nowhere"
    spec = {"model": "res.country", "by": ["external_id"], "inputs": [{"column": "Land"}]}
    load = harbour.load(partner, rows, [column("name"), look_up("country_id", spec)])
    assert (load.created, load.failed) == (5, 1)
    issue = issues(load)[0]
    assert (issue.row, issue.column, issue.field) == (5, "Land", "country_id")
    assert issue.value == "base.nowhere"


@EACH_VERSION
def test_a_refused_boss_blocks_only_those_below(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.fault("refuse_row", model="res.partner", field="ref", value="bad", by_database=True)
    rows: list[Row] = [
        {"code": "a", "name": "Qa", "ref": "bad", "of": None},
        {"code": "b", "name": "Qb", "ref": "ok", "of": "a"},
        {"code": "c", "name": "Qc", "ref": "ok", "of": "b"},
        {"code": "d", "name": "Qd", "ref": "ok", "of": None},
        {"code": "e", "name": "Qe", "ref": "ok", "of": "d"},
    ]
    fields = [column("name"), column("ref"), refer("parent_id", "customer", "of")]
    load = harbour.load(partner, rows, fields)
    assert (load.created, load.failed, load.blocked, load.rows_done) == (2, 1, 2, 5)
    assert harbour.names() == ["Qd", "Qe"]
    found = {one.row: one for one in issues(load)}
    assert [found[row].level for row in (2, 3, 4)] == ["error", "blocked", "blocked"]
    assert "was not loaded" in found[3].message
    assert (found[3].column, found[3].value) == ("of", "a")


def test_children_of_a_row_that_failed_in_the_parents_load_are_blocked(harbour: Harbour) -> None:
    tag = harbour.entity("tag", "res.partner.category")
    partner = harbour.entity("customer", "res.partner")
    harbour.fault("refuse_row", model="res.partner.category", field="name", value="Bad")
    book = harbour.dataset()
    tags = [{"code": "g", "name": "Good"}, {"code": "b", "name": "Bad"}]
    harbour.load(tag, tags, dataset=book, name="Tags")
    rows = [{"code": k, "name": f"Q{k}", "tag": k} for k in ("g", "b", "nowhere")]
    fields = [column("name"), refer("category_id", "tag", "tag")]
    load = harbour.load(partner, rows, fields, dataset=book)
    assert (load.created, load.blocked, load.failed) == (1, 1, 1)
    blocked = next(one for one in issues(load) if one.level == "blocked")
    assert "Tags, row 3" in blocked.message


def test_rows_that_fail_in_preparation_are_counted_and_never_sent(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    rows = [{"code": "a", "name": "Qa", "color": "x"}, {"code": "b", "name": "Qb", "color": "1"}]
    load = harbour.load(partner, rows)
    assert (load.created, load.failed) == (1, 1)
    issue = issues(load)[0]
    assert (issue.stage, issue.row, issue.column, issue.value) == ("prepare", 2, "color", "x")


def test_a_retry_takes_only_what_failed_and_moves_the_counters_back(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.fault("refuse_row", model="res.partner", field="ref", value="bad", by_database=True)
    rows = [{**row, "ref": "bad" if k < 2 else "ok"} for k, row in enumerate(partners(10))]
    load = harbour.load(partner, rows)
    assert (load.created, load.failed) == (8, 2)
    harbour.server.database.caller.faults.clear()
    loads.open_retry(load)
    assert load.failed == 0
    harbour.run(load)
    assert load.state == LoadState.DONE
    assert (load.created, load.failed, load.rows_total) == (10, 0, 10)
    assert issues(load) == []
    assert load.plans.order_by("-pass_number")[0].n_rows == 2


@EACH_VERSION
def test_a_call_refused_without_naming_a_row_is_halved_until_it_is_found(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(8))
    mute = _Mute(bad="Q0005")
    with mute.speaking_for(harbour):
        harbour.run(load)
    assert (load.created, load.failed) == (7, 1)
    assert [one.row for one in issues(load)] == [7]
    assert set(states(load)) <= {"done", "failed"}
    assert Attempt.objects.filter(batch__load=load, outcome="refused").count() == 4


class _Mute:
    """A server that refuses one row and names none."""

    def __init__(self, bad: str) -> None:
        self.bad = bad

    def speaking_for(self, harbour: Harbour):  # type: ignore[no-untyped-def]
        from unittest.mock import patch

        from importer.odoo.methods import Client
        from importer.odoo.protocols import LoadAnswer

        real = Client.insert_if_absent

        def refuse(client, model, fields, rows, *, context=None):  # type: ignore[no-untyped-def]
            if any(self.bad in row for row in rows):
                return LoadAnswer(None, ())
            return real(client, model, fields, rows, context=context)

        return patch.object(Client, "insert_if_absent", refuse)


def test_those_below_a_row_that_is_not_sent_are_not_sent_either(harbour: Harbour) -> None:
    """In 15 and 17 the two below go in one call of their own, and the lowest counts on the other:
    a manager may be computed, so whether there is one decides with whom a row goes."""
    employee = harbour.entity("employee", "hr.employee")
    harbour.fault("refuse_row", model="hr.employee", field="name", value="Top", by_database=True)
    rows: list[Row] = [
        {"code": "t", "name": "Top", "of": None},
        {"code": "m", "name": "Middle", "of": "t"},
        {"code": "b", "name": "Bottom", "of": "m"},
    ]
    load = harbour.load(employee, rows, [column("name"), refer("parent_id", "employee", "of")])
    found = {one.row: one for one in issues(load)}
    assert [found[row].level for row in (2, 3, 4)] == ["error", "blocked", "blocked"]
    assert (load.created, load.failed, load.blocked) == (0, 1, 2)
    assert found[4].value == "m"
    assert "was not loaded, so this row was not sent" in found[4].message
