"""A login that may not do what was planned hears so before anything is sent."""

from collections.abc import Sequence

import pytest

from importer import loads
from importer.choices import LoadState
from importer.errors import Refused
from importer.models import ConnectionSecret, Issue, Load
from importer.secrets import seal
from tests.engine.loading import Harbour, Row, column, partners, refer


def work_as(login: str) -> None:
    ConnectionSecret.objects.update(login=login, secret=seal(login), uid=None)


def refused(harbour: Harbour, rows: Sequence[Row]) -> Load:
    load = harbour.open(harbour.entity("customer", "res.partner"), rows)
    with pytest.raises(Refused):
        harbour.run(load)
    load.refresh_from_db()
    return load


def test_a_login_that_may_not_create_is_refused_in_one_sentence_and_no_call(
    harbour: Harbour,
) -> None:
    work_as("reader")
    harbour.forget_calls()
    load = refused(harbour, partners(60))
    assert load.state == LoadState.FAILED
    assert "may not create records of res.partner" in load.error
    assert "retry" in load.error
    assert harbour.calls() == 0
    assert not Issue.objects.filter(load=load).exists()
    assert not load.batches.exists()


def test_only_the_right_that_is_needed_is_asked_for(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    rows = [{**row, "city": "Lima"} for row in partners(3)]
    harbour.load(partner, rows)
    work_as("reader")
    assert harbour.load(partner, rows).unchanged == 3
    load = refused(harbour, [{**row, "city": "Quito"} for row in rows])
    assert "may not change records of res.partner" in load.error


def test_a_dry_run_says_so_and_shows_its_plan(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    work_as("reader")
    load = harbour.load(partner, partners(3), dry_run=True)
    assert (load.state, load.created) == (LoadState.DONE, 3)
    assert harbour.notes.said("may not create records of res.partner")


def test_a_retry_with_a_login_that_may_goes_on(harbour: Harbour) -> None:
    work_as("reader")
    load = refused(harbour, partners(3))
    work_as("admin")
    assert harbour.run(loads.open_retry(load)).created == 3


def test_what_refers_to_a_refused_load_is_blocked_and_goes_once_that_was_loaded(
    harbour: Harbour,
) -> None:
    firm, person = (harbour.entity(name, "res.partner") for name in ("firm", "person"))
    book = harbour.dataset()
    work_as("reader")
    firms = harbour.open(firm, partners(2, "F"), name="Firms", dataset=book)
    with pytest.raises(Refused):
        harbour.run(firms)
    work_as("admin")
    rows = [{**row, "of": "F0001"} for row in partners(3)]
    fields = [column("name"), refer("parent_id", "firm", "of")]
    load = harbour.load(person, rows, fields, name="People", dataset=book)
    assert (load.created, load.blocked, load.failed) == (0, 3, 0)
    messages = set(Issue.objects.filter(load=load).values_list("message", flat=True))
    assert len(messages) == 1
    assert "was not loaded (see Firms, row 3), so this row was not sent" in messages.pop()
    harbour.run(loads.open_retry(firms))
    assert harbour.run(loads.open_retry(load)).created == 3
