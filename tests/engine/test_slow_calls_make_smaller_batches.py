"""A call that takes too long is followed by smaller ones, before the server cuts it off."""

import pytest

from importer.connections import change_connection
from importer.errors import Refused
from importer.models import Attempt, Batch, Load, User
from tests.engine.loading import Harbour, column, partners, refer
from tests.engine.test_existing_records_are_adopted import BY_VAT, firms, in_odoo
from tests.engine.test_lost_answers_are_settled import outcomes, run_out

FIELDS = [column("name"), column("city")]


def lose_one_slow_call(harbour: Harbour) -> None:
    harbour.connection.answer_target_seconds = 1
    harbour.connection.save()
    slow = {"model": "res.partner", "method": "load"}
    harbour.fault("latency", **slow, seconds=1.2, stage="before")
    harbour.fault("drop_after_commit", **slow)


def sent_rows(load: Load) -> list[int]:
    batches = Batch.objects.filter(load=load, state="done").order_by("first_pos")
    return [one.n_rows for one in batches]


def test_a_create_that_was_cut_off_goes_on_in_halves_and_is_there_once(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(25), FIELDS[:1])
    lose_one_slow_call(harbour)
    run_out(harbour, load)
    assert outcomes(load) == ["in_doubt", "kept", "kept"]
    assert sent_rows(load) == [13, 12]
    assert (load.created, load.rows_done, len(harbour.names())) == (25, 25, 25)
    assert load.pace["create"]["rows"] == 24  # 12, and twice as many after two clean ones


def test_halves_refer_to_records_as_the_whole_did(harbour: Harbour) -> None:
    """To one that was adopted, and that only its database id leads to."""
    book, firm = harbour.dataset(), harbour.entity("firm", "res.partner")
    in_odoo(harbour, vat="BE1")
    above = firms(("f", "Q Firm", "BE1"))
    harbour.load(firm, above, match_rules=BY_VAT, dataset=book, name="Firms")
    rows = [{**row, "of": "f"} for row in partners(25)]
    fields = [column("name"), refer("parent_id", "firm", "of")]
    entity = harbour.entity("customer", "res.partner")
    load = harbour.open(entity, rows, fields, dataset=book, name="Customers")
    lose_one_slow_call(harbour)
    run_out(harbour, load)
    assert (outcomes(load), sent_rows(load)) == (["in_doubt", "kept", "kept"], [13, 12])
    assert (load.state, load.created) == ("done", 25)


def test_a_quick_loss_says_nothing_of_the_size(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(25), FIELDS[:1])
    harbour.fault("drop_before_commit", model="res.partner", method="load")
    run_out(harbour, load)
    assert (outcomes(load), sent_rows(load)) == (["in_doubt", "kept"], [25])


def test_levels_in_one_call_are_not_torn_apart_while_in_doubt(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    rows = [
        {"code": f"{k}", "name": f"Q{k:02d}", "of": f"{k - 10}" if k >= 10 else ""}
        for k in range(20)
    ]
    boss = {"entity": "customer", "inputs": [{"column": "of"}]}
    field = {"target": "parent_id", "source": "reference", "spec": boss, "default": ""}
    fields = [column("name"), field | {"value_map": None, "on_missing": "error"}]
    load = harbour.open(partner, rows, fields)
    lose_one_slow_call(harbour)
    run_out(harbour, load)
    assert (load.created, load.failed, load.blocked) == (20, 0, 0)
    assert Attempt.objects.filter(batch__load=load).count() >= 2


def test_an_update_that_was_cut_off_goes_whole_and_the_next_are_halves(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    rows = [{**row, "city": "Lima"} for row in partners(100)]
    harbour.load(partner, rows, FIELDS)
    changed = [{**row, "city": f"Quito {row['code']}"} for row in rows]
    load = harbour.open(partner, changed, FIELDS)
    slow = {"model": "res.partner", "method": "load"}
    harbour.connection.answer_target_seconds = 1
    harbour.connection.save()
    harbour.fault("latency", **slow, seconds=1.2, stage="before")
    harbour.fault("drop_before_commit", **slow)
    run_out(harbour, load)
    assert (load.updated, load.rows_done) == (100, 100)
    first = Batch.objects.filter(load=load).order_by("seq")[0]
    assert first.n_rows == 25
    assert sorted(sent_rows(load))[:2] == [12, 12]


def test_batches_shrink_to_what_the_server_answers_in_the_target(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.connection.answer_target_seconds = 1
    harbour.connection.save()
    slow = {"model": "res.partner", "method": "load"}
    harbour.fault("latency", **slow, seconds=2.0, stage="before")
    load = harbour.load(partner, partners(100), FIELDS[:1])
    assert load.created == 100
    assert sent_rows(load)[0] == 25
    assert sent_rows(load)[1] in range(9, 14)
    again = harbour.load(partner, partners(60, "R"), FIELDS[:1])
    assert again.created == 60


def test_the_target_stays_far_from_the_servers_limit(harbour: Harbour) -> None:
    boss = User.objects.create_user("boss", is_superuser=True)
    connection = change_connection(
        harbour.connection, by=boss, answer_limit_seconds=60, answer_target_seconds=30
    )
    connection.refresh_from_db()
    assert (connection.answer_limit_seconds, connection.answer_target_seconds) == (60, 30)
    for wrong in (31, 0):
        with pytest.raises(Refused, match="answer target"):
            change_connection(connection, by=boss, answer_target_seconds=wrong)
