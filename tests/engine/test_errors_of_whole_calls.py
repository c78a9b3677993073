"""Errors of a whole call that name no row: nobody is blamed for another's, nothing is guessed."""

from collections.abc import Sequence

import pytest

from importer import loads
from importer.choices import LoadState
from importer.engine.desk import Desk
from importer.engine.faults import MOST_IN_A_ROW, Faults
from importer.engine.updating import Updating
from importer.engine.works import Answered, Ready
from importer.models import Attempt, Batch, Change, Load
from importer.odoo.client import connect
from importer.odoo.protocols import OdooClient
from tests.engine.loading import Harbour, Row, column, issues, partners
from tests.engine.test_lost_answers_are_settled import FIELDS, in_quito, run_out
from tests.undo.undoing import count, undo

STREET = [column("name"), column("street")]
ERRORS = ["builtins.ValueError", "odoo.exceptions.UserError"]


def fault(harbour: Harbour, method: str, **more: object) -> None:
    harbour.fault("server_error", model="res.partner", method=method, **more)


def late(harbour: Harbour, method: str, **more: object) -> None:
    """An error from after the commit."""
    fault(harbour, method, committed=True, message="the hook fell over", **more)


def loaded(harbour: Harbour, rows: Sequence[Row]) -> Load:
    return harbour.load(harbour.entity("customer", "res.partner"), rows, FIELDS)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("bad", [[0], [7], [19], [0, 1, 2], [3, 11]])
def test_only_the_row_that_makes_calls_fail_is_blamed(
    harbour: Harbour, error: str, bad: list[int]
) -> None:
    rows = partners(20)
    for n in bad:
        fault(harbour, "load", field="name", value=rows[n]["name"], error=error, message="odd row")
    load = run_out(harbour, harbour.open(harbour.entity("customer", "res.partner"), rows))
    assert [one.row - 2 for one in issues(load)] == bad
    assert all("odd row" in one.message for one in issues(load))
    assert (load.state, load.created, load.failed) == ("done", 20 - len(bad), len(bad))
    assert len(harbour.names()) == 20 - len(bad)
    assert harbour.calls("load") <= 12 * len(bad)


def test_where_every_call_fails_the_load_stops_and_no_row_is_blamed(harbour: Harbour) -> None:
    fault(harbour, "load", times=0, message="a broken add-on")
    load = run_out(harbour, harbour.open(harbour.entity("customer", "res.partner"), partners(60)))
    assert load.state == LoadState.FAILED
    assert "a broken add-on" in load.error and "no row is blamed" in load.error
    assert [one.row for one in issues(load)] == []
    assert harbour.calls("load") <= MOST_IN_A_ROW
    harbour.server.database.caller.faults.clear()
    run_out(harbour, loads.open_retry(load))
    assert (load.state, load.created, load.failed) == ("done", 60, 0)


def test_a_load_with_many_rows_may_meet_more_errors_before_it_stops() -> None:
    met = Faults(in_all=500, in_a_row=1)
    assert met.is_over(1000) and not met.is_over(10_000)


@pytest.mark.parametrize("n", [1, 20])
def test_an_error_after_the_commit_of_a_create_loses_no_record(harbour: Harbour, n: int) -> None:
    late(harbour, "load")
    load = run_out(harbour, harbour.open(harbour.entity("customer", "res.partner"), partners(n)))
    assert (load.state, load.created, load.failed, issues(load)) == ("done", n, 0, [])
    assert len(harbour.names()) == n
    undone = undo(harbour, load)
    assert (undone.removed, undone.state, harbour.names()) == (n, "done", [])


def test_errors_after_every_commit_of_a_create_lose_no_record_either(harbour: Harbour) -> None:
    late(harbour, "load", times=0)
    load = run_out(harbour, harbour.open(harbour.entity("customer", "res.partner"), partners(4)))
    assert (load.created, load.failed) == (4, 0)


def test_records_made_by_a_load_that_stopped_go_with_its_undo(harbour: Harbour) -> None:
    """The login was refused, and yet the records were made: they are found by their names."""
    late(harbour, "load", error="odoo.exceptions.AccessError")
    load = run_out(harbour, harbour.open(harbour.entity("customer", "res.partner"), partners(90)))
    assert (load.state, load.created) == (LoadState.FAILED, 0)
    assert harbour.names()
    undone = undo(harbour, load)
    assert (undone.state, harbour.names()) == ("done", [])


@pytest.mark.parametrize("method", ["load", "write"])
def test_an_error_after_the_commit_of_an_update_is_undone_exactly(
    harbour: Harbour, method: str
) -> None:
    rows = partners(8, city="Lima")
    loaded(harbour, rows)
    changed = in_quito(rows) if method == "load" else [{**row, "city": "Quito"} for row in rows]
    late(harbour, method)
    second = loaded(harbour, changed)
    assert (second.updated, second.failed, second.unchanged, issues(second)) == (8, 0, 0, [])
    assert harbour.notes.said("but had kept it")
    assert Change.objects.filter(load=second, after__isnull=False).count() == 8
    undone = undo(harbour, second)
    assert (undone.restored, undone.state) == (8, "done")
    assert cities(harbour) == {"Lima"}


def cities(harbour: Harbour) -> set[str]:
    found = harbour.read("res.partner", [["name", "=like", "Q%"]], ["city"])
    return {one["city"] for one in found}


