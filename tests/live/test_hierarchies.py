"""Hierarchies four levels deep, and circles, on a real Odoo: each record below the right one, a
second run sends nothing, an undo leaves nothing. ``ODOO_TEST_URL``, ``ODOO_TEST_DB``,
``ODOO_TEST_LOGIN`` and ``ODOO_TEST_SECRET`` say which server.
"""

import os
from collections.abc import Iterator

import pytest

from importer import loads
from importer.models import DeferredLink, Entity, KeyMap
from tests.engine.loading import Harbour, Row, column, issues, refer
from tests.live.harbours import connect, harbour_of_environment, remove_ours
from tests.undo.undoing import count

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        "ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no live server"
    ),
]
MODELS = ("product.category", "hr.department", "hr.employee", "res.partner")


@pytest.fixture
def live(transactional_db: None) -> Iterator[Harbour]:
    harbour = harbour_of_environment()
    connect(harbour, "ODOO_TEST")
    yield harbour
    remove_ours(harbour, MODELS)


def four_levels() -> list[Row]:
    """Below first: 1 top, 3 below it, 9 below those, 27 below those."""
    rows: list[Row] = [{"code": "0", "name": "Q 0", "above": None}]
    for n in range(1, 40):
        rows.append({"code": str(n), "name": f"Q {n}", "above": str((n - 1) // 3)})
    return rows[::-1]


def parents(harbour: Harbour, entity: Entity, field: str) -> dict[str, str | None]:
    """Key -> the key above it, as Odoo has it."""
    keys = {one.odoo_id: one.source_key[2:-2] for one in KeyMap.objects.filter(entity=entity)}
    found = harbour.read(entity.odoo_model, [["id", "in", list(keys)]], [field])
    return {keys[one["id"]]: keys.get(one[field]) if one[field] else None for one in found}


@pytest.mark.parametrize("model", ["product.category", "hr.department"])
def test_four_levels_come_in_order_once_and_go_again(live: Harbour, model: str) -> None:
    before = count(live, model)
    entity = live.entity("tree", model)
    fields = [column("name"), refer("parent_id", "tree", "above")]
    load = live.load(entity, four_levels(), fields)
    assert (load.created, load.failed, load.blocked) == (40, 0, 0), issues(load)
    assert parents(live, entity, "parent_id") == {
        str(row["code"]): row["above"] for row in four_levels()
    }
    again = live.load(entity, four_levels(), fields)
    assert (again.unchanged, again.updated, again.created) == (40, 0, 0), issues(again)
    undone = live.run(loads.open_undo(load, archive=False))
    assert (undone.removed, undone.kept, undone.failed) == (40, 0, 0), issues(undone)
    assert count(live, model) == before


def test_a_circle_is_closed_by_a_second_pass(live: Harbour) -> None:
    before = count(live, "hr.employee")
    entity = live.entity("person", "hr.employee")
    coaches = {"a": "b", "b": "c", "c": "a", "d": "a", "e": None}
    rows: list[Row] = [
        {"code": code, "name": f"Q {code}", "coach": coach} for code, coach in coaches.items()
    ]
    fields = [column("name"), refer("coach_id", "person", "coach")]
    load = live.load(entity, rows, fields)
    assert (load.created, load.failed) == (5, 0), issues(load)
    links = parents(live, entity, "coach_id")
    assert {code: links[code] for code in "abcd"} == {code: coaches[code] for code in "abcd"}
    assert DeferredLink.objects.exclude(written_at=None).exists()
    assert not DeferredLink.objects.filter(written_at=None).exists()
    again = live.load(entity, rows, fields)
    assert (again.created, again.updated) == (0, 0), issues(again)
    undone = live.run(loads.open_undo(load, archive=False))
    assert (undone.removed, undone.kept, undone.failed) == (5, 0, 0), issues(undone)
    assert count(live, "hr.employee") == before
