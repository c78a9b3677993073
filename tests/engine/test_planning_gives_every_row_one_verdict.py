"""The planner on files alone."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from importer.data.duck import open_duck
from importer.engine import plan_writing
from importer.engine.grouping import is_fillable
from importer.engine.looking.said import Said
from importer.engine.plan_rules import PlanField, PlanRules
from importer.engine.planning import plan_rows
from importer.odoo.protocols import FieldFacts
from tests.engine.prepared_files import Bench, key, read_issues, read_plan, verdicts, write_csv

REFERENCE = PlanField("country", kind="reference", entity="country")
PARENT = PlanField("parent_id", kind="reference", entity="customer", is_sensitive=False)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def row(name: str, **more: object) -> dict[str, object]:
    return {"key": key(name), "name": name, **more}


def test_new_known_changed_and_failed_rows(bench: Bench) -> None:
    bench.rows = [
        row("new"),
        row("same", city="A"),
        row("moved", city="B"),
        row("bad", failed=True),
    ]
    bench.known = [row("same", city="A"), row("moved", city="A")]
    planned = bench.plan()
    assert verdicts(planned) == {
        "new": "create",
        "same": "unchanged",
        "moved": "update",
        "bad": "error",
    }
    assert planned.counts == {"create": 1, "unchanged": 1, "update": 1, "error": 1}
    moved = next(r for r in read_plan(planned) if r["key"] == key("moved"))
    assert moved["fields"] == ["city"]
    update = next(p for p in planned.portions if p.verdict == "update")
    assert update.header == ("id", "city")


def test_an_empty_cell_leaves_or_empties_the_field_as_the_mapping_says(bench: Bench) -> None:
    bench.rows = [row("a", city=None)]
    bench.known = [row("a", city="Rome")]
    assert verdicts(bench.plan(empty_cells="keep")) == {"a": "unchanged"}
    assert verdicts(bench.plan(empty_cells="clear")) == {"a": "update"}


def test_a_selection_whose_key_is_the_label_of_another_is_not_filled() -> None:
    """``load`` would take the key for the label, and change a value that nobody wants changed."""

    def facts(*choices: tuple[str, str]) -> FieldFacts:
        return FieldFacts("kind", "Kind", "selection", False, False, True, selection=choices)

    assert is_fillable(facts(("a", "A"), ("b", "Other")), is_utc=True)
    assert not is_fillable(facts(("a", "B"), ("b", "Other")), is_utc=True)


def test_a_field_that_odoo_computes_anew_is_sent_with_what_it_follows(bench: Bench) -> None:
    bench.fields = (PlanField("name"), PlanField("city", follows=("name",)))
    bench.rows = [row("a", city="A"), row("b", city=None), row("c", city="C")]
    bench.known = [
        {**row("a", city="A"), "name": "old"},
        {**row("b"), "name": "old"},
        bench.rows[2],
    ]
    sent = {r["key"]: (r["verdict"], r["fields"]) for r in read_plan(bench.plan())}
    assert sent[key("a")] == ("update", ["name", "city"])
    assert sent[key("b")] == ("update", ["name"])
    assert sent[key("c")][0] == "unchanged"


def test_a_field_that_is_new_in_the_mapping_is_a_change(bench: Bench) -> None:
    bench.rows = [row("a", city="Rome")]
    bench.known = [row("a", city="Rome")]
    assert verdicts(bench.plan(layouts={1: ("name",)})) == {"a": "update"}


@pytest.mark.parametrize(
    ("policy", "new", "old"),
    [("create_only", "create", "skip"), ("update_only", "skip", "update")],
)
def test_the_policy_on_existing_records_skips(
    bench: Bench, policy: str, new: str, old: str
) -> None:
    bench.rows = [row("new"), row("old", city="B")]
    bench.known = [row("old", city="A")]
    assert verdicts(bench.plan(on_existing=policy)) == {"new": new, "old": old}


def test_chosen_keys_are_the_only_ones_in_the_plan(bench: Bench) -> None:
    bench.rows = [row("a"), row("b")]
    planned = bench.plan(keys=(key("b"), key("c")))
    assert verdicts(planned) == {"b": "create"}
    assert planned.unknown_keys == (key("c"),)


def test_the_next_pass_has_only_the_rows_named(bench: Bench, tmp_path: Path) -> None:
    bench.rows = [row("a"), row("b")]
    again = write_csv(tmp_path / "again.csv", [(3,)])
    assert verdicts(bench.plan(only_rows=again)) == {"b": "create"}


def test_references_are_live_blocked_or_missing(bench: Bench) -> None:
    bench.fields = (PlanField("name"), REFERENCE)
    bench.rows = [row(c, country=key(c)) for c in ("live", "failed", "nowhere")]
    bench.live = {"country": [(key("live"), "x")]}
    bench.failed = {"country": [(key("failed"), "Countries", 7)]}
    planned = bench.plan()
    assert verdicts(planned) == {"live": "create", "failed": "blocked", "nowhere": "error"}
    said = {r["key"]: r for r in read_issues(planned)}
    assert "Countries, row 7" in said[key("failed")]["message"]
    assert said[key("failed")]["level"] == "blocked"
    assert "nowhere" in said[key("nowhere")]["message"]
    assert said[key("nowhere")]["field"] == "country"


def test_all_references_that_lead_nowhere_are_named_as_the_sheet_has_them(bench: Bench) -> None:
    firm = PlanField("parent_id", kind="reference", entity="firm", columns=("Boss", "Firm"))
    bench.fields = (PlanField("name"), replace(REFERENCE, columns=("Land",)), firm)
    bench.rows = [row("a", country=key("NO"), parent_id='["B","1"]')]
    bench.failed = {"country": [(key("NO"), "Countries", 7)]}
    first, second = read_issues(bench.plan())
    assert (first["level"], first["value"], second["value"]) == ("blocked", "NO", "B, 1")
    assert first["message"].startswith("Column “Land”: NO was not loaded (see Countries, row 7)")
    assert second["message"].startswith("Columns “Boss”, “Firm”: B, 1 is neither loaded before")


def test_a_row_that_lacks_a_parent_still_hears_of_its_boss(bench: Bench) -> None:
    bench.fields = (PlanField("name"), REFERENCE, PARENT)
    bench.rows = [
        row("boss", failed=True),
        row("a", country=key("NO"), parent_id=key("boss"), level=1),
        row("b", parent_id=key("a"), level=2),
    ]
    planned = bench.plan()
    assert verdicts(planned) == {"boss": "error", "a": "error", "b": "blocked"}
    said = [(one["field"], one["level"]) for one in read_issues(planned)]
    assert said == [("country", "error"), ("parent_id", "blocked"), ("parent_id", "blocked")]


def test_a_missing_reference_may_leave_the_field_empty_with_a_warning(bench: Bench) -> None:
    soft = PlanField("country", kind="reference", entity="country", may_be_missing=True)
    bench.fields = (PlanField("name"), soft)
    bench.rows = [row("a", country=key("nowhere"))]
    planned = bench.plan()
    assert verdicts(planned) == {"a": "create"}
    assert read_plan(planned)[0]["cell:country"] is None
    assert [issue["level"] for issue in read_issues(planned)] == ["warning"]


def test_each_key_of_a_list_must_be_there(bench: Bench) -> None:
    tags = PlanField("tags", kind="reference", entity="tag", is_list=True)
    bench.fields = (PlanField("name"), tags)
    bench.rows = [row("a", tags='[["x"],["y"]]'), row("b", tags='[["x"],["z"]]')]
    bench.live = {"tag": [(key("x"), "x"), (key("y"), "x")]}
    assert verdicts(bench.plan()) == {"a": "create", "b": "error"}


def test_a_failed_boss_blocks_the_whole_tree_below(bench: Bench) -> None:
    bench.fields = (PlanField("name"), PARENT)
    bench.rows = [
        row("top", failed=True),
        row("middle", parent_id=key("top"), level=1),
        row("low", parent_id=key("middle"), level=2),
        row("other"),
        row("child", parent_id=key("other"), level=1),
    ]
    planned = bench.plan()
    assert verdicts(planned) == {
        "top": "error",
        "middle": "blocked",
        "low": "blocked",
        "other": "create",
        "child": "create",
    }


def test_a_failed_row_that_was_loaded_before_blocks_nobody(bench: Bench) -> None:
    bench.fields = (PlanField("name"), PARENT)
    bench.rows = [row("top", failed=True), row("low", parent_id=key("top"), level=1)]
    bench.known = [row("top")]
    assert verdicts(bench.plan())["low"] == "create"


def test_small_levels_share_a_call_sorted_parents_first(bench: Bench) -> None:
    bench.fields = (PlanField("name"), PARENT)
    bench.rows = [row("c", parent_id=key("b"), level=2), row("b", parent_id=key("a"), level=1)]
    bench.rows += [row("a")]
    planned = bench.plan()
    assert [r["name"] for r in ({"name": r["cell:name"]} for r in read_plan(planned))] == list(
        "abc"
    )
    assert [(p.n_rows, p.depths) for p in planned.portions] == [(3, 3)]


def test_large_levels_are_stages_of_their_own(bench: Bench) -> None:
    bench.fields = (PlanField("name"), PARENT)
    bench.rows = [row(f"p{n}") for n in range(250)]
    bench.rows += [row(f"c{n}", parent_id=key("p1"), level=1) for n in range(3)]
    assert [(p.stage, p.n_rows) for p in bench.plan().portions] == [(0, 250), (2, 3)]


def test_only_sensitive_columns_split_creates(bench: Bench) -> None:
    bench.fields = (PlanField("name"), PlanField("city"), PlanField("lang", is_sensitive=True))
    bench.rows = [row("a", city="A"), row("b"), row("c", lang="de_DE")]
    headers = {p.header for p in bench.plan().portions}
    assert headers == {("id", "name", "city"), ("id", "name", "city", "lang")}


def test_more_than_eight_patterns_are_filled_with_defaults(bench: Bench) -> None:
    names = ("f1", "f2", "f3", "f4")
    filled = tuple(PlanField(n, is_sensitive=True, fill=f"default {n}") for n in names)
    bench.fields = (PlanField("name"), *filled)
    bench.rows = [
        row(f"r{n}", **{name: "x" for bit, name in enumerate(names) if n >> bit & 1})
        for n in range(16)
    ]
    planned = bench.plan()
    assert {p.header for p in planned.portions} == {("id", "name", *names)}
    assert read_plan(planned)[0]["cell:f1"] == "default f1"


def test_references_by_database_id_have_calls_of_their_own(bench: Bench) -> None:
    bench.fields = (PlanField("name"), REFERENCE, PlanField("state", kind="lookup"))
    bench.rows = [
        row("a", country=key("x"), state="base.state_1"),
        row("b", country=key("d"), state=".id:7"),
    ]
    bench.live = {"country": [(key("x"), "x"), (key("d"), "d")]}
    assert {p.header for p in bench.plan().portions} == {
        ("id", "name", "country/id", "state/id"),
        ("id", "name", "country/.id", "state/.id"),
    }


def test_updates_need_at_most_sixteen_groups(bench: Bench) -> None:
    names = tuple(f"f{n}" for n in range(5))
    bench.fields = tuple(PlanField(name, is_fillable=True) for name in names)
    cells = [{name: str(n >> bit & 1) for bit, name in enumerate(names)} for n in range(1, 32)]
    bench.rows = [{"key": key(str(n)), **row} for n, row in enumerate(cells)]
    bench.known = [{"key": key(str(n)), **dict.fromkeys(names, "0")} for n in range(31)]
    planned = bench.plan()
    assert planned.counts == {"update": 31}
    assert len({p.group for p in planned.portions}) == 16
    headers = {p.group: p.header for p in planned.portions}
    for one in read_plan(planned):
        assert set(one["fields"]) <= set(headers[one["grp"]])


def test_patterns_without_a_wider_one_are_merged_into_both(bench: Bench) -> None:
    names = tuple(f"f{n}" for n in range(20))
    bench.fields = tuple(PlanField(name, is_fillable=True) for name in names)
    same = dict.fromkeys(names, "0")
    bench.rows = [{"key": key(str(n)), **same, f"f{n}": "1"} for n in range(20)]
    bench.known = [{"key": key(str(n)), **same} for n in range(20)]
    planned = bench.plan()
    assert planned.counts == {"update": 20}
    assert sorted(len(p.header) for p in planned.portions) == [2] * 12 + [3] * 4


def test_what_cannot_be_filled_keeps_a_call_of_its_own(bench: Bench) -> None:
    names = tuple(f"f{n}" for n in range(20))
    bench.fields = tuple(PlanField(name) for name in names)
    same = dict.fromkeys(names, "0")
    bench.rows = [{"key": key(str(n)), **same, f"f{n}": "1"} for n in range(20)]
    bench.known = [{"key": key(str(n)), **same} for n in range(20)]
    assert len(bench.plan().portions) == 20


def test_rows_of_one_parent_share_a_stream(bench: Bench) -> None:
    order = PlanField("order_id", kind="reference", entity="order")
    bench.fields = (PlanField("name"), order)
    bench.rows = [row(f"l{n}", order_id=key(f"o{n // 3}")) for n in range(300)]
    bench.live = {"order": [(key(f"o{n}"), "x") for n in range(100)]}
    planned = bench.plan(streams=3, together="order_id")
    streams: dict[str, set[int]] = {}
    for one in read_plan(planned):
        streams.setdefault(one["cell:order_id"], set()).add(one["stream"])
    assert {len(used) for used in streams.values()} == {1}
    assert {p.stream: p.n_rows for p in planned.portions} == {0: 102, 1: 99, 2: 99}


def test_a_record_that_a_rollback_archived_is_shown_again(bench: Bench) -> None:
    bench.fields = (PlanField("name"), PlanField("active", is_restored=True))
    bench.rows = [row("a"), row("b")]
    bench.known = [row("a", state="archived"), row("b")]
    planned = bench.plan(layouts={1: ("name",)})
    assert verdicts(planned) == {"a": "update", "b": "unchanged"}
    assert [p.header for p in planned.portions] == [("id", "active")]
    assert {r["key"]: r["cell:active"] for r in read_plan(planned)}[key("a")] == "1"


def test_the_plan_of_nothing_is_empty(bench: Bench) -> None:
    planned = bench.plan()
    assert planned.n_rows == 0
    assert planned.portions == ()


def test_what_a_look_found_counts_before_the_key_map(bench: Bench) -> None:
    names = ("adopted", "named", "found", "twice", "gone", "edited", "moved", "new")
    bench.rows = [row(name) for name in names]
    bench.known = [row("gone"), row("edited"), {**row("moved"), "name": "before"}]
    bench.looked = [
        Said(key("adopted"), "adopted", 71),
        Said(key("named"), "adopted", 72, ref="tool.x"),
        Said(key("found"), "found", 73),
        Said(key("twice"), "ambiguous", None, "", "vat", "BE1", "fits two"),
        Said(key("gone"), "gone", 1),
        Said(key("edited"), "edited", 2, message="somebody"),
        Said(key("moved"), "edited", 3, message="somebody"),
    ]
    planned = bench.plan()
    assert verdicts(planned) == {
        "adopted": "adopt",
        "named": "adopt",
        "found": "update",
        "twice": "ambiguous",
        "gone": "create",
        "edited": "unchanged",
        "moved": "update",
        "new": "create",
    }
    kept = {one["key"]: one for one in read_plan(planned)}
    assert [kept[key(name)]["origin"] for name in names[:3]] == ["adopted", "adopted", "found"]
    assert (kept[key("moved")]["is_edited"], kept[key("moved")]["origin"]) == (True, "")
    assert kept[key("named")]["ref"] == "tool.x"
    headers = {(one.verdict, one.header) for one in planned.portions}
    assert ("adopt", (".id", "name")) in headers
    assert ("update", ("id", "name")) in headers
    said = [(one["key"], one["level"], one["code"], one["message"]) for one in read_issues(planned)]
    assert said == [
        (key("twice"), "error", "ambiguous", "fits two"),
        (key("edited"), "warning", "edited_in_odoo", "somebody"),
    ]


def test_what_is_adopted_or_ambiguous_is_known_to_those_that_refer_to_it(bench: Bench) -> None:
    bench.fields = (PlanField("name"), PARENT)
    bench.rows = [
        row("firm"),
        row("twice"),
        row("a", parent_id=key("firm")),
        row("b", parent_id=key("twice")),
    ]
    bench.looked = [
        Said(key("firm"), "adopted", 71),
        Said(key("twice"), "ambiguous", None, "", "vat", "BE1", "fits two"),
    ]
    planned = bench.plan()
    assert verdicts(planned) == {
        "firm": "adopt",
        "twice": "ambiguous",
        "a": "create",
        "b": "blocked",
    }
    create = next(one for one in planned.portions if one.verdict == "create")
    assert create.header == ("id", "name", "parent_id/.id")


def test_the_policy_skips_what_a_look_found_and_says_where_it_is(bench: Bench) -> None:
    bench.rows = [row("a"), row("b")]
    bench.looked = [Said(key("a"), "adopted", 71)]
    planned = bench.plan(on_existing="create_only")
    assert verdicts(planned) == {"a": "skip", "b": "create"}
    skipped = next(one for one in read_plan(planned) if one["verdict"] == "skip")
    assert (skipped["code"], skipped["odoo_id"], skipped["origin"]) == ("exists", 71, "adopted")


def test_a_plan_written_in_slices_is_the_same_plan(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.known = [row(f"K{n:03d}", city="Old") for n in range(0, 250, 5)]
    bench.rows = [row(f"K{n:03d}", city="New", failed=n % 50 == 7) for n in range(250)]
    whole = read_plan(bench.plan(streams=2))
    assert [one["plan_row"] for one in whole] == list(range(250))
    monkeypatch.setattr(plan_writing, "SLICE", 60)
    sliced = bench.plan(streams=2)
    assert read_plan(sliced) == whole
    assert [one.name for one in bench.folder.glob("plan.*")] == ["plan.parquet"]


def test_a_plan_of_many_rows_is_made_in_little_memory(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = {f"f{n}": str(n) * 60 for n in range(8)}
    fields = tuple(PlanField(name) for name in cells)
    prepared = tmp_path / "many.parquet"
    with duckdb.connect(config={"threads": 1}) as duck:
        duck.execute(
            "COPY (SELECT i AS position, i + 2 AS sheet_row, '[\"' || i || '\"]' AS key, "
            "0 AS level, FALSE AS failed, '' AS cut, md5(i::VARCHAR) AS hash, "
            "repeat(md5(i::VARCHAR), 4) AS field_hashes, NULL::VARCHAR AS lines, "
            + ", ".join(f"'{text}' || i AS \"cell:{name}\"" for name, text in cells.items())
            + f" FROM range(200000) AS r(i)) TO '{prepared}' (FORMAT parquet, ROW_GROUP_SIZE 20000)"
        )
    monkeypatch.setattr(plan_writing, "SLICE", 20_000)
    nothing = write_csv(tmp_path / "nothing.csv", [])
    with open_duck(tmp_path, readable=[prepared], memory="60MB", threads=1) as duck:
        planned = plan_rows(
            duck,
            prepared=prepared,
            keymap=nothing,
            parents={},
            rules=PlanRules("customer", fields),
            out_dir=tmp_path,
            looked=nothing,
        )
    assert planned.counts == {"create": 200_000}
