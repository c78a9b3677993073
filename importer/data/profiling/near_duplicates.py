"""Texts of a column that people read as the same: equal but for case, blanks, punctuation or
accents. The silent trap of merged, or doubled, records.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb

from importer.data.keys import key_part
from importer.data.profiling.cells import shown
from importer.data.profiling.facts import Alarm, Level, LikelyType, NearDuplicate, ValueCount
from importer.data.profiling.looks import Look
from importer.data.profiling.wording import place

_LONGEST = 60  # characters on average; longer texts are no names and no keys
_GROUPS = 20
_VARIANTS = 5

# Most texts hold nothing but these characters, and taking single ones away is much faster.
_PLAIN = "[^0-9A-Za-z ._-]"
_QUICK = "replace(replace(replace(replace(v, ' ', ''), '.', ''), '-', ''), '_', '')"
# Signs that tell C from C++ and A from A- are kept.
_SLOW = r"regexp_replace(strip_accents(v), '[^\pL\pN+#%*]+', '', 'g')"
FOLDED = (
    f"lower(CASE WHEN regexp_matches(v, '{_PLAIN}') THEN {_SLOW} ELSE {_QUICK} END) "
    "|| CASE WHEN ends_with(v, '-') THEN '-' ELSE '' END"
)
_EMAIL_FOLDED = "lower(bare(v))"


@dataclass(frozen=True, slots=True)
class Nears:
    """Of one column: how many groups there are, the first of them, and how many groups hold
    texts that are one key to Stowage."""

    groups: int = 0
    first: tuple[NearDuplicate, ...] = ()
    merges: int = 0
    rows: int = 0


def find_near_duplicates(
    duck: duckdb.DuckDBPyConnection, looks: Sequence[Look]
) -> dict[int, Nears]:
    """By the position of the column; columns of long texts are left out."""
    chosen = [look for look in looks if look.distinct > 1 and _is_short(look)]
    if not chosen:
        return {}
    _make_groups(duck, chosen)
    return {look.position: _of_column(look) for look in chosen}


def _is_short(look: Look) -> bool:
    found = look.duck.execute(
        f"SELECT avg(length(v)) FROM cells WHERE col = {look.position}"
    ).fetchall()
    return bool(found[0][0] <= _LONGEST)


def _make_groups(duck: duckdb.DuckDBPyConnection, looks: Sequence[Look]) -> None:
    emails = [look.position for look in looks if look.kind is LikelyType.EMAIL]
    others = [look.position for look in looks if look.kind is not LikelyType.EMAIL]
    select = " UNION ALL ".join(
        f"SELECT col, {folded} AS f, r FROM cells WHERE col IN ({', '.join(map(str, cols))})"
        for cols, folded in ((emails, _EMAIL_FOLDED), (others, FOLDED))
        if cols
    )
    # Numbers are grouped faster than texts, and hardly ever are two of them equal.
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE suspects AS SELECT h FROM "
        f"(SELECT hash(col, f) AS h FROM ({select})) GROUP BY h HAVING count(*) > 1"
    )
    if not duck.execute("FROM suspects LIMIT 1").fetchall():
        select = f"FROM ({select}) LIMIT 0"
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE folded AS SELECT col, f, count(*) AS variants, "
        f"min(r) AS r FROM ({select}) WHERE f <> '' AND hash(col, f) IN (FROM suspects) "
        "GROUP BY col, f HAVING count(*) > 1"
    )


def _of_column(look: Look) -> Nears:
    folded = _EMAIL_FOLDED if look.kind is LikelyType.EMAIL else FOLDED
    joined = (
        f"FROM (SELECT *, {folded} AS f FROM cells WHERE col = {look.position}) AS c "
        f"JOIN folded AS g ON g.f = c.f AND g.col = {look.position}"
    )
    groups = look.duck.execute(
        f"SELECT count(*) FROM folded WHERE col = {look.position}"
    ).fetchall()[0][0]
    if not groups:
        return Nears()
    first = look.duck.execute(
        f"SELECT g.r, list({{'v': c.v, 'n': c.n, 'r': c.r}} ORDER BY c.r) {joined} "
        f"GROUP BY g.r, g.f ORDER BY g.r LIMIT {_GROUPS}"
    ).fetchall()
    merges, rows = look.duck.execute(
        "SELECT count(*) FILTER (k < m), sum(total)::BIGINT FROM ("
        f"SELECT count(DISTINCT key_part(c.v)) AS k, count(*) AS m, sum(c.n) AS total {joined} "
        "GROUP BY g.f)"
    ).fetchall()[0]
    near = tuple(_group(look, variants) for _, variants in first)
    return Nears(groups, near, merges, rows)


def _group(look: Look, variants: Sequence[dict[str, object]]) -> NearDuplicate:
    texts = [str(one["v"]) for one in variants]
    merged = len({key_part(text) for text in texts}) < len(texts)
    counts = tuple(
        ValueCount(shown(str(one["v"])), int(str(one["n"])), int(str(one["r"])))
        for one in variants[:_VARIANTS]
    )
    differs = _differences(texts)
    listed = ", ".join(f"“{one.value}” (row {one.row})" for one in counts)
    more = f" and {len(texts) - len(counts)} more" if len(texts) > len(counts) else ""
    what = "Stowage takes them as one key" if merged else "Stowage takes them as different keys"
    message = (
        f"{place(look.sheet.name, look.name)}: {listed}{more} differ only in "
        f"{' and '.join(differs)}. {what}; write them in one way if they mean the same."
    )
    return NearDuplicate(look.name, counts, merged, differs, message)


def _unaccented(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


_DIMENSIONS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("case", str.lower),
    ("accents", _unaccented),
    ("spaces", lambda text: re.sub(r"\s+", "", text)),
    ("punctuation", lambda text: re.sub(r"[^\w\s]|_", "", text)),
)


def _differences(texts: Sequence[str]) -> tuple[str, ...]:
    """The dimensions without whose levelling the texts would not be equal."""
    found = []
    for left_out, _ in _DIMENSIONS:
        levelled = set()
        for text in texts:
            for name, level in _DIMENSIONS:
                text = text if name == left_out else level(text)
            levelled.add(text)
        if len(levelled) > 1:
            found.append(left_out)
    return tuple(found) or ("invisible characters",)


def near_alarm(sheet: str, near: Nears) -> Alarm:
    """One for all groups of a column."""
    first = near.first[0]
    groups = (
        f"{near.groups:,} group{'s' if near.groups > 1 else ''} of values that people read as one"
    )
    listed = "; ".join(_listed(one) for one in near.first[:3])
    more = f"; and {near.groups - 3:,} more" if near.groups > 3 else ""
    fate = (
        f"{near.merges:,} of them would be merged into one key without a word"
        if near.merges
        else "Stowage takes them as different keys, so each would be a record of its own"
    )
    return Alarm(
        "near_duplicates",
        Level.ERROR if near.merges else Level.WARNING,
        f"{place(sheet, first.column)} has {groups}: {listed}{more}. {fate}. Write them in one "
        "way where they mean the same.",
        sheet,
        first.column,
        tuple(sorted(one.row for group in near.first for one in group.variants)[:5]),
        near.rows,
    )


def _listed(group: NearDuplicate) -> str:
    return " and ".join(f"“{one.value}” (row {one.row})" for one in group.variants[:3])
