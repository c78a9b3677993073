"""The score of a sheet and of a dataset, with a reason for each point that is missing. Pure.

A sheet starts at 100. An error takes 4 to 20 points and a warning 1 to 8, the more the larger the
share of the sheet's rows it concerns; a note takes none. The dataset has the mean of its sheets
that have rows.
"""

from collections.abc import Iterable, Mapping

from importer.data.profiling.facts import Alarm, Level, Reason

_COST = {Level.ERROR: (4, 16), Level.WARNING: (1, 7), Level.NOTE: (0, 0)}
_WHOLE_SHEET = frozenset(("no_key",))
"""Alarms about a sheet as such: what they cost does not follow from rows."""


def points_of(alarm: Alarm, n_rows: int) -> int:
    """What an alarm takes from its sheet's score."""
    least, more = _COST[alarm.level]
    share = 0.0 if alarm.code in _WHOLE_SHEET else min(1.0, alarm.count / max(n_rows, 1))
    return least + round(more * share)


def reasons_of(alarms: Iterable[Alarm], n_rows: Mapping[str, int]) -> tuple[Reason, ...]:
    """One for each alarm that costs points, the dearest first. ``n_rows``: of each sheet."""
    reasons = [
        Reason(
            points_of(alarm, n_rows.get(alarm.sheet, 0)),
            alarm.code,
            alarm.sheet,
            alarm.column,
            alarm.message,
        )
        for alarm in alarms
    ]
    costly = [reason for reason in reasons if reason.points]
    return tuple(sorted(costly, key=lambda reason: -reason.points))


def sheet_score(reasons: Iterable[Reason]) -> int:
    """0 to 100, from the reasons of one sheet."""
    return max(0, 100 - sum(reason.points for reason in reasons))


def dataset_score(scores: Iterable[int]) -> int:
    """Of the scores of the sheets that have rows; 0 where none has."""
    listed = list(scores)
    return round(sum(listed) / len(listed)) if listed else 0
