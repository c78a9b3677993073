"""A text can have a column for each language: the record is made in the base language, each further
one is written to it afterwards, and a rollback gives every language back.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from importer import loads
from importer.data.languages import base_part, language_part
from importer.models import Change, Load
from tests.engine.loading import Harbour, Row, column, issues

FIELDS = [
    column("name"),
    column("name", "nom", lang="fr_FR"),
    column("description_sale", "text"),
    column("description_sale", "texte", lang="fr_FR"),
    column("list_price", "price"),
]
CHAIR = {"code": "P1", "name": "Chair", "nom": "Chaise", "price": "5", "text": "", "texte": ""}
TABLE = {"code": "P2", "name": "Table", "nom": "", "price": "7", "text": "Oak", "texte": "Chêne"}


@pytest.fixture
def french(harbour: Harbour) -> Harbour:
    client = harbour.client()
    [lang] = client.search("res.lang", [["code", "=", "fr_FR"]], context={"active_test": False})
    client.write("res.lang", [lang], {"active": True})
    client.close()
    return harbour


def load(harbour: Harbour, rows: Sequence[Row], **more: Any) -> tuple[Load, Load]:
    """The two loads of a mapping with one further language, as a graph's nodes open them."""
    product = harbour.entity("product", "product.template")
    frozen = harbour.frozen(product, FIELDS, **more)
    sheet = harbour.sheet(rows)
    ended = []
    for part in (base_part(frozen), language_part(frozen, "fr_FR")):
        one = loads.open_load(
            project=harbour.project,
            connection=harbour.connection,
            entity=product,
            frozen=part,
            sheet=sheet,
        )
        ended.append(harbour.run(one))
    return ended[0], ended[1]


def undo(harbour: Harbour, original: Load) -> Load:
    return harbour.run(loads.open_undo(original, archive=False))


def texts(harbour: Harbour, lang: str, field: str = "name") -> list[Any]:
    client = harbour.client()
    try:
        context = {"lang": lang, "active_test": False}
        found = client.search_read("product.template", [], [field], context=context)
        return [one[field] for one in found]
    finally:
        client.close()


def stored(harbour: Harbour) -> list[dict[str, Any]]:
    """The sandbox's records as they are kept, translations and all, but for their stamps."""
    rows = harbour.server.database.caller.store.table("product.template").rows
    return [
        {name: value for name, value in one.items() if not name.startswith("write_")}
        for _, one in sorted(rows.items())
    ]


def test_each_language_gets_its_own_text(french: Harbour) -> None:
    first, second = load(french, [CHAIR, TABLE])
    assert (first.created, first.failed, issues(first)) == (2, 0, [])
    assert (second.updated, second.unchanged, issues(second)) == (2, 0, [])
    assert texts(french, "en_US") == ["Chair", "Table"]
    assert texts(french, "fr_FR") == ["Chaise", "Table"]
    assert texts(french, "fr_FR", "description_sale") == [False, "Chêne"]
    assert texts(french, "en_US", "description_sale") == [False, "Oak"]


def test_the_same_again_sends_nothing(french: Harbour) -> None:
    load(french, [CHAIR, TABLE])
    french.forget_calls()
    first, second = load(french, [CHAIR, TABLE])
    assert (first.unchanged, second.unchanged) == (2, 2)
    assert french.calls() == 0


def test_a_change_in_one_language_sends_only_that(french: Harbour) -> None:
    load(french, [CHAIR, TABLE])
    french.forget_calls()
    first, second = load(french, [CHAIR | {"nom": "Siège"}, TABLE])
    assert (first.unchanged, second.updated, second.unchanged) == (2, 1, 1)
    assert french.calls("load", "write") == 1
    assert texts(french, "fr_FR") == ["Siège", "Table"]
    first, second = load(french, [CHAIR | {"nom": "Siège", "name": "Seat"}, TABLE])
    assert (first.updated, first.unchanged, second.unchanged) == (1, 1, 2)
    assert (texts(french, "en_US")[0], texts(french, "fr_FR")[0]) == ("Seat", "Siège")


def test_an_emptied_cell_sends_nothing_in_a_further_language(french: Harbour) -> None:
    load(french, [CHAIR])
    french.forget_calls()
    _, second = load(french, [CHAIR | {"nom": ""}], empty_cells="clear")
    assert (second.updated, french.calls()) == (0, 0)
    assert texts(french, "fr_FR") == ["Chaise"]


def test_a_text_cleared_in_the_base_is_sent_again_in_the_other(french: Harbour) -> None:
    load(french, [TABLE])
    first, second = load(french, [TABLE | {"text": ""}], empty_cells="clear")
    assert (first.updated, second.updated) == (1, 1)
    assert texts(french, "fr_FR", "description_sale") == ["Chêne"]


def test_images_are_kept_by_language(french: Harbour) -> None:
    load(french, [CHAIR])
    _, second = load(french, [CHAIR | {"nom": "Siège"}])
    change = Change.objects.get(load=second)
    assert change.before
    assert change.after
    assert (change.lang, change.company) == ("fr_FR", 0)
    assert (change.before["name"], change.after["name"]) == ("Chaise", "Siège")


@pytest.mark.parametrize("sandbox_server", [17, 19], indirect=True)
def test_undoing_gives_every_language_back_as_it_was(french: Harbour) -> None:
    load(french, [CHAIR, TABLE])
    before = stored(french)
    new = [
        CHAIR | {"name": "Seat", "nom": "Siège", "texte": "Bois"},
        TABLE | {"nom": "La table", "texte": "Noyer"},
    ]
    first, second = load(french, new)
    assert (first.updated, second.updated) == (1, 2)
    assert texts(french, "en_US", "description_sale") == ["Bois", "Oak"]
    for one in (second, first):
        undone = undo(french, one)
        assert (undone.failed, undone.kept) == (0, 0), issues(undone)
    assert stored(french) == before


@pytest.mark.parametrize("sandbox_server", [15], indirect=True)
def test_undoing_on_15_gives_every_text_back(french: Harbour) -> None:
    load(french, [CHAIR, TABLE])
    before = [texts(french, lang) for lang in ("en_US", "fr_FR")]
    first, second = load(french, [CHAIR | {"nom": "Siège"}, TABLE | {"nom": "La table"}])
    assert (first.updated, second.updated) == (0, 2)
    for one in (second, first):
        assert (undo(french, one).failed, one.failed) == (0, 0)
    assert [texts(french, lang) for lang in ("en_US", "fr_FR")] == before


def test_undoing_all_of_it_removes_the_records(french: Harbour) -> None:
    first, second = load(french, [CHAIR, TABLE])
    for one in (second, first):
        undone = undo(french, one)
        assert (undone.failed, undone.kept) == (0, 0), issues(undone)
    assert texts(french, "en_US") == []


def test_a_text_that_somebody_edited_stays(french: Harbour) -> None:
    load(french, [CHAIR])
    _, second = load(french, [CHAIR | {"nom": "Siège"}])
    client = french.client()
    [record] = client.search("product.template", [])
    client.write("product.template", [record], {"name": "Fauteuil"}, context={"lang": "fr_FR"})
    client.close()
    undone = undo(french, second)
    assert undone.kept == 1
    assert texts(french, "fr_FR") == ["Fauteuil"]


def test_a_row_that_was_not_made_is_not_translated(french: Harbour) -> None:
    first, second = load(french, [CHAIR | {"price": "much"}, TABLE])
    assert (first.failed, first.created) == (1, 1)
    assert (second.blocked, second.updated) == (1, 1)
    assert [one.code for one in issues(second)] == ["not_loaded"]