@pytest.mark.parametrize("method", ["load", "write"])
def test_an_update_that_fails_whole_without_being_kept_goes_on_in_halves(
    harbour: Harbour, method: str
) -> None:
    rows = partners(8, city="Lima")
    loaded(harbour, rows)
    changed = in_quito(rows) if method == "load" else [{**row, "city": "Quito"} for row in rows]
    fault(harbour, method)
    if method == "load":
        fault(harbour, "load", field="city", value="Quito 5", message="odd row")
    second = loaded(harbour, changed)
    bad = [5] if method == "load" else []
    assert [one.row - 2 for one in issues(second)] == bad
    assert (second.updated, second.failed) == (8 - len(bad), len(bad))
    undone = undo(harbour, second)
    assert (undone.restored, cities(harbour)) == (8 - len(bad), {"Lima"})


def test_an_error_after_the_commit_of_a_removal_counts_as_removed(harbour: Harbour) -> None:
    for n in (1, 6):
        load = loaded(harbour, partners(n, city="Lima"))
        late(harbour, "unlink", times=0)
        undone = undo(harbour, load)
        harbour.server.database.caller.faults.clear()
        assert (undone.removed, undone.kept, undone.failed) == (n, 0, 0)
        assert harbour.names() == []


def test_an_error_after_the_commit_of_a_restore_counts_as_restored(harbour: Harbour) -> None:
    rows = partners(6, city="Lima")
    loaded(harbour, rows)
    second = loaded(harbour, in_quito(rows))
    late(harbour, "write", times=0)
    undone = undo(harbour, second)
    assert (undone.restored, undone.failed, cities(harbour)) == (6, 0, {"Lima"})


def test_an_error_after_the_commit_of_archiving_counts_as_archived(harbour: Harbour) -> None:
    load = loaded(harbour, partners(3, city="Lima"))
    client = harbour.client()
    for one in harbour.read("res.partner", [["name", "=like", "Q%"]], ["name"]):
        client.create_record("res.partner", {"name": "theirs", "parent_id": one["id"]})
    client.close()
    late(harbour, "write", times=0)
    undone = undo(harbour, load, archive=True)
    assert (undone.archived, undone.kept) == (3, 0)
    archived = [["name", "=like", "Q%"], ["active", "=", False]]
    assert count(harbour, "res.partner", archived) == 3


def test_what_a_refused_row_would_have_rewritten_along_is_not_said_to_be_edited(
    harbour: Harbour,
) -> None:
    firm = harbour.entity("customer", "res.partner")
    harbour.load(firm, partners(1, street="Old"), STREET)
    client = harbour.client()
    (company,) = client.search("res.partner", [["name", "=", "Q0000"]])
    child = client.create_record("res.partner", {"name": "theirs", "parent_id": company})
    client.close()
    fault(harbour, "load", field="street", value="New", message="odd row")
    load = run_out(harbour, harbour.open(firm, partners(1, street="New"), STREET))
    assert (load.failed, Change.objects.filter(load=load).count()) == (1, 0)
    other = connect(harbour.connection.url, "sandbox", "low", "low")
    other.write("res.partner", [child], {"street": "Edited"})
    other.close()
    undone = undo(harbour, load)
    assert (undone.state, undone.kept, issues(undone)) == ("done", 0, [])


@pytest.mark.parametrize("status", [400, 403, 415])
def test_a_page_of_a_proxy_pauses_and_blames_nobody(harbour: Harbour, status: int) -> None:
    load = harbour.open(harbour.entity("customer", "res.partner"), partners(20), [column("name")])
    harbour.fault("http_error", model="res.partner", method="load", status=status, committed=True)
    harbour.run(load)
    assert load.state == LoadState.SENDING and issues(load) == [] and load.failed == 0
    assert f"HTTP {status}" in harbour.notes.paused[0] and "proxy" in harbour.notes.paused[0]
    assert Attempt.objects.filter(batch__load=load).count() == 1
    harbour.notes.stopping = False
    loads.resume_load(load)
    run_out(harbour, load)
    assert (load.created, load.failed, len(harbour.names())) == (20, 0, 20)


def test_what_the_same_login_writes_by_hand_is_not_taken_for_the_failed_call(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of the records is edited while the call is under way; the others were never written."""
    rows = partners(8, city="Lima")
    loaded(harbour, rows)
    fault_and_edit(harbour, monkeypatch, harbour.client(), "Q0003")
    second = loaded(harbour, in_quito(rows))
    assert (second.state, second.updated, second.failed) == ("done", 8, 0)
    assert cities(harbour) == {f"Quito {n}" for n in range(8)}


def test_what_somebody_else_writes_is_not_taken_for_the_failed_call(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = partners(1, city="Lima")
    loaded(harbour, rows)
    other = connect(harbour.connection.url, "sandbox", "low", "low")
    fault_and_edit(harbour, monkeypatch, other, "Q0000")
    second = loaded(harbour, in_quito(rows))
    assert not harbour.notes.said("but had kept it")
    assert (second.updated, second.failed) == (0, 1)
    assert cities(harbour) == {"Edited"}


def fault_and_edit(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch, client: OdooClient, name: str
) -> None:
    """The next call fails whole, and while it is under way somebody edits a record."""
    real, once = Updating.send, iter([True])

    def edited(self: Updating, desk: Desk, batch: Batch, ready: Ready) -> Answered:
        if next(once, False):
            found = client.search("res.partner", [["name", "=", name]])
            client.write("res.partner", found, {"city": "Edited"})
            client.close()
        return real(self, desk, batch, ready)

    monkeypatch.setattr(Updating, "send", edited)
    fault(harbour, "load")
