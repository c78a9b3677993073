"""Texts in two languages on a real Odoo: made, repeated, changed and undone. The server must have
French active. ``ODOO_TEST_URL`` and its three neighbours say which it is.
"""

import os
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from importer import loads
from importer.data.languages import base_part, language_part
from importer.models import Load
from tests.engine.loading import Harbour, Row, column, issues
from tests.live.harbours import connect, harbour_of_environment, ours, remove_ours

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        "ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no live server"
    ),
]
FIELDS = [
    column("name"),
    column("name", "nom", lang="fr_FR"),
    column("description_sale", "text"),
    column("description_sale", "texte", lang="fr_FR"),
]
ROWS = [
    {"code": f"QL{n}", "name": f"Chair {n}", "nom": f"Chaise {n}", "text": "", "texte": ""}
    for n in range(8)
]
MODELS = ("product.product", "product.template")


@pytest.fixture
def live(transactional_db: None) -> Iterator[Harbour]:
    harbour = harbour_of_environment()
    connect(harbour, "ODOO_TEST")
    client = harbour.client()
    active = [code for code, _ in client.call("res.lang", "get_installed")]
    client.close()
    if "fr_FR" not in active:
        pytest.skip("French is not active on this server")
    yield harbour
    remove_ours(harbour, MODELS)


def load(live: Harbour, model: str, rows: Sequence[Row]) -> tuple[Load, Load]:
    product = live.entity(model.partition(".")[2], model)
    frozen, sheet = live.frozen(product, FIELDS), live.sheet(rows)
    ended = [
        live.run(
            loads.open_load(
                project=live.project,
                connection=live.connection,
                entity=product,
                frozen=part,
                sheet=sheet,
            )
        )
        for part in (base_part(frozen), language_part(frozen, "fr_FR"))
    ]
    assert [one.failed + one.blocked for one in ended] == [0, 0], [issues(one) for one in ended]
    return ended[0], ended[1]


def texts(live: Harbour, model: str) -> list[Any]:
    """Both fields of our records, in both languages."""
    client = live.client()
    try:
        ids = sorted(ours(client, live.project, model))
        names = ["name", "description_sale"]
        read = [
            client.read(model, ids, names, context={"lang": lang, "active_test": False})
            for lang in ("en_US", "fr_FR")
        ]
        return [[[one[name] for name in names] for one in found] for found in read]
    finally:
        client.close()


@pytest.mark.parametrize("model", MODELS)
def test_texts_are_loaded_repeated_changed_and_undone(live: Harbour, model: str) -> None:
    first, second = load(live, model, ROWS)
    assert (first.created, second.updated) == (8, 8)
    made = texts(live, model)
    assert [name for name, _ in made[0]] == [row["name"] for row in ROWS]
    assert [name for name, _ in made[1]] == [row["nom"] for row in ROWS]

    first, second = load(live, model, ROWS)
    assert (first.unchanged, second.unchanged) == (8, 8)
    assert not first.batches.exists()
    assert not second.batches.exists()

    changed = [
        ROWS[0] | {"nom": "Siège"},
        ROWS[1] | {"name": "Seat"},
        ROWS[2] | {"texte": "Bois"},
        ROWS[3] | {"text": "Oak", "texte": "Chêne"},
        *ROWS[4:],
    ]
    first, second = load(live, model, changed)
    assert (first.updated, second.updated) == (2, 3)
    now = texts(live, model)
    assert (now[0][0][0], now[1][0][0]) == ("Chair 0", "Siège")
    assert (now[0][1][0], now[1][1][0]) == ("Seat", "Chaise 1")
    assert (now[0][3][1], now[1][3][1]) == ("Oak", "Chêne")

    for one in (second, first):
        undone = live.run(loads.open_undo(one, archive=False))
        assert (undone.failed, undone.kept) == (0, 0), issues(undone)
    assert texts(live, model) == made


@pytest.mark.parametrize("model", MODELS)
def test_a_text_that_followed_the_base_follows_it_again_after_an_undo(
    live: Harbour, model: str
) -> None:
    plain = ROWS[0] | {"nom": ""}
    load(live, model, [plain])
    _, second = load(live, model, [plain | {"nom": "Siège"}])
    assert live.run(loads.open_undo(second, archive=False)).restored == 1
    client = live.client()
    [record] = ours(client, live.project, model)
    client.write(model, [record], {"name": "Stool"}, context={"lang": "en_US"})
    is_15 = client.version.major == 15
    client.close()
    [[[base, _]], [[french, _]]] = texts(live, model)
    # Before 16 the text of a variant is a row of its template's, which is written instead.
    is_written = is_15 and model == "product.product"
    assert (base, french) == ("Stool", "Chair 0" if is_written else "Stool")
