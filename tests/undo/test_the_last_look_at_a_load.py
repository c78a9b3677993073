"""At its end a load looks once more at what it touched: ours is followed, others' is named."""

import time
from typing import Any
from unittest.mock import patch

from importer.choices import LoadState
from importer.engine import send_step
from importer.models import Change, KeyMap, Load
from importer.odoo.client import connect
from tests.engine.loading import Harbour, column, issues, partners
from tests.undo.undoing import reasons, undo

FIELDS = [column("name"), column("city")]
KEY = '["Q0003"]'


def run_edited(harbour: Harbour, load: Load, login: str) -> Load:
    """Run the load; when all is sent, and before its last look, this login edits Q0003."""
    real = send_step.finish_sending

    def finish(*args: Any) -> bool:
        time.sleep(1.1)  # Odoo's write dates have no fractions
        client = connect(harbour.server.url, "sandbox", login, login)
        ids = client.search("res.partner", [["name", "=", "Q0003"]])
        client.write("res.partner", ids, {"city": "Cusco"})
        client.close()
        return real(*args)

    with patch.object(send_step, "finish_sending", finish):
        harbour.run(load)
    assert load.state == LoadState.DONE
    return load


def city(harbour: Harbour) -> str:
    return str(harbour.read("res.partner", [["name", "=", "Q0003"]], ["city"])[0]["city"])


def updated(harbour: Harbour, login: str) -> Load:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, partners(6, city="Lima"), FIELDS)
    return run_edited(harbour, harbour.open(partner, partners(6, city="Quito"), FIELDS), login)


def test_what_our_own_login_wrote_later_is_no_edit_and_is_undone(harbour: Harbour) -> None:
    load = updated(harbour, "admin")
    assert load.verification["edited_during_run"] == 0
    closed = Change.objects.get(load=load, closing__isnull=False)
    assert closed.after and closed.closing
    assert (closed.after["city"], closed.closing["city"]) == ("Quito", "Cusco")
    assert KeyMap.objects.get(source_key=KEY).write_date == closed.closing["write_date"]
    done = undo(harbour, load)
    assert (done.restored, done.kept, city(harbour)) == (6, 0, "Lima")


def test_what_somebody_edited_during_the_run_is_named_and_stays(harbour: Harbour) -> None:
    load = updated(harbour, "low")
    assert load.verification["edited_during_run"] == 1
    assert not Change.objects.filter(load=load, closing__isnull=False).exists()
    told = [one for one in issues(load) if one.code == "edited_during_run"]
    assert [(one.level, one.source_key) for one in told] == [("warning", KEY)]
    assert "Q0003 was changed in Odoo during the run, by " in told[0].message
    assert harbour.notes.said("1 records were edited during the run")
    done = undo(harbour, load)
    assert (done.restored, done.kept, city(harbour)) == (5, 1, "Cusco")
    assert "city changed since the load" in reasons(done)[KEY]


def test_new_records_are_looked_at_as_well(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(6, city="Lima"), FIELDS)
    run_edited(harbour, load, "low")
    assert (load.created, load.verification["edited_during_run"]) == (6, 1)
    assert load.verification["records"] == {"expected": 6, "in_odoo": 6}


def test_a_load_that_touches_nothing_names_nobody(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, partners(6, city="Lima"), FIELDS)
    load = run_edited(harbour, harbour.open(partner, partners(6, city="Lima"), FIELDS), "low")
    assert load.verification["edited_during_run"] == 0
