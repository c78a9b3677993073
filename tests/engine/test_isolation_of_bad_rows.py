"""Which rows a refused call names, and which it only seems to name."""

import pytest

from importer.engine.isolation import Judgement, judge
from importer.odoo.protocols import LoadAnswer, LoadMessage


def said(row: int | None, text: str = "refused", field: str | None = None) -> LoadMessage:
    return LoadMessage(text, row is not None, row, row, field)


def judged(*messages: LoadMessage, major: int = 17, n: int = 20, **more: object) -> Judgement:
    answer = LoadAnswer(None, messages)
    return judge(answer, {row: row for row in range(n)}, major=major, **more)  # type: ignore[arg-type]


def test_every_named_row_is_ejected_with_its_messages() -> None:
    found = judged(said(3, "a"), said(7, "b"), said(3, "c"))
    assert {row: [m.text for m in said] for row, said in found.bad.items()} == {
        3: ["a", "c"],
        7: ["b"],
    }
    assert not found.must_split


@pytest.mark.parametrize("major", [17, 19])
def test_the_first_row_is_no_scapegoat_for_another(major: int) -> None:
    assert set(judged(said(0), said(12), major=major).bad) == {12}


def test_15_does_not_accuse_the_first_row_falsely() -> None:
    assert set(judged(said(0), said(12), major=15).bad) == {0, 12}


def test_a_first_row_with_a_message_about_a_field_is_bad_itself() -> None:
    assert set(judged(said(0, field="country_id"), said(12)).bad) == {0, 12}


def test_a_first_row_named_alone_is_ejected() -> None:
    assert set(judged(said(0)).bad) == {0}


def echo(row: int) -> LoadMessage:
    hint = "Resolve other errors first"
    return LoadMessage("Unknown error during import: 'name'", True, row, row, None, hint)


def test_rows_stumbled_over_after_a_refusal_of_all_are_told_the_refusal() -> None:
    """As 17 and 19 answer a login that may not create employees: the first row has both."""
    found = judged(said(0, "not allowed"), echo(0), echo(1), echo(2))
    assert [(row, [m.text for m in said]) for row, said in sorted(found.bad.items())] == [
        (0, ["not allowed"]),
        (1, ["not allowed"]),
        (2, ["not allowed"]),
    ]


def test_a_row_stumbled_over_beside_another_ones_refusal_keeps_its_own_words() -> None:
    found = judged(said(0, "taken"), said(12, "taken"), echo(5))
    assert {row: [m.text for m in said] for row, said in found.bad.items()} == {
        12: ["taken"],
        5: ["Unknown error during import: 'name'"],
    }


@pytest.mark.parametrize(
    "phrase",
    [
        "could not serialize access due to concurrent update\n",
        "deadlock detected",
        "could not obtain lock on row",
    ],
)
def test_one_transient_phrase_makes_the_whole_call_transient(phrase: str) -> None:
    found = judged(said(4), said(5, phrase))
    assert found.is_transient
    assert not found.bad


def test_a_cell_that_quotes_a_transient_phrase_is_an_error_of_its_row() -> None:
    found = judged(said(4, "Unknown value 'deadlock detected'", field="type"))
    assert set(found.bad) == {4}


def test_a_refusal_without_rows_is_split() -> None:
    assert judged(said(None, "interrupted")).must_split
    assert judged().must_split


def test_the_cut_off_is_seen() -> None:
    found = judged(said(2), said(None, "interrupted"))
    assert found.is_cut_off
    assert set(found.bad) == {2}


def test_rows_that_refer_to_rows_of_the_same_call_follow_another_error() -> None:
    inside = {5: frozenset({"parent_id"})}
    missing = said(5, "no match", field="parent_id")
    assert set(judged(said(2), missing, major=19, inside=inside).bad) == {2}
    assert set(judged(missing, major=19, inside=inside).bad) == {5}


def test_a_subline_stands_for_its_record() -> None:
    answer = LoadAnswer(None, (said(4),))
    rows = {0: 0, 1: 0, 2: 1, 3: 1, 4: 1}
    assert set(judge(answer, rows, major=15).bad) == {1}
