"""Equal changes on five or more records go as one ``write``, and end as by a ``load``."""

from typing import Any

import pytest

from importer.choices import LoadState
from importer.engine import equal_changes
from importer.models import Attempt, Batch, Load
from tests.engine.loading import Harbour, column, issues, look_up, partners, refer
from tests.engine.orphans import edit, orphan, take_over
from tests.engine.test_lost_answers_are_settled import outcomes, run_out

LAND = {"model": "res.country", "by": ["external_id"], "inputs": [{"column": "land"}]}


def in_city(n: int, city: str) -> list[dict[str, str | None]]:
    return [{**row, "city": city} for row in partners(n)]


def cities(harbour: Harbour) -> dict[str, str]:
    found = harbour.read("res.partner", [["name", "=like", "Q%"]], ["name", "city"])
    return {one["name"]: one["city"] for one in found}


def kinds(load: Load) -> list[str]:
    return sorted(Batch.objects.filter(load=load).values_list("kind", flat=True))


@pytest.mark.parametrize("sandbox_server", [15, 17, 19], indirect=True)
def test_equal_changes_are_one_write_and_the_others_one_load(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, in_city(20, "Lima"))
    rows = in_city(20, "Quito")
    for n in (3, 9, 12):
        rows[n]["city"] = f"Cusco {n}"
    harbour.forget_calls()
    load = harbour.load(partner, rows)
    assert (load.state, load.updated, load.rows_done) == (LoadState.DONE, 20, 20)
    assert (harbour.calls("write"), harbour.calls("load"), kinds(load)) == (
        1,
        1,
        ["update", "write"],
    )
    assert cities(harbour) == {str(row["name"]): row["city"] for row in rows}
    changes = load.changes.values_list("before__city", "after__city")
    assert sorted(changes) == sorted(("Lima", row["city"]) for row in rows)
    assert harbour.notes.said("has no place for a fence")
    harbour.forget_calls()
    assert (harbour.load(partner, rows).unchanged, harbour.calls()) == (20, 0)


def test_fewer_than_five_go_by_load(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, in_city(4, "Lima"))
    harbour.forget_calls()
    assert harbour.load(partner, in_city(4, "Quito")).updated == 4
    assert (harbour.calls("write"), harbour.calls("load")) == (0, 1)


KINDS: dict[str, tuple[str, str]] = {
    "city": ("Lima", " Québec "),
    "comment": ("", "<p>Two<br>lines</p>"),
    "color": ("1", "7"),
    "partner_latitude": ("1.5", "2.25"),
    "is_company": ("0", "1"),
    "type": ("contact", "invoice"),
}


@pytest.mark.parametrize("sandbox_server", [15, 17, 19], indirect=True)
def test_a_write_leaves_what_a_load_would_have_left(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = harbour.entity("customer", "res.partner")
    tag = harbour.entity("boss", "res.partner")
    harbour.load(tag, [{"code": k, "name": f"Boss {k}"} for k in "ab"])
    fields = [column("name"), *map(column, KINDS)]
    fields += [look_up("country_id", LAND), refer("parent_id", "boss", "of")]

    def rows(prefix: str, nth: int) -> list[dict[str, str | None]]:
        said = {name: pair[nth] for name, pair in KINDS.items()}
        more = {"land": ("base.be", "base.pe")[nth], "of": "ab"[nth]}
        return [{**row, **said, **more} for row in partners(6, prefix)]

    def left(prefix: str) -> list[dict[str, Any]]:
        names = [*KINDS, "country_id", "parent_id"]
        found = harbour.read("res.partner", [["name", "=like", f"{prefix}%"]], names)
        return [{name: one[name] for name in names} for one in found]

    for prefix, way in (("QW", "write"), ("QL", "load")):
        with monkeypatch.context() as patched:
            if way == "load":
                patched.setattr(equal_changes, "FEWEST_EQUAL", 99)
            harbour.load(partner, rows(prefix, 0), fields)
            harbour.forget_calls()
            assert harbour.load(partner, rows(prefix, 1), fields).updated == 6
            assert harbour.calls(way) == 1
    assert left("QW") == left("QL")
    assert len(left("QW")) == 6


@pytest.mark.parametrize("kind", ["drop_before_commit", "drop_after_commit"])
def test_a_write_in_doubt_is_compared_and_then_loaded(harbour: Harbour, kind: str) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, in_city(20, "Lima"))
    harbour.forget_calls()
    load = harbour.open(partner, in_city(20, "Quito"))
    harbour.fault(kind, model="res.partner", method="write")
    run_out(harbour, load)
    assert (load.updated, load.unchanged, load.rows_done) == (20, 0, 20)
    assert set(cities(harbour).values()) == {"Quito"}
    is_kept = kind == "drop_after_commit"
    assert outcomes(load) == (["in_doubt"] if is_kept else ["in_doubt", "kept"])
    assert harbour.calls("load") == (0 if is_kept else 1)
    assert set(load.changes.values_list("before__city", "after__city")) == {("Lima", "Quito")}


def test_a_write_whose_settling_is_lost_too_is_settled_again(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, in_city(20, "Lima"))
    load = harbour.open(partner, in_city(20, "Quito"))
    harbour.fault("drop_before_commit", model="res.partner", method="write")
    harbour.fault("drop_before_commit", model="res.partner", method="load")
    run_out(harbour, load)
    assert (load.updated, outcomes(load)) == (20, ["in_doubt", "in_doubt", "kept"])
    assert set(cities(harbour).values()) == {"Quito"}


def test_a_refused_write_is_repeated_by_load_which_names_the_rows(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, in_city(8, "Lima"))
    harbour.fault("refuse_row", model="res.partner", field="city", value="Quito")
    load = harbour.load(partner, in_city(8, "Quito"))
    assert (load.failed, load.updated, load.rows_done) == (8, 0, 8)
    assert {one.code for one in issues(load)} <= {"refused_row", "refused_value"}
    assert set(cities(harbour).values()) == {"Lima"}
    assert load.changes.count() == 0


def test_a_hand_stopped_in_the_middle_of_a_write_overwrites_nobody(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, in_city(20, "Lima"))
    load = harbour.open(partner, in_city(20, "Quito"))
    harbour.fault("latency", model="res.partner", method="write", seconds=2, stage="inside")
    with orphan(0.5, load) as sleeper:
        sleeper.wait_for_stop()
        take_over(harbour, load)
        edit(harbour, "Q0003")
        sleeper.wake(load)
    assert cities(harbour) == {f"Q{n:04d}": "Edited" if n == 3 else "Quito" for n in range(20)}
    assert "late" in outcomes(load)
    assert Attempt.objects.filter(batch__load=load).count() >= 1
