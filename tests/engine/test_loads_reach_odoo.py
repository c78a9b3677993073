"""Clean loads: first, second and changed runs, dry runs, chosen keys, several entities."""

from typing import Any

import pytest

from importer.choices import LoadState
from importer.engine import plan_step
from importer.engine.looking.look import look
from importer.engine.looking.said import Looked
from importer.models import Change, ConnectionSecret, Execution, KeyMap
from importer.secrets import seal
from tests.engine.loading import Harbour, Row, column, issues, partners, refer, states


def test_new_rows_are_created_once_under_computed_ids(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.load(partner, partners(130))
    assert load.state == LoadState.DONE
    assert (load.created, load.rows_total, load.rows_done) == (130, 130, 130)
    assert harbour.names() == [f"Q{k:04d}" for k in range(130)]
    assert set(states(load)) == {"done"}
    assert len(states(load)) >= 4
    assert KeyMap.objects.filter(origin="created", state="live").count() == 130
    assert load.verification["records"] == {"expected": 130, "in_odoo": 130}
    assert sorted(harbour.notes.done) == harbour.notes.done
    execution = Execution.objects.get()
    assert execution.output == load.prepared_as
    assert execution.state == "succeeded"
    assert "SELECT" in execution.sql


def test_a_second_run_sends_nothing(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, partners(30))
    harbour.forget_calls()
    load = harbour.load(partner, partners(30))
    assert (load.created, load.updated, load.unchanged) == (0, 0, 30)
    assert harbour.calls() == 0


def test_rows_that_are_not_sent_again_are_counted_not_read(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, partners(30))
    harbour.forget_calls()
    load = harbour.load(partner, partners(30))
    counts = harbour.server.database.caller.counts
    assert counts["res.partner", "search_read"] == 1  # who edited them, before the plan
    assert load.verification["records"] == {"expected": 30, "in_odoo": 30}


def test_a_changed_file_sends_only_the_changed_fields(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    rows = [{**row, "city": "Lima", "ref": "r"} for row in partners(30)]
    harbour.load(partner, rows)
    record = harbour.read("res.partner", [["name", "=", "Q0003"]], ["id"])[0]["id"]
    harbour.client().write("res.partner", [record], {"ref": "edited by hand"})
    rows[3] = {**rows[3], "city": "Quito"}
    load = harbour.load(partner, rows)
    assert (load.updated, load.unchanged) == (1, 29)
    found = harbour.read("res.partner", [["id", "=", record]], ["city", "ref"])[0]
    assert (found["city"], found["ref"]) == ("Quito", "edited by hand")
    images = Change.objects.filter(load=load).values_list("before__city", "after__city")
    assert images.get() == ("Lima", "Quito")
    assert Change.objects.exclude(keymap_before__sent_fields=None).filter(load=load).exists()
    assert harbour.load(partner, rows).unchanged == 30


def test_a_dry_run_sends_nothing_and_says_so(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.forget_calls()
    load = harbour.load(partner, partners(30), dry_run=True)
    assert load.state == LoadState.DONE
    assert (load.created, load.rows_done) == (30, 30)
    assert harbour.calls() == 0
    assert harbour.notes.said("Local plan, nothing sent: 30 create")
    assert load.plans.get().depth == "local"


def test_a_dry_run_believes_its_parents_dry_run(harbour: Harbour) -> None:
    tag = harbour.entity("tag", "res.partner.category")
    partner = harbour.entity("customer", "res.partner")
    book = harbour.dataset()
    harbour.load(tag, [{"code": "T", "name": "Tag"}], dry_run=True, dataset=book, name="Tags")
    fields = [column("name"), refer("category_id", "tag", "tag")]
    rows = [{"code": "a", "name": "Qa", "tag": "T"}, {"code": "b", "name": "Qb", "tag": "X"}]
    load = harbour.load(partner, rows, fields, dry_run=True, dataset=book)
    assert (load.created, load.failed) == (1, 1)


def test_only_chosen_keys_are_loaded(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.load(partner, partners(10), keys=["Q0004", "Q9999"])
    assert (load.created, load.rows_total) == (1, 1)
    assert harbour.notes.said("1 of the chosen keys are in no row of the sheet: Q9999.")
    assert harbour.names() == ["Q0004"]


def test_children_refer_to_parents_of_their_own_entity_and_of_others(harbour: Harbour) -> None:
    tag = harbour.entity("tag", "res.partner.category")
    partner = harbour.entity("customer", "res.partner")
    harbour.load(tag, [{"code": "T", "name": "Tag"}])
    fields = [
        column("name"),
        refer("category_id", "tag", "tag"),
        refer("parent_id", "customer", "of"),
    ]
    rows: list[Row] = [
        {"code": "c", "name": "Qc", "tag": "T", "of": "b"},
        {"code": "b", "name": "Qb", "tag": None, "of": "a"},
        {"code": "a", "name": "Qa", "tag": "T", "of": None},
    ]
    load = harbour.load(partner, rows, fields)
    assert load.created == 3
    found = {
        record["name"]: record
        for record in harbour.read(
            "res.partner", [["name", "=like", "Q_"]], ["name", "parent_id", "category_id"]
        )
    }
    assert found["Qb"]["parent_id"] == found["Qa"]["id"]
    assert found["Qc"]["parent_id"] == found["Qb"]["id"]
    assert len(found["Qa"]["category_id"]) == 1
    assert found["Qb"]["category_id"] == []


@pytest.mark.parametrize(("login", "passes"), [("admin", 1), ("low", 2)])
def test_a_record_under_our_external_id_is_found_compared_and_updated(
    harbour: Harbour, login: str, passes: int
) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(
        partner,
        [{"code": "a", "name": "Qa", "city": "Lima"}, {"code": "b", "name": "Qb", "city": "x"}],
    )
    KeyMap.objects.all().delete()
    harbour.connection.secrets.all().delete()
    ConnectionSecret.objects.create(
        project=harbour.project, connection=harbour.connection, login=login, secret=seal(login)
    )
    load = harbour.load(
        partner,
        [{"code": "a", "name": "Qa", "city": "Quito"}, {"code": "b", "name": "Qb", "city": "x"}],
    )
    assert (load.created, load.updated, load.unchanged) == (0, 1, 1)
    assert set(KeyMap.objects.values_list("origin", flat=True)) == {"found"}
    assert load.plans.count() == passes
    assert harbour.read("res.partner", [["name", "=", "Qa"]], ["city"])[0]["city"] == "Quito"
    assert harbour.names() == ["Qa", "Qb"]


def test_a_record_that_goes_after_the_look_is_created_again_by_the_next_pass(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, [{"code": "a", "name": "Qa"}, {"code": "b", "name": "Qb"}])
    record = harbour.read("res.partner", [["name", "=", "Qa"]], ["id"])[0]["id"]

    def look_and_lose(*args: Any) -> Looked:
        looked = look(*args)
        if harbour.read("res.partner", [["id", "=", record]], ["id"]):
            harbour.client().unlink("res.partner", [record])
        return looked

    monkeypatch.setattr(plan_step, "look", look_and_lose)
    load = harbour.load(partner, [{"code": "a", "name": "Qa2"}, {"code": "b", "name": "Qb"}])
    assert load.plans.count() == 2
    assert (load.created, load.updated, load.unchanged) == (1, 0, 1)
    assert harbour.names() == ["Qa2", "Qb"]


def test_control_totals_are_compared_with_odoo(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    totals = [
        {"name": "colours", "sql": "color", "field": "color"},
        {"name": "wrong", "sql": "CAST(color AS INTEGER) + 1", "field": "color"},
    ]
    rows = [{**row, "color": "3"} for row in partners(5)]
    load = harbour.load(partner, rows, control_totals=totals)
    assert load.verification["totals"]["colours"]["difference"] == "0.00"
    assert load.verification["totals"]["wrong"]["difference"] == "-5.00"
    assert harbour.notes.said("The control total “wrong” differs")
    assert [issue.stage for issue in issues(load)] == ["verify"]


def test_records_that_exist_and_cannot_be_read_end_the_load_with_a_sentence(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, partners(3))
    KeyMap.objects.all().delete()
    monkeypatch.setattr("importer.engine.hidden.read_images", lambda *args: {})
    load = harbour.load(partner, [{**row, "city": "Lima"} for row in partners(3)])
    assert load.state == LoadState.FAILED
    assert "cannot read them" in load.error
    assert len(harbour.names()) == 3
