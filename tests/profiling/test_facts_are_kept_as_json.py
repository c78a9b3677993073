"""Facts go into the database and over the wire as JSON, and come back the same."""

import json

import pytest

from importer.data.profiling.facts import (
    Alarm,
    Bin,
    CandidateKey,
    Cell,
    ColumnFacts,
    Cycle,
    DatasetFacts,
    ForeignKey,
    FormatFacts,
    Level,
    LikelyType,
    NearDuplicate,
    Orphan,
    Reason,
    SheetFacts,
    ValueCount,
)

ALARM = Alarm("mixed_dates", Level.ERROR, "Both.", "orders", "day", (2, 9), 2)
DAY = ColumnFacts(
    name="day",
    header="Day",
    likely_type=LikelyType.DATE,
    share=0.75,
    filled=4,
    nulls=1,
    distinct=3,
    is_unique=False,
    min="2024-01-02",
    max="2024-12-31",
    shortest=8,
    longest=10,
    top=(ValueCount("31/12/2024", 2, 3),),
    bins=(Bin("2024-01-02", "2024-12-31", 3),),
    formats=(FormatFacts("d/m/y", 2, True, (Cell(3, "31/12/2024"),)),),
    alarms=(ALARM,),
)
ORDERS = SheetFacts(
    name="orders",
    n_rows=5,
    columns=(DAY,),
    candidate_keys=(CandidateKey(("day", "no"), "Together they are."),),
    near_duplicates=(
        NearDuplicate("day", (ValueCount("a", 1, 2), ValueCount("A", 1, 3)), False, ("case",), "!"),
    ),
    near_duplicate_groups=1,
    alarms=(),
    score=80,
)
REFERENCE = ForeignKey(
    "orders", "day", "days", "day", 0.9, "Same name.", 4, 3, 1, 1, (Orphan("x", 1, 4, "X"),)
)
CIRCLE = Cycle("orders", "day", 2, (2, 3), ("a", "b"), "Round.")
PROFILE = DatasetFacts(
    sheets=(ORDERS,),
    foreign_keys=(REFERENCE,),
    cycles=(CIRCLE,),
    n_cycles=1,
    alarms=(),
    score=80,
    reasons=(Reason(20, "mixed_dates", "orders", "day", "Both."),),
)


def test_what_went_through_json_is_equal() -> None:
    text = json.dumps(PROFILE.as_json())
    again = DatasetFacts.of(json.loads(text))
    assert again == PROFILE
    assert isinstance(again.sheet("orders").column("day").likely_type, LikelyType)
    assert json.loads(text) == PROFILE.as_json()


def test_a_missing_name_is_not_passed_over() -> None:
    given = PROFILE.as_json()
    del given["sheets"][0]["columns"][0]["distinct"]
    with pytest.raises(KeyError):
        DatasetFacts.of(given)


def test_sheets_and_columns_are_found_by_name() -> None:
    assert PROFILE.sheet("orders").column("day") == DAY
    with pytest.raises(KeyError):
        PROFILE.sheet("customers")
    with pytest.raises(KeyError):
        ORDERS.column("Day")


def test_a_reference_within_a_sheet_is_told_apart() -> None:
    assert not REFERENCE.is_self_reference
    assert ForeignKey.of({**REFERENCE.as_json(), "to_sheet": "orders"}).is_self_reference
