"""Faults that a test may order, and what is left in the database after each."""

import time
from typing import Any

import httpx
import pytest

from importer.odoo.sandbox.answering import DropConnection, run_with_faults
from importer.odoo.sandbox.calling import Call
from importer.odoo.sandbox.database import Database
from importer.odoo.sandbox.jsonrpc import JsonRpc
from importer.odoo.sandbox.store import Emptied
from tests.sandbox.serving import Refused, Sandbox, errors

PARTNER = "res.partner"
FIELDS = ["id", "name"]
ROWS = (["m.a", "A"], ["m.b", "B"])
IF_ABSENT = {"mode": "update", "noupdate": True}


def is_there(sandbox: Sandbox) -> bool:
    found = sandbox.call("ir.model.data", "search_count", [["module", "=", "m"]])
    return int(found) == len(ROWS)


def test_an_answer_dropped_before_the_commit_leaves_nothing(sandbox19: Sandbox) -> None:
    sandbox19.fault("drop_before_commit", method="load")
    with pytest.raises(httpx.RemoteProtocolError):
        sandbox19.load(PARTNER, FIELDS, *ROWS)
    assert not is_there(sandbox19)
    assert sandbox19.loaded(PARTNER, FIELDS, *ROWS)


def test_an_answer_dropped_after_the_commit_leaves_all(sandbox19: Sandbox) -> None:
    sandbox19.fault("drop_after_commit", model=PARTNER, method="load")
    with pytest.raises(httpx.RemoteProtocolError):
        sandbox19.load(PARTNER, FIELDS, *ROWS)
    assert is_there(sandbox19)


def test_a_call_goes_on_after_its_client_left(sandbox: Sandbox) -> None:
    """Absence proves nothing: the same load is told of a conflict, and then gets the ids."""
    sandbox.fault("commit_after_leave", method="load", seconds=60)
    with pytest.raises(httpx.RemoteProtocolError):
        sandbox.load(PARTNER, FIELDS, *ROWS, **IF_ABSENT)
    assert not is_there(sandbox)
    answer = sandbox.load(PARTNER, FIELDS, *ROWS, **IF_ABSENT)
    assert answer["ids"] is False
    assert "could not serialize" in answer["messages"][0]["message"]
    sandbox.let_go()
    sandbox.wait_for_calls()
    assert is_there(sandbox)
    assert sandbox.loaded(PARTNER, FIELDS, *ROWS, **IF_ABSENT)
    assert is_there(sandbox)


def test_a_body_cut_in_half(sandbox19: Sandbox) -> None:
    sandbox19.fault("truncated_body", method="load")
    with pytest.raises(httpx.RemoteProtocolError):
        sandbox19.load(PARTNER, FIELDS, *ROWS)
    assert is_there(sandbox19)


@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize("committed", [False, True])
def test_a_proxys_page_before_or_after_the_commit(
    sandbox19: Sandbox, status: int, committed: bool
) -> None:
    sandbox19.fault("http_error", method="load", status=status, committed=committed)
    params = {
        "service": "object",
        "method": "execute_kw",
        "args": ["sandbox", 2, "admin", PARTNER, "load", [FIELDS, list(ROWS)]],
    }
    answer = sandbox19.post("/jsonrpc", {"id": 1, "params": params})
    assert answer.status_code == status
    assert "text/html" in answer.headers["content-type"]
    assert is_there(sandbox19) is committed


@pytest.mark.parametrize("by_database", [True, False])
def test_chosen_rows_are_refused(sandbox: Sandbox, by_database: bool) -> None:
    sandbox.fault("refuse_row", model=PARTNER, field="ref", value="bad", by_database=by_database)
    rows = [["A", "ok"], ["B", "bad"], ["C", "bad"]]
    answer = sandbox.load(PARTNER, ["name", "ref"], *rows)
    named = [row for row, _ in errors(answer)]
    accused = [0] if not by_database and sandbox.version >= 17 else []
    assert named == [*accused, 1, 2]
    assert sandbox.loaded(PARTNER, ["name", "ref"], ["A", "ok"])


