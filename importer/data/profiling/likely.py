"""Which type most of a column's cells are, from the kinds of its cells and its header. Pure."""

import re
from collections.abc import Mapping

from importer.data.profiling.facts import LikelyType
from importer.data.profiling.kinds import DATES, MONEY, NUMBERS

MOST = 0.8
HALF = 0.5
_FEW_ZEROS = 0.05
_PHONE_HEADER = re.compile(
    r"phone|(?:^|[^a-z])(?:tel|fax|cell|gsm|mob)(?:[^a-z]|$)|mobile|telefon|telefax|handy|portable"
    r"|m[oó]vil|cellulare|celular",
    re.IGNORECASE,
)


def likely_type(
    counts: Mapping[str, int], filled: int, *, header: str, is_switch: bool, is_dialled: bool
) -> tuple[LikelyType, int]:
    """The type and how many cells are of it.

    ``counts``: cells by kind. ``is_switch``: the values are 0 and 1, both. ``is_dialled``: most
    begin as international phone numbers do.
    """

    def total(*kinds: str) -> int:
        return sum(counts.get(kind, 0) for kind in kinds)

    if is_switch:
        return LikelyType.BOOLEAN, filled
    said = filled - total("nothing", "error")  # what only says that nothing is there has no type
    if not said:
        return LikelyType.TEXT, filled
    dialled = total("phone", "int", "zeros", "digits")
    if (_PHONE_HEADER.search(header) and dialled >= HALF * said) or (
        is_dialled and total("phone") >= MOST * said
    ):
        return LikelyType.PHONE, dialled
    for kind, found, least in (
        (LikelyType.DATE, total(*DATES), HALF),
        (LikelyType.EMAIL, total("email?"), HALF),
        (LikelyType.URL, total("url"), HALF),
        (LikelyType.BOOLEAN, total("bool"), MOST),
    ):
        if found >= least * said:
            return kind, found
    numbers = total(*NUMBERS, *MONEY)
    if numbers + total("zeros") < MOST * said or total("zeros") > _FEW_ZEROS * numbers:
        return LikelyType.TEXT, filled
    is_whole = total("int") == numbers
    return (LikelyType.INTEGER if is_whole else LikelyType.DECIMAL), numbers
