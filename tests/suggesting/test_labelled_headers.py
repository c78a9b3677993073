"""The suggestions are right on the headers of public programs, and sure only where they are."""

import pytest

from importer.odoo.protocols import ModelFacts
from tests.suggesting.measuring import HELD_OUT, SHAPES, TUNING, Score, measure, models_of_version

LEAST_RIGHT = 0.85


@pytest.fixture(scope="module")
def models() -> dict[str, ModelFacts]:
    return models_of_version(19)


@pytest.fixture(scope="module")
def tuned(models: dict[str, ModelFacts]) -> list[Score]:
    return [measure(shape, models) for shape in TUNING]


def test_there_are_northwind_and_enough_other_shapes_and_two_are_held_out() -> None:
    assert "northwind" in TUNING
    assert len(TUNING) >= 6
    assert len(HELD_OUT) == 2
    assert set(HELD_OUT) <= set(SHAPES)


def test_the_first_suggestion_is_right_for_most_columns(tuned: list[Score]) -> None:
    for score in tuned:
        assert score.right / score.columns >= LEAST_RIGHT, (score.shape, score.wrong)
        assert score.found / score.mapped >= LEAST_RIGHT, (score.shape, score.wrong)


def test_no_wrong_suggestion_is_very_sure(tuned: list[Score]) -> None:
    assert [miss for score in tuned for miss in score.too_sure] == []
    sure = [right for score in tuned for how, right in score.confidences if how > 0.9]
    assert len(sure) > 100


def test_models_are_guessed_and_sheets_without_one_get_none(tuned: list[Score]) -> None:
    assert [miss for score in tuned for miss in score.wrong_models] == []


def test_edges_are_those_of_the_labels(tuned: list[Score]) -> None:
    assert sum(score.edges for score in tuned) == sum(score.edges_right for score in tuned) > 5


def test_held_out_shapes_are_reported_apart(models: dict[str, ModelFacts]) -> None:
    """A floor well under what was measured, so that they stay a report and no target."""
    scores = [measure(shape, models) for shape in HELD_OUT]
    right, columns = sum(s.right for s in scores), sum(s.columns for s in scores)
    assert right / columns >= LEAST_RIGHT
