"""Pictures and attachments on a real Odoo: sent apart, not sent twice, given back as they were by a
rollback. ``ODOO_TEST_URL``, ``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN`` and ``ODOO_TEST_SECRET`` say
which server.
"""

import os
from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path

import pytest

from importer.models import Batch
from tests.engine.loading import Harbour, Row, column, issues, refer
from tests.engine.pictures import file_field, png, text_of
from tests.engine.test_files_come_from_archives_and_hosts import (
    dataset_of,
    load_named,
    packed,
    sheet,
)
from tests.live.harbours import connect, harbour_of_environment, remove_ours
from tests.undo.undoing import undo

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        "ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no live server"
    ),
]
FIELDS = [column("name"), file_field("image_1920", "photo")]
CONSTANT = {"target": "res_model", "source": "constant", "spec": {"value": "res.partner"}}
ATTACHED = [
    column("name"),
    CONSTANT | {"default": "", "value_map": None, "on_missing": "error"},
    refer("res_id", "partner", "partner"),
    file_field("datas", "file"),
]


@pytest.fixture
def live(transactional_db: None) -> Iterator[Harbour]:
    harbour = harbour_of_environment()
    connect(harbour, "ODOO_TEST")
    yield harbour
    remove_ours(harbour, ["ir.attachment", "res.partner"])


def rows_of(*pictures: str | None) -> list[Row]:
    return [
        {"code": f"Q{n}", "name": f"Stowage Q{n}", "photo": one} for n, one in enumerate(pictures)
    ]


def images(harbour: Harbour) -> dict[str, str]:
    found = harbour.read("res.partner", [["name", "=like", "Stowage Q%"]], ["name", "image_1920"])
    return {one["name"][-2:]: one["image_1920"] or "" for one in found}


def test_pictures_are_sent_apart_and_given_back(live: Harbour) -> None:
    partner = live.entity("partner", "res.partner")
    old = [text_of(png(n, padding=40_000)) for n in range(3)]
    rows = rows_of(*old, None)
    load = live.load(partner, rows, FIELDS)
    assert (load.created, load.failed, issues(load)) == (4, 0, [])
    kinds = [
        (one.kind, "image_1920" in one.fields, one.n_rows)
        for one in Batch.objects.filter(load=load).order_by("seq")
    ]
    assert kinds == [("create", False, 4), ("update", True, 3)]
    before = images(live)
    assert {name: bool(one) for name, one in before.items()} == {
        "Q0": True,
        "Q1": True,
        "Q2": True,
        "Q3": False,
    }
    assert live.load(partner, rows, FIELDS).unchanged == 4
    new = [text_of(png(40 + n, padding=40_000)) for n in range(2)]
    changed = live.load(partner, rows_of(old[0], *new, new[0]), FIELDS)
    assert (changed.updated, changed.unchanged, changed.failed) == (3, 1, 0)
    assert images(live)["Q1"] != before["Q1"]
    done = undo(live, changed)
    assert (done.restored, done.kept, done.failed) == (3, 0, 0)
    assert images(live) == before


def test_attachments_hang_on_their_records_and_go_again(live: Harbour) -> None:
    live.load(live.entity("partner", "res.partner"), rows_of(None, None), [column("name")])
    entity = live.entity("attachment", "ir.attachment")
    files = [b"Contract %d\n" % n * 1000 for n in range(3)]
    rows: list[Row] = [
        {"code": f"A{n}", "name": f"Stowage {n}.txt", "partner": f"Q{n}", "file": text_of(one)}
        for n, one in enumerate(files)
    ]
    load = live.load(entity, rows, ATTACHED)
    assert (load.created, load.failed) == (2, 1)
    assert [one.code for one in issues(load)] == ["reference_missing"]
    wanted = ["name", "checksum", "res_model", "res_id"]
    found = live.read("ir.attachment", [["name", "=like", "Stowage %.txt"]], wanted)
    ids = {
        one["name"][-2:]: one["id"]
        for one in live.read("res.partner", [["name", "=like", "Stowage Q%"]], ["name"])
    }
    assert {(one["checksum"], one["res_model"], one["res_id"]) for one in found} == {
        (sha1(files[n]).hexdigest(), "res.partner", ids[f"Q{n}"]) for n in range(2)
    }
    assert live.load(entity, rows[:2], ATTACHED).unchanged == 2
    other = [{**rows[0], "file": text_of(b"other")}, rows[1]]
    changed = live.load(entity, other, ATTACHED)
    assert (changed.updated, changed.unchanged) == (1, 1)
    assert undo(live, changed).restored == 1
    domain = [["name", "=", "Stowage 0.txt"]]
    (again,) = live.read("ir.attachment", domain, ["checksum"])
    assert again["checksum"] == sha1(files[0]).hexdigest()
    assert undo(live, load).removed == 2
    assert live.read("ir.attachment", [["name", "=like", "Stowage %.txt"]], ["name"]) == []


def test_many_pictures_from_a_zip_go_in_small_batches(live: Harbour, tmp_path: Path) -> None:
    photos = {f"photos/{n}.png": png(n, padding=700_000) for n in range(12)}
    archive = packed(tmp_path / "photos.zip", photos)
    dataset = dataset_of(live, sheet(tmp_path / "p.csv", *photos, "photos/none.png"), archive)
    load = load_named(live, dataset, "file")
    assert (load.created, load.failed) == (12, 1)
    sent = [
        one.n_rows
        for one in Batch.objects.filter(load=load, kind="update")
        if "image_1920" in one.fields
    ]
    assert len(sent) >= 3 and sum(sent) == 12
    sizes = live.read("res.partner", [["name", "=like", "Q%"]], ["name", "image_1920"])
    assert sum(bool(one["image_1920"]) for one in sizes) == 12
    assert undo(live, load).removed == 12
