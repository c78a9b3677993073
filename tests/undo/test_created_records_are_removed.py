"""What a load created is removed again, and nothing else is."""

from importer.models import KeyMap, Load
from tests.engine.loading import Harbour, column, partners, refer
from tests.undo.undoing import count, create, undo


def test_created_records_are_removed_and_their_keys_forgotten(harbour: Harbour) -> None:
    before = count(harbour, "res.partner")
    load = harbour.load(harbour.entity("customer", "res.partner"), partners(130))
    assert count(harbour, "res.partner") == before + 130
    harbour.forget_calls()
    done = undo(harbour, load)
    assert (done.state, done.removed, done.rows_done, done.rows_total) == ("done", 130, 130, 130)
    assert count(harbour, "res.partner") == before
    assert not KeyMap.objects.exists()
    assert done.verification["records"] == {"expected": 0, "in_odoo": 0}
    assert done.verification["not_looked_at"] == []
    assert harbour.calls("unlink") == 2


def test_children_go_before_their_parents_and_the_counts_are_back(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    before = count(harbour, "res.partner")
    rows = [
        {"code": f"{n:03}", "name": f"Q{n}", "boss": f"{n - 1:03}" if n else ""} for n in range(9)
    ]
    fields = [column("name"), refer("parent_id", "customer", "boss")]
    load = harbour.load(partner, rows, fields)
    assert load.created == 9
    done = undo(harbour, load)
    assert (done.removed, done.kept) == (9, 0)
    assert count(harbour, "res.partner") == before


def test_loads_are_undone_in_reverse_order_without_hindering_each_other(harbour: Harbour) -> None:
    tag = harbour.entity("tag", "res.partner.category")
    partner = harbour.entity("customer", "res.partner")
    book = harbour.dataset()
    tags = harbour.load(tag, [{"code": "T", "name": "Tag"}], dataset=book, name="Tags")
    fields = [column("name"), refer("category_id", "tag", "tag")]
    rows = [{**row, "tag": "T"} for row in partners(5)]
    loaded = harbour.load(partner, rows, fields, dataset=book)
    assert undo(harbour, loaded).removed == 5
    assert undo(harbour, tags).removed == 1
    assert count(harbour, "res.partner.category", [["name", "=", "Tag"]]) == 0


def test_an_adopted_record_is_never_removed(harbour: Harbour) -> None:
    load = harbour.load(harbour.entity("customer", "res.partner"), partners(3))
    KeyMap.objects.filter(source_key='["Q0001"]').update(origin="adopted")
    done = undo(harbour, load)
    assert (done.removed, done.unchanged, done.rows_total) == (2, 1, 3)
    assert harbour.names() == ["Q0001"]
    assert not KeyMap.objects.exists()


def test_a_record_at_or_below_the_high_water_mark_is_never_removed(harbour: Harbour) -> None:
    load = harbour.load(harbour.entity("customer", "res.partner"), partners(3))
    second = KeyMap.objects.get(source_key='["Q0001"]')
    Load.objects.filter(pk=load.pk).update(high_water=second.odoo_id)
    load.refresh_from_db()
    done = undo(harbour, load)
    assert (done.removed, done.kept) == (1, 2)
    assert harbour.names() == ["Q0000", "Q0001"]
    assert set(KeyMap.objects.values_list("state", flat=True)) == {"kept"}


def test_a_record_found_under_our_external_id_is_not_ours_to_remove(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, partners(3))
    KeyMap.objects.filter(source_key='["Q0002"]').delete()  # as if the key map had been lost
    again = harbour.load(partner, partners(3))
    assert KeyMap.objects.get(source_key='["Q0002"]').origin == "found"
    assert undo(harbour, again).removed == 0
    assert harbour.names() == ["Q0000", "Q0001", "Q0002"]


def test_a_record_that_is_gone_already_counts_as_unchanged(harbour: Harbour) -> None:
    load = harbour.load(harbour.entity("customer", "res.partner"), partners(3))
    gone = KeyMap.objects.get(source_key='["Q0001"]')
    harbour.client().unlink("res.partner", [gone.odoo_id])
    done = undo(harbour, load)
    assert (done.removed, done.unchanged, done.failed) == (2, 1, 0)
    assert not KeyMap.objects.exists()


def test_a_record_that_a_later_load_touched_stays_until_that_one_is_undone(
    harbour: Harbour,
) -> None:
    partner = harbour.entity("customer", "res.partner")
    rows = [{**row, "city": "Lima"} for row in partners(3)]
    first = harbour.load(partner, rows)
    later = harbour.load(partner, [{**rows[0], "city": "Quito"}, *rows[1:]])
    done = undo(harbour, first)
    assert (done.removed, done.kept) == (2, 1)
    named = f"the load of “{later.mapping['name']}” of {later.created_at:%Y-%m-%d %H:%M} UTC"
    assert f"Kept: {named} touched it later" in KeyMap.objects.get().note
    assert undo(harbour, later).restored == 1
    again = undo(harbour, first)
    assert (again.removed, again.kept, harbour.names()) == (1, 0, [])


def test_a_removal_of_a_product_takes_its_template_along_and_says_so(harbour: Harbour) -> None:
    product = harbour.entity("product", "product.product")
    before = count(harbour, "product.template")
    load = harbour.load(product, [{"code": "A", "name": "Anchor"}, {"code": "B", "name": "Bell"}])
    assert count(harbour, "product.template") == before + 2
    done = undo(harbour, load)
    assert done.removed == 2
    assert count(harbour, "product.template") == before
    assert done.verification["removed_along"] == {"product.template": 2}
    assert harbour.notes.said("Odoo removed along: 2 product.template")


def test_the_next_load_after_an_undo_creates_everything_anew(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    undo(harbour, harbour.load(partner, partners(5)))
    assert harbour.load(partner, partners(5)).created == 5


def test_records_of_others_are_not_touched(harbour: Harbour) -> None:
    other = create(harbour, "res.partner", {"name": "Qother"})
    undo(harbour, harbour.load(harbour.entity("customer", "res.partner"), partners(5)))
    assert harbour.read("res.partner", [["id", "=", other]], ["name"])[0]["name"] == "Qother"
