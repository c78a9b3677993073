"""Records whose row is in the file no more: left, listed or archived, as the mapping says; and too
many of them are a question first."""

from typing import Any

from importer import loads
from importer.choices import BatchKind, KeyMapState
from importer.engine.vanishing import rows_of
from importer.loads import decide_vanished
from importer.models import Change, KeyMap, Load
from tests.engine.loading import Harbour, column, partners

FIELDS = [column("name"), column("city")]
BOOK = partners(10, city="Kiel")


def _load(harbour: Harbour, rows: list[Any], **more: Any) -> Load:
    entity = harbour.entity("customer", "res.partner")
    more = {"vanished": "archive", "vanished_percent": 30, **more}
    return harbour.load(entity, rows, FIELDS, **more)


def _active(harbour: Harbour) -> list[str]:
    found = harbour.read("res.partner", [["name", "=like", "%0%"], ["active", "=", True]], ["name"])
    return sorted(one["name"] for one in found if one["name"][0] in "QR")


def test_what_vanished_is_archived_comes_back_and_is_undone(harbour: Harbour) -> None:
    entity = harbour.entity("customer", "res.partner")
    first = _load(harbour, BOOK)
    assert (first.created, first.archived, first.vanished["count"]) == (10, 0, 0)
    kept = [{**BOOK[0], "city": "Bremen"}, *BOOK[1:8]]

    planned = _load(harbour, kept, dry_run=True)
    assert (planned.archived, planned.updated, planned.unchanged) == (2, 1, 7)
    assert planned.plans.get().counts["archive"] == 2
    assert len(_active(harbour)) == 10

    second = _load(harbour, kept)
    assert (second.archived, second.updated, second.unchanged) == (2, 1, 7)
    assert second.rows_done == second.rows_total == 10
    assert [key for key, _ in rows_of(second)] == [["Q0008"], ["Q0009"]]
    assert _active(harbour) == [f"Q000{n}" for n in range(8)]
    last = second.batches.order_by("-level").first()
    assert last is not None and (last.kind, last.fields) == (BatchKind.VANISH, ["id", "active"])
    image = Change.objects.filter(batch=last).first()
    assert image is not None and image.before and image.after
    assert (image.before["active"], image.after["active"]) == (True, False)
    assert second.verification["records"] == {"expected": 8, "in_odoo": 8}

    third = _load(harbour, kept)  # what is archived already vanishes no more
    assert (third.archived, third.unchanged, third.vanished["count"]) == (0, 8, 0)

    undo = harbour.run(loads.open_undo(second, archive=False))
    assert (undo.restored, undo.kept, undo.failed) == (3, 0, 0)
    assert len(_active(harbour)) == 10
    states = KeyMap.objects.filter(entity=entity).values_list("state", flat=True)
    assert set(states) == {KeyMapState.LIVE}

    _load(harbour, kept)
    back = _load(harbour, BOOK)
    assert (back.updated, back.archived, len(_active(harbour))) == (3, 0, 10)
    assert KeyMap.objects.get(entity=entity, source_key='["Q0009"]').note == ""


def test_only_the_whole_file_of_the_same_mapping_says_what_vanished(harbour: Harbour) -> None:
    _load(harbour, BOOK)
    few = _load(harbour, BOOK[:9], keys=["Q0001"])
    assert (few.archived, few.vanished.get("count")) == (0, None)
    other = _load(harbour, partners(3, prefix="R", city="Ulm"), id="another")
    assert (other.created, other.archived) == (3, 0)
    gap = [*BOOK[:9], {"code": "Q0009", "name": None, "city": "Kiel"}]
    bad = _load(harbour, gap)  # a row that cannot be sent is in the file all the same
    assert (bad.failed, bad.archived) == (1, 0)
    whole = harbour.sheet(BOOK).dataset
    corrected = harbour.dataset()
    corrected.derived_from = whole
    corrected.save()
    left_out = _load(harbour, BOOK[:9], dataset=corrected)
    assert (left_out.archived, left_out.vanished["count"]) == (0, 0)
    told = _load(harbour, BOOK[:9], vanished="report")
    assert (told.archived, told.vanished["count"], rows_of(told)[0][0]) == (0, 1, ["Q0009"])
    assert len(_active(harbour)) == 13
    assert harbour.notes.said("1 of 10 known rows vanished")


def test_many_are_a_question_first(harbour: Harbour) -> None:
    _load(harbour, BOOK)
    half = [{**row, "city": "Bremen"} for row in BOOK[:5]]
    harbour.forget_calls()
    asks = _load(harbour, half)
    assert (asks.state, asks.vanished["asks"], harbour.calls()) == ("planning", True, 0)
    assert "5 of 10 known rows" in harbour.notes.paused[0] and "(50 %)" in harbour.notes.paused[0]

    harbour.notes.stopping = False
    assert decide_vanished([asks], "keep") == 1
    kept = harbour.run(asks)
    assert (kept.updated, kept.archived, len(_active(harbour))) == (5, 0, 10)

    again = _load(harbour, half)
    harbour.notes.stopping = False
    assert decide_vanished([again], "archive") == 1
    done = harbour.run(again)
    assert (done.unchanged, done.archived, len(_active(harbour))) == (5, 5, 5)


def test_what_is_gone_is_not_made_anew_and_a_lost_answer_archives_once(harbour: Harbour) -> None:
    _load(harbour, BOOK)
    gone = KeyMap.objects.get(source_key='["Q0008"]').odoo_id
    client = harbour.client()
    client.unlink("res.partner", [gone])
    client.close()
    hook = {"method": "load", "committed": True, "message": "the hook fell over"}
    harbour.fault("server_error", model="res.partner", **hook)
    second = _load(harbour, BOOK[:8])
    assert (second.archived, second.unchanged, second.created) == (1, 9, 0)
    assert (second.rows_done, len(_active(harbour))) == (second.rows_total, 8)
    states = dict(KeyMap.objects.values_list("source_key", "state"))
    ends = (states['["Q0008"]'], states['["Q0009"]'])
    assert ends == (KeyMapState.GONE, KeyMapState.ARCHIVED)
