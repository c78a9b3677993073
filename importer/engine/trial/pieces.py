"""The pieces in which Odoo tries a plan, and what is known of them so far. Pure."""

from collections.abc import Mapping
from typing import Any

from importer.engine.cutting import Cut, cut
from importer.engine.plan_rules import Planned

TRIAL = "trial"
"""Key in ``Load.verification``: ``headers``, ``pieces`` (verdict, group, first row, rows, header,
company), ``done`` pieces, rows ``tried`` and ``refused``, ``unchecked``: why -> rows that could not
be tried at all, ``left_out``: field -> rows that were tried without it, ``shifts``: verdict -> rows
of it that were refused, ``blocked``: verdict -> rows that counted on a refused one."""

_MOST_ROWS = 200
Trial = dict[str, Any]


def begin_trial(planned: Planned) -> dict[str, Trial]:
    """What is noted of a plan that nothing of was tried yet."""
    headers: dict[tuple[str, ...], int] = {}
    tried = [one for one in planned.portions if one.verdict != "archive"]
    pieces = [
        [one.verdict, one.group, one.first, one.n_rows, _number(headers, one), one.company]
        for one in cut(tried, most_rows=_MOST_ROWS)
    ]
    counts: Trial = dict.fromkeys(("done", "tried", "refused"), 0)
    sums: Trial = {name: {} for name in ("unchecked", "left_out", "shifts", "blocked")}
    trial = {"headers": [list(one) for one in headers], "pieces": pieces, **counts, **sums}
    return {TRIAL: trial}


def _number(headers: dict[tuple[str, ...], int], one: Cut) -> int:
    return headers.setdefault(one.header, len(headers))


def piece_of(trial: Mapping[str, Any], number: int) -> Cut:
    """The piece of that number."""
    verdict, group, first, n_rows, header, company = trial["pieces"][number]
    columns = tuple(trial["headers"][header])
    return Cut(0, verdict, group, 0, first, n_rows, columns, company)


def sentences(trial: Mapping[str, Any]) -> list[str]:
    """What the server dry run could not check, for people."""
    found = [f"{n} rows were not tried: {why}" for why, n in sorted(trial["unchecked"].items())]
    found += [
        f"{n} rows were tried without {field}: it refers to a record of this run, or is a file."
        for field, n in sorted(trial["left_out"].items())
    ]
    return found
