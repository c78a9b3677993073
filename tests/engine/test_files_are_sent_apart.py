"""Pictures of records: checked by us, sent apart from the records in small batches, not sent twice,
given back by a rollback.
"""

from collections.abc import Sequence

from importer import loads
from importer.data.binaries.store import FileStore
from importer.engine import cutting
from importer.models import Attempt, Batch, Change, Load
from tests.engine.loading import Harbour, Row, column, issues
from tests.engine.pictures import file_field, png, text_of
from tests.engine.test_a_field_changed_on_both_sides_has_a_winner import edit
from tests.engine.test_lost_answers_are_settled import run_out

FIELDS = [column("name"), file_field("image_1920", "photo")]


def rows_of(pictures: Sequence[str | None], prefix: str = "Q") -> list[Row]:
    return [
        {"code": f"{prefix}{n:03d}", "name": f"{prefix}{n:03d}", "photo": one}
        for n, one in enumerate(pictures)
    ]


def images(harbour: Harbour) -> dict[str, str]:
    found = harbour.read("res.partner", [["name", "=like", "Q%"]], ["name", "image_1920"])
    return {one["name"]: one["image_1920"] or "" for one in found}


def kinds(load: Load) -> list[tuple[str, bool, int]]:
    """Kind, whether a picture goes along, and rows, in the order of sending."""
    batches = Batch.objects.filter(load=load).order_by("seq")
    return [(one.kind, "image_1920" in one.fields, one.n_rows) for one in batches]


def undo(harbour: Harbour, load: Load) -> Load:
    return harbour.run(loads.open_undo(load, archive=False))


def test_records_are_made_first_and_get_their_pictures_in_calls_of_their_own(
    harbour: Harbour,
) -> None:
    entity = harbour.entity("partner", "res.partner")
    pictures = [text_of(png(n)) if n % 2 else None for n in range(10)]
    load = harbour.load(entity, rows_of(pictures), FIELDS)
    assert kinds(load) == [("create", False, 10), ("update", True, 5)]
    assert images(harbour) == {f"Q{n:03d}": one or "" for n, one in enumerate(pictures)}
    assert (load.created, load.updated, load.failed, load.rows_total) == (10, 0, 0, 10)


def test_the_same_pictures_are_not_sent_again_and_none_is_read(harbour: Harbour) -> None:
    entity = harbour.entity("partner", "res.partner")
    rows = rows_of([text_of(png(n)) for n in range(6)])
    harbour.load(entity, rows, FIELDS)
    harbour.forget_calls()
    again = harbour.load(entity, rows, FIELDS)
    assert (again.unchanged, again.rows_total) == (6, 6)
    assert harbour.calls() == 0
    assert harbour.calls("read") == 0


def test_only_the_picture_that_changed_is_sent(harbour: Harbour) -> None:
    entity = harbour.entity("partner", "res.partner")
    pictures = [text_of(png(n)) for n in range(6)]
    harbour.load(entity, rows_of(pictures), FIELDS)
    pictures[3] = text_of(png(77))
    again = harbour.load(entity, rows_of(pictures), FIELDS)
    assert kinds(again) == [("update", True, 1)]
    assert (again.updated, again.unchanged) == (1, 5)
    assert images(harbour)["Q003"] == pictures[3]


def test_batches_with_pictures_stay_small(harbour: Harbour) -> None:
    entity = harbour.entity("partner", "res.partner")
    pictures = [text_of(png(n, padding=600_000)) for n in range(12)]
    load = harbour.load(entity, rows_of(pictures), FIELDS)
    assert load.created == 12
    sent = [n for _, is_file, n in kinds(load) if is_file]
    most = cutting.MOST_BYTES // len(pictures[0])
    assert len(sent) > 1 and max(sent) <= most and sum(sent) == 12
    largest = max(Attempt.objects.filter(batch__load=load).values_list("n_bytes", flat=True))
    assert len(pictures[0]) < largest < cutting.MOST_BYTES + 10_000


def test_what_is_no_picture_is_named_and_never_sent(harbour: Harbour) -> None:
    entity = harbour.entity("partner", "res.partner")
    rows = rows_of([text_of(png(1)), "###", text_of(b"plain text"), text_of(b""), "=" * 4])
    load = harbour.load(entity, rows, FIELDS)
    told = {one.row: (one.code, one.column, one.field) for one in issues(load)}
    assert told[3] == ("not_base64", "photo", "image_1920")
    assert told[4] == ("not_an_image", "photo", "image_1920")
    assert set(told) >= {3, 4, 6}
    assert "“###” is not base64 text" in issues(load)[0].message
    assert load.failed == len(told)
    assert "Q002" not in images(harbour)


