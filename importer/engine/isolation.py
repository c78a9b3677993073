"""Finds the rows that a refused ``load`` call names, and whether the rest may go again at once.

Pure. Knows the false accusations of Odoo 17 and 19; never matches on Odoo's wording.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from importer.odoo.judging import transient_in
from importer.odoo.protocols import LoadAnswer, LoadMessage

_FIRST_ACCUSING_THE_FIRST_ROW = 16
Inside = Mapping[int, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Judgement:
    """``bad`` holds the messages of each record to eject (record number in the call). Nothing to
    eject, not transient: ``must_split``, as no message names a usable row. ``slow`` counts the
    records that only the database refused: these made Odoo try row by row. ``is_fenced_out``: the
    call came too late and no row of it is at fault."""

    bad: dict[int, tuple[LoadMessage, ...]] = field(default_factory=dict)
    is_transient: bool = False
    must_split: bool = False
    is_cut_off: bool = False
    slow: int = 0
    is_fenced_out: bool = False


def judge(
    answer: LoadAnswer,
    record_of_row: Mapping[int, int],
    *,
    major: int,
    inside: Inside | None = None,
) -> Judgement:
    """What a refused answer means. ``record_of_row``: row sent -> record it belongs to (sublines);
    ``inside``: record -> fields of it that refer to another record of the same call."""
    if transient_in(answer):
        return Judgement(is_transient=True)
    errors = [message for message in answer.messages if message.is_error]
    cut_off = any(m.first_row is None and not m.is_error for m in answer.messages)
    named = _by_record(errors, record_of_row)
    named = _without_followers(named, inside or {})
    cause = _cause_of_echoes(named, major)
    named = _without_scapegoat(named, major)
    named = _without_echoes(named, cause)
    slow = sum(1 for said in named.values() if any(m.field is None for m in said))
    return Judgement(bad=named, must_split=not named, is_cut_off=cut_off, slow=slow)


def _by_record(
    errors: list[LoadMessage], record_of_row: Mapping[int, int]
) -> dict[int, tuple[LoadMessage, ...]]:
    named: dict[int, tuple[LoadMessage, ...]] = {}
    for message in errors:
        if message.first_row is None:
            continue
        record = record_of_row.get(message.first_row)
        if record is not None:
            named[record] = (*named.get(record, ()), message)
    return named


def _without_followers(
    named: dict[int, tuple[LoadMessage, ...]], inside: Inside
) -> dict[int, tuple[LoadMessage, ...]]:
    """19 undoes the whole call at its first refusal, then misses the parents of good children."""
    sure = {
        record: tuple(m for m in said if m.field not in inside.get(record, ()))
        for record, said in named.items()
    }
    sure = {record: said for record, said in sure.items() if said}
    return sure or named


def _without_scapegoat(
    named: dict[int, tuple[LoadMessage, ...]], major: int
) -> dict[int, tuple[LoadMessage, ...]]:
    """From 16 on, a refusal of the whole call is first written on its first record. If that one
    is bad as well, the next call says so again."""
    if major < _FIRST_ACCUSING_THE_FIRST_ROW or len(named) < 2 or 0 not in named:
        return named
    if any(message.field or _is_echo(message) for message in named[0]):
        return named
    return {record: said for record, said in named.items() if record != 0}


def _is_echo(message: LoadMessage) -> bool:
    """Odoo's code stumbled over the row when it was tried alone, and says to look at the other
    errors first."""
    return message.field is None and isinstance(message.moreinfo, str)


def _cause_of_echoes(
    named: Mapping[int, tuple[LoadMessage, ...]], major: int
) -> LoadMessage | None:
    """What was refused of the whole call, where every row tried alone was only stumbled over: some
    models leave rows half taken apart behind after a refusal for want of rights."""
    if major < _FIRST_ACCUSING_THE_FIRST_ROW or 0 not in named:
        return None
    if not all(any(map(_is_echo, said)) for record, said in named.items() if record):
        return None
    plain = [m for m in named[0] if m.field is None and not _is_echo(m)]
    return plain[0] if plain else None


def _without_echoes(
    named: dict[int, tuple[LoadMessage, ...]], cause: LoadMessage | None
) -> dict[int, tuple[LoadMessage, ...]]:
    """Each record with what tells most: its own refusals, else the cause, else the echo."""
    told = {}
    for record, said in named.items():
        plain = tuple(message for message in said if not _is_echo(message))
        told[record] = plain or ((cause,) if cause else said)
    return told
