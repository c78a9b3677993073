"""Journal entries on the sandbox: they come whole, and what is posted stays."""

from tests.engine.entries import (
    check_an_entry_that_does_not_balance_is_named_alone,
    check_entries_come_whole_and_a_posted_one_stays,
)
from tests.engine.loading import Harbour


def test_entries_come_whole_and_a_posted_one_is_kept_by_an_undo(harbour: Harbour) -> None:
    check_entries_come_whole_and_a_posted_one_stays(harbour)


def test_an_entry_that_does_not_balance_is_named_alone(harbour: Harbour) -> None:
    check_an_entry_that_does_not_balance_is_named_alone(harbour)