def test_serialization_conflicts_come_as_often_as_ordered(sandbox: Sandbox) -> None:
    sandbox.fault("serialization", model=PARTNER, method="load", times=2)
    for _ in range(2):
        answer = sandbox.load(PARTNER, FIELDS, *ROWS)
        assert answer["ids"] is False
        assert all("could not serialize" in m["message"] for m in answer["messages"])
    assert sandbox.loaded(PARTNER, FIELDS, *ROWS)
    sandbox.fault("serialization", method="write")
    with pytest.raises(Refused) as refused:
        sandbox.call(PARTNER, "write", [3], {"city": "X"})
    assert refused.value.name == "psycopg2.errors.SerializationFailure"


def test_a_refused_key(sandbox: Sandbox) -> None:
    sandbox.fault("key_refused", times=1, after=1)
    assert sandbox.count(PARTNER)
    with pytest.raises(Refused) as refused:
        sandbox.count(PARTNER)
    assert refused.value.name == "odoo.exceptions.AccessDenied"
    assert sandbox.count(PARTNER)
    if sandbox.version == 19:
        sandbox.fault("key_refused")
        with pytest.raises(Refused) as refused:
            sandbox.json2(PARTNER, "search_count", domain=[])
        assert refused.value.status == 401


@pytest.mark.parametrize("stage", ["before", "inside", "after"])
def test_latency(sandbox19: Sandbox, stage: str) -> None:
    sandbox19.fault("latency", method="search_count", seconds=0.3, stage=stage)
    began = time.monotonic()
    sandbox19.count(PARTNER)
    assert 0.3 <= time.monotonic() - began < 2


def test_a_server_that_hangs_and_then_closes(sandbox19: Sandbox) -> None:
    sandbox19.fault("hang", method="load", seconds=0.3)
    with pytest.raises(httpx.RemoteProtocolError):
        sandbox19.load(PARTNER, FIELDS, *ROWS)
    assert not is_there(sandbox19)


@pytest.mark.parametrize("wish", [{"kind": "nonsense"}, {"kind": "latency", "nosuch": 1}, {}])
def test_a_fault_nobody_understands_is_refused(sandbox19: Sandbox, wish: dict[str, Any]) -> None:
    answer = sandbox19.post("/sandbox/faults", wish)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")
    assert sandbox19.get("/sandbox/faults").json() == []


def test_calls_are_counted_and_reset_forgets_all(sandbox19: Sandbox) -> None:
    sandbox19.loaded(PARTNER, FIELDS, *ROWS)
    sandbox19.json2(PARTNER, "search_count", domain=[])
    assert sandbox19.calls(PARTNER, "load") == 1
    assert sandbox19.calls(PARTNER, "search_count") == 1
    sandbox19.fault("hang", seconds=1)
    sandbox19.reset()
    assert sandbox19.calls(PARTNER, "load") == 0
    assert not is_there(sandbox19)


def a_write(database: Database) -> Call:
    """To the database's first company; asked for by the administrator."""
    args = ["sandbox", 2, "admin", "res.company", "write", [[1], {"name": "Late"}]]
    wanted = JsonRpc(database.caller, "sandbox").parse(
        {"service": "object", "method": "execute_kw", "args": args}
    )
    assert isinstance(wanted, Call)
    return wanted


def test_a_call_under_way_when_all_is_forgotten_keeps_nothing_and_is_not_counted() -> None:
    """Or a late call of one test would write into the records of the next."""
    database = Database(19)
    company = database.caller.store.table("res.company").rows
    database.caller.run(a_write(database))
    assert company[1]["name"] == "Late"
    with pytest.raises(Emptied):  # it had done its work, and only the commit was to come
        database.caller.run(a_write(database), database.reset)
    company = database.caller.store.table("res.company").rows
    assert company[1]["name"] != "Late"
    database.caller.faults.add({"kind": "commit_after_leave", "method": "write"})
    with pytest.raises(DropConnection):  # it had not begun yet
        run_with_faults(database.caller, a_write(database), database.reset)
    company = database.caller.store.table("res.company").rows
    assert company[1]["name"] != "Late"
    assert not database.caller.counts
    database.caller.run(a_write(database))
    assert company[1]["name"] == "Late"
