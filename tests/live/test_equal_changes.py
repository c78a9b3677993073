"""Equal changes on a real Odoo: one ``write``, ends as a ``load`` would, and how long each takes.
``ODOO_TEST_URL``, ``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN`` and ``ODOO_TEST_SECRET`` say which server.
"""

import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from importer.engine import equal_changes
from importer.models import Attempt, Load
from tests.engine.loading import Harbour, column, issues, look_up, partners
from tests.live.harbours import connect, harbour_of_environment, remove_ours

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        "ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no live server"
    ),
]
ROWS = 500
LAND = {"model": "res.country", "by": ["external_id"], "inputs": [{"column": "land"}]}
VALUES: dict[str, tuple[str, str]] = {
    "city": ("Lima", "Québec"),
    "comment": ("", "<p>Two</p>"),
    "color": ("1", "7"),
    "partner_latitude": ("1.5", "2.25"),
    "is_company": ("0", "1"),
    "type": ("contact", "other"),
}


@pytest.fixture
def live(transactional_db: None) -> Iterator[Harbour]:
    harbour = harbour_of_environment()
    connect(harbour, "ODOO_TEST")
    harbour.connection.streams = 1
    harbour.connection.save()
    yield harbour
    remove_ours(harbour, ["res.partner"])


def seconds(load: Load) -> timedelta:
    sent = Attempt.objects.filter(batch__load=load).order_by("pk")
    last = sent.last()
    assert last is not None and last.ended_at is not None
    return last.ended_at - sent[0].sent_at


def kinds(load: Load) -> set[str]:
    return set(load.batches.values_list("kind", flat=True))


def test_five_hundred_equal_changes_are_one_write_and_quick(
    live: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = live.entity("customer", "res.partner")
    live.load(partner, partners(ROWS, city="Lima"))
    took = {}
    for way, city in (("write", "Quito"), ("load", "Cusco")):
        if way == "load":
            monkeypatch.setattr(equal_changes, "FEWEST_EQUAL", ROWS + 1)
        load = live.load(partner, partners(ROWS, city=city))
        assert (load.updated, issues(load)) == (ROWS, [])
        assert kinds(load) == {"write" if way == "write" else "update"}
        assert set(load.changes.values_list("after__city", flat=True)) == {city}
        took[way] = seconds(load).total_seconds()
    sys.stdout.write(f"EQUAL {live.connection.version} {took}\n")
    assert took["write"] < took["load"]


def test_a_write_leaves_what_a_load_would_have_left(
    live: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = live.entity("customer", "res.partner")
    fields = [column("name"), *map(column, VALUES), look_up("country_id", LAND)]

    def rows(prefix: str, nth: int) -> list[dict[str, str | None]]:
        said = {name: pair[nth] for name, pair in VALUES.items()}
        land = ("base.be", "base.pe")[nth]
        return [{**row, **said, "land": land} for row in partners(6, prefix)]

    left: dict[str, list[dict[str, Any]]] = {}
    names = [*VALUES, "country_id"]
    for prefix, way in (("QW", "write"), ("QL", "update")):
        if way == "update":
            monkeypatch.setattr(equal_changes, "FEWEST_EQUAL", 99)
        live.load(partner, rows(prefix, 0), fields)
        load = live.load(partner, rows(prefix, 1), fields)
        assert (load.updated, kinds(load)) == (6, {way})
        ids = list(load.changes.values_list("odoo_id", flat=True))
        found = live.read("res.partner", [["id", "in", ids], ["name", "=like", "Q%"]], names)
        left[way] = [{name: one[name] for name in names} for one in found]
    assert left["write"] == left["update"]
    assert len(left["write"]) == 6


def test_what_odoo_cleans_or_rounds_is_told_and_nothing_else(live: Harbour) -> None:
    partner = live.entity("customer", "res.partner")
    good = [{**row, "comment": "<p>a</p>", "lat": "1.25"} for row in partners(10)]
    good[4]["comment"] = "<p onclick='x()'>b</p>"
    good[7]["lat"] = "1.123456789012"
    fields = [column("name"), column("comment"), column("partner_latitude", "lat")]
    load = live.load(partner, good, fields)
    assert load.created == 10
    assert [(one.row, one.field, one.code) for one in issues(load)] == [
        (6, "comment", "stored_differently"),
        (9, "partner_latitude", "stored_differently"),
    ]
