"""A many2many field of a mapping says whether its records replace what is linked or are added."""

from typing import Any

import pytest

from importer.models import Dataset, KeyMap
from tests.engine.loading import Harbour, column, issues, refer
from tests.engine.test_lost_answers_are_settled import outcomes, run_out, work_until
from tests.undo.undoing import create, undo

ADDED = [column("name"), refer("category_id", "tag", "tag", linking="add")]
REPLACED = [column("name"), refer("category_id", "tag", "tag")]
MANY = {"entity": "tag", "inputs": [{"column": "tag"}], "separator": ","}
ADDED[1]["spec"] = REPLACED[1]["spec"] = MANY


@pytest.fixture
def book(harbour: Harbour) -> Dataset:
    """The dataset with three tags, which are loaded."""
    made = harbour.dataset()
    rows = [{"code": one, "name": f"Tag {one}"} for one in "abc"]
    harbour.load(harbour.entity("tag", "res.partner.category"), rows, dataset=made, name="Tags")
    return made


class Shop:
    """Two customers with tags."""

    def __init__(self, harbour: Harbour, book: Dataset) -> None:
        self.harbour, self.book = harbour, book
        self.entity = harbour.entity("customer", "res.partner")

    def rows(self, first: str, second: str) -> list[dict[str, str | None]]:
        tags = {"Qa": first, "Qb": second}
        return [{"code": one, "name": one, "tag": tag} for one, tag in tags.items()]

    def open(self, first: str, second: str, fields: Any = ADDED, **more: Any) -> Any:
        rows = self.rows(first, second)
        name = f"Sheet{self.book.sheets.count()}"
        return self.harbour.open(self.entity, rows, fields, dataset=self.book, name=name, **more)

    def load(self, *args: Any, **more: Any) -> Any:
        return self.harbour.run(self.open(*args, **more))

    def tags(self) -> dict[str, str]:
        """Customer -> the last letters of its tags."""
        names = {
            one["id"]: one["name"][-1]
            for one in self.harbour.read("res.partner.category", [], ["name"])
        }
        ours = [["id", "in", self.ids("Qa", "Qb")]]  # a live server has others' records too
        found = self.harbour.read("res.partner", ours, ["name", "category_id"])
        return {
            one["name"]: "".join(sorted(names[tag] for tag in one["category_id"])) for one in found
        }

    def ids(self, *names: str) -> list[int]:
        keys = [f'["{name}"]' for name in names]
        known = KeyMap.objects.filter(entity=self.entity, source_key__in=keys)
        return list(known.values_list("odoo_id", flat=True))

    def link(self, name: str, tag: int, command: int = 4) -> None:
        """Somebody else links a tag in Odoo, or takes it out (3)."""
        client = self.harbour.client()
        client.write("res.partner", self.ids(name), {"category_id": [[command, tag, 0]]})
        client.close()


@pytest.fixture
def shop(harbour: Harbour, book: Dataset) -> Shop:
    return Shop(harbour, book)


def test_added_records_leave_what_is_linked_and_replaced_ones_do_not(shop: Shop) -> None:
    shop.load("a", "b")
    other = create(shop.harbour, "res.partner.category", {"name": "Tag z"})
    shop.link("Qa", other)
    load = shop.load("b,c", "b,c")
    assert (load.updated, load.failed, issues(load)) == (2, 0, [])
    assert shop.tags() == {"Qa": "abcz", "Qb": "bc"}
    shop.load("c", "c", REPLACED)
    assert shop.tags() == {"Qa": "c", "Qb": "c"}


def test_nothing_is_sent_where_all_of_them_are_linked_already(shop: Shop) -> None:
    shop.load("a,b", "a")
    shop.harbour.forget_calls()
    assert shop.load("a,b", "a").unchanged == 2
    load = shop.load("b", "")  # fewer, or none: nothing is taken out
    assert (load.unchanged, load.updated, shop.harbour.calls("load", "write")) == (2, 0, 0)
    assert shop.tags() == {"Qa": "ab", "Qb": "a"}


def test_an_empty_cell_takes_nothing_out_even_where_empty_cells_clear(shop: Shop) -> None:
    shop.load("a", "b")
    load = shop.load("", "c", empty_cells="clear")
    assert (load.unchanged, load.updated) == (1, 1)
    assert shop.tags() == {"Qa": "a", "Qb": "bc"}


@pytest.mark.parametrize("kind", ["drop_before_commit", "drop_after_commit"])
def test_a_lost_answer_links_each_record_once(shop: Shop, kind: str) -> None:
    shop.load("a", "a")
    load = shop.open("b", "b,c")
    shop.harbour.fault(kind, model="res.partner", method="load")
    run_out(shop.harbour, load)
    assert (load.updated, load.failed) == (2, 0)
    assert shop.tags() == {"Qa": "ab", "Qb": "abc"}
    assert outcomes(load)[0] == "in_doubt"


def test_what_somebody_links_while_an_answer_is_lost_is_theirs(shop: Shop) -> None:
    shop.load("a", "a")
    other = create(shop.harbour, "res.partner.category", {"name": "Tag z"})
    load = shop.open("b", "c")
    shop.harbour.fault("drop_after_commit", model="res.partner", method="load")
    work_until(load, shop.harbour.notes, lambda: "in_doubt" in outcomes(load))
    shop.link("Qa", other)
    run_out(shop.harbour, load)
    assert shop.tags() == {"Qa": "abz", "Qb": "ac"}
    undo(shop.harbour, load)
    assert shop.tags() == {"Qa": "az", "Qb": "a"}


def test_an_undo_takes_out_only_what_the_load_added(shop: Shop) -> None:
    shop.load("a", "a")
    other = create(shop.harbour, "res.partner.category", {"name": "Tag z"})
    load = shop.load("a,b", "b,c")
    tags = {
        one["name"]: one["id"] for one in shop.harbour.read("res.partner.category", [], ["name"])
    }
    shop.link("Qa", other)  # stays
    shop.link("Qb", tags["Tag a"], 3)  # stays away
    shop.link("Qb", tags["Tag c"], 3)  # is gone already
    done = undo(shop.harbour, load)
    assert (done.restored, done.kept, done.failed, issues(done)) == (2, 0, 0, [])
    assert shop.tags() == {"Qa": "az", "Qb": ""}
    assert shop.load("a", "a").unchanged == 2  # the key map says again what it said before


def test_an_undo_of_what_was_linked_before_writes_nothing(shop: Shop) -> None:
    shop.load("a", "a")
    load = shop.load("a", "a", [*ADDED, column("city", "name")])
    shop.harbour.forget_calls()
    done = undo(shop.harbour, load)
    assert (done.restored, done.failed) == (2, 0)
    assert shop.tags() == {"Qa": "a", "Qb": "a"}