def test_a_picture_that_cannot_be_had_may_be_left_out_with_a_warning(harbour: Harbour) -> None:
    entity = harbour.entity("partner", "res.partner")
    fields = [column("name"), file_field("image_1920", "photo", on_missing="empty")]
    load = harbour.load(entity, rows_of(["###"]), fields)
    assert (load.created, load.failed) == (1, 0)
    assert [(one.level, one.code) for one in issues(load)] == [("warning", "not_base64")]
    assert images(harbour) == {"Q000": ""}


def test_a_rollback_gives_back_the_former_picture(harbour: Harbour) -> None:
    entity = harbour.entity("partner", "res.partner")
    first = harbour.load(entity, rows_of([text_of(png(1)), None]), FIELDS)
    before = images(harbour)
    second = harbour.load(entity, rows_of([text_of(png(2)), text_of(png(3))]), FIELDS)
    assert images(harbour) == {"Q000": text_of(png(2)), "Q001": text_of(png(3))}
    assert undo(harbour, second).state == "done"
    assert images(harbour) == before
    assert undo(harbour, first).state == "done"
    assert images(harbour) == {}


def test_a_picture_that_somebody_changed_since_stays(harbour: Harbour) -> None:
    entity = harbour.entity("partner", "res.partner")
    harbour.load(entity, rows_of([text_of(png(1)), text_of(png(4))]), FIELDS)
    second = harbour.load(entity, rows_of([text_of(png(2)), text_of(png(5))]), FIELDS)
    theirs = text_of(png(9))
    client = harbour.client()
    found = client.search("res.partner", [["name", "=", "Q000"]])
    client.write("res.partner", found, {"image_1920": theirs})
    client.close()
    undo(harbour, second)
    assert images(harbour) == {"Q000": theirs, "Q001": text_of(png(4))}


def test_images_of_records_hold_hashes_and_the_bytes_lie_in_the_storage(harbour: Harbour) -> None:
    entity = harbour.entity("partner", "res.partner")
    old, new = png(1, padding=50_000), png(2, padding=50_000)
    harbour.load(entity, rows_of([text_of(old)]), FIELDS)
    second = harbour.load(entity, rows_of([text_of(new)]), FIELDS)
    change = Change.objects.get(load=second)
    assert change.before is not None and change.after is not None
    store = FileStore(str(harbour.project.pk))
    assert store.content(change.before["image_1920"]) == old
    assert store.content(change.after["image_1920"]) == new
    assert len(str(change.before)) < 500


def test_a_dry_run_counts_the_rows_and_sends_nothing(harbour: Harbour) -> None:
    entity = harbour.entity("partner", "res.partner")
    load = harbour.load(entity, rows_of([text_of(png(1)), "###"]), FIELDS, dry_run=True)
    assert (load.created, load.failed, load.rows_total) == (1, 1, 2)
    assert harbour.calls() == 0


def test_a_lost_answer_to_a_picture_is_settled(harbour: Harbour) -> None:
    entity = harbour.entity("partner", "res.partner")
    pictures = [text_of(png(n)) for n in range(4)]
    harbour.load(entity, rows_of([None] * 4), FIELDS)
    harbour.fault("drop_after_commit", model="res.partner", method="load")
    load = run_out(harbour, harbour.open(entity, rows_of(pictures), FIELDS))
    assert images(harbour) == {f"Q{n:03d}": one for n, one in enumerate(pictures)}
    assert (load.updated, load.failed) == (4, 0)


def test_a_picture_that_odoo_wins_stays_and_the_rest_of_its_row_is_written(
    harbour: Harbour,
) -> None:
    entity = harbour.entity("partner", "res.partner")
    fields = [*FIELDS[:1], column("city"), file_field("image_1920", "photo", winner="odoo")]

    def in_city(city: str, *pictures: bytes) -> list[Row]:
        return [{**row, "city": city} for row in rows_of([text_of(one) for one in pictures])]

    harbour.load(entity, in_city("Lima", png(1), png(2)), fields)
    edit(harbour, "Q000", image_1920=text_of(png(50)))
    load = harbour.load(entity, in_city("Quito", png(3), png(4)), fields)
    assert (load.updated, load.failed) == (2, 0)
    assert images(harbour) == {"Q000": text_of(png(50)), "Q001": text_of(png(4))}
    (told,) = issues(load)
    assert told.code == "odoo_kept" and "to “file of" in told.message
    cities = harbour.read("res.partner", [["name", "=like", "Q%"]], ["city"])
    assert [one["city"] for one in cities] == ["Quito", "Quito"]
