"""An undo looks again before it removes, sees every user of a record however many there are, and
what a late call made is judged like everything else."""

from typing import Any

import pytest

from importer import loads
from importer.choices import LoadState
from importer.engine.undoing import usage
from importer.models import Attempt, Load
from tests.engine.loading import Harbour, column, partners, refer
from tests.undo.test_undo_survives_faults import _all_calls_are_old, _send_again, run_out
from tests.undo.undoing import create, ids_of, reasons, undo


def undo_until(harbour: Harbour, load: Load, state: LoadState) -> Load:
    """The load's undo, worked until it is in this state."""
    opened = loads.open_undo(load, archive=False)
    while opened.state != state:
        loads.work(opened.pk, reporter=harbour.notes, worker="a", seconds=0.001)
        opened.refresh_from_db()
    return opened


def tags(harbour: Harbour, n: int) -> tuple[Load, dict[str, int]]:
    """Loaded tags, and their ids by name: ``Q0``, ``Q1``..."""
    rows = [{"code": str(k), "name": f"Q{k}"} for k in range(n)]
    load = harbour.load(harbour.entity("tag", "res.partner.category"), rows)
    return load, ids_of(harbour, "res.partner.category")


def give(harbour: Harbour, tag: int) -> int:
    """Somebody's partner with this tag."""
    return create(harbour, "res.partner", {"name": "Zoe", "category_id": [[6, 0, [tag]]]})


def test_a_record_that_is_used_only_since_the_plan_stays(harbour: Harbour) -> None:
    load, ids = tags(harbour, 2)
    opened = undo_until(harbour, load, LoadState.SENDING)
    zoe = give(harbour, ids["Q1"])
    done = harbour.run(opened)
    assert (done.removed, done.kept) == (1, 1)
    assert "1 record of res.partner (category_id)" in reasons(done)['["1"]']
    found = harbour.read("res.partner", [["id", "=", zoe]], ["category_id"])
    assert found[0]["category_id"] == [ids["Q1"]]


def test_users_are_found_in_every_list_of_records(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "CHUNK", 2)
    load, ids = tags(harbour, 5)
    give(harbour, ids["Q0"])
    give(harbour, ids["Q4"])
    done = undo(harbour, load)
    assert (done.removed, done.kept) == (3, 2)
    assert set(reasons(done)) == {'["0"]', '["4"]'}


@pytest.mark.timeout(60)
def test_users_are_found_behind_pages_full_of_records_that_go_as_well(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "_PAGE", 2)
    rows: list[dict[str, Any]] = [{"code": "a", "name": "Qa", "boss": ""}]
    rows += [{"code": f"b{k}", "name": f"Qb{k}", "boss": "a"} for k in range(5)]
    fields = [column("name"), refer("parent_id", "customer", "boss")]
    load = harbour.load(harbour.entity("customer", "res.partner"), rows, fields)
    create(
        harbour, "res.partner", {"name": "Zoe", "parent_id": ids_of(harbour, "res.partner")["Qa"]}
    )
    done = undo(harbour, load)
    assert (done.removed, done.kept) == (5, 1)
    assert "1 record of res.partner (parent_id)" in reasons(done)['["a"]']


def test_a_record_stays_no_longer_for_a_later_load_that_was_undone_in_part(
    harbour: Harbour,
) -> None:
    partner = harbour.entity("customer", "res.partner")
    rows = [{**row, "city": "Lima"} for row in partners(1)]
    first = harbour.load(partner, rows)
    later = harbour.load(partner, [{**rows[0], "city": "Quito"}])
    client = harbour.client()
    client.write("res.partner", [ids_of(harbour, "res.partner")["Q0000"]], {"city": "Edited"})
    client.close()
    assert undo(harbour, later).kept == 1
    done = undo(harbour, first)
    assert (done.removed, done.kept, harbour.names()) == (1, 0, [])


def made_late(harbour: Harbour) -> tuple[Load, Load]:
    """A load whose records a late call has made anew while its undo is about to end; the undo."""
    load = harbour.load(harbour.entity("customer", "res.partner"), partners(3))
    Attempt.objects.filter(batch__load=load).update(outcome="late")
    _all_calls_are_old(load)
    opened = undo_until(harbour, load, LoadState.VERIFYING)
    _send_again(harbour, 3)
    return load, opened


def test_what_a_late_call_made_and_somebody_uses_by_now_stays(harbour: Harbour) -> None:
    _, opened = made_late(harbour)
    ghost = ids_of(harbour, "res.partner")["Q0001"]
    create(harbour, "res.partner", {"name": "Zoe", "parent_id": ghost})
    done = run_out(harbour, opened)
    assert (done.verification["ghosts"], harbour.names()) == (2, ["Q0001"])
    assert harbour.notes.said("2 were removed, 1 are used and stay")


def test_what_is_older_than_the_load_was_not_made_by_its_late_call(harbour: Harbour) -> None:
    load, opened = made_late(harbour)
    newest = max(ids_of(harbour, "res.partner").values())
    Load.objects.filter(pk=load.pk).update(high_water=newest)
    done = run_out(harbour, opened)
    assert (done.verification["ghosts"], len(harbour.names())) == (0, 3)
