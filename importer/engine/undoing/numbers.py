"""What an undo plan comes to: how many records go, get values back, were edited, are used, need a
step in Odoo first; and the records behind each number. Pure over the plan's file.
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from importer.data.duck import quote
from importer.data.keys import display_key

LISTS = {
    "removable": "kind = 'unlink'",
    "restorable": "kind = 'restore'",
    "archivable": "kind = 'archive'",
    "edited": "editor <> ''",
    "used": "code = 'used_outside'",
    "needs_step": "code = 'state'",
    "kept_otherwise": "verdict = 'keep' AND code IN ('older', 'touched_later')",
    "nothing_to_do": "verdict = 'unchanged'",
}
"""Name of a number -> which rows of the plan it counts. A record may be in several: one that is
edited and used, say."""

_NAMES = (
    "model",
    "odoo_id",
    "key",
    "row",
    "verdict",
    "code",
    "reason",
    "given_back",
    "edited_fields",
    "editor",
    "edited_at",
    "uses",
)
_STORED = {"row": "sheet_row", "given_back": "fields", "edited_fields": "edited"}
_COLUMNS = ", ".join(_STORED.get(name, name) for name in _NAMES)


def numbers(duck: DuckDBPyConnection, plan: Path) -> dict[str, Any]:
    """``{removable, restorable, ... (see LISTS), edited_by: [{who, records, last}], used_by:
    [{model, field, records, uses}], steps: [{step, records}]}``, the largest first. ``records`` of
    ours, ``uses`` by others; ``last`` in UTC."""
    counted = ", ".join(f"count(*) FILTER (WHERE {rule})" for rule in LISTS.values())
    row = duck.execute(f"SELECT {counted} FROM {_table(plan)}").fetchone()
    counts = dict(zip(LISTS, row or (), strict=True))
    return {**counts, "edited_by": _edited_by(duck, plan), **_why(duck, plan)}


def _table(plan: Path) -> str:
    return f"read_parquet({quote(str(plan))})"


def _edited_by(duck: DuckDBPyConnection, plan: Path) -> list[dict[str, Any]]:
    found = duck.execute(
        f"SELECT editor, count(*), max(edited_at) FROM {_table(plan)} "
        f"WHERE {LISTS['edited']} GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    return [{"who": who, "records": count, "last": last} for who, count, last in found]


def _why(duck: DuckDBPyConnection, plan: Path) -> dict[str, list[dict[str, Any]]]:
    steps = duck.execute(
        f"SELECT reason, count(*) FROM {_table(plan)} WHERE {LISTS['needs_step']} "
        "GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    used = duck.execute(f"SELECT uses FROM {_table(plan)} WHERE uses <> ''").fetchall()
    return {
        "used_by": _used_by(text for (text,) in used),
        "steps": [{"step": _bare(reason), "records": count} for reason, count in steps],
    }


def _used_by(texts: Any) -> list[dict[str, Any]]:
    records: Counter[tuple[str, str]] = Counter()
    uses: Counter[tuple[str, str]] = Counter()
    for text in texts:
        for model, field, count in json.loads(text):
            records[model, field] += 1
            uses[model, field] += count
    return [
        {"model": model, "field": field, "records": number, "uses": uses[model, field]}
        for (model, field), number in records.most_common()
    ]


def _bare(reason: str) -> str:
    return reason.removeprefix("Kept: ").removesuffix(".")


@dataclass(frozen=True, slots=True)
class Listed:
    """One record behind a number, as people know it. ``given_back`` and ``edited_fields``: names of
    fields, by commas; the latter stay."""

    model: str
    odoo_id: int
    key: str
    row: int
    verdict: str
    code: str
    reason: str
    given_back: str
    edited_fields: str
    editor: str
    edited_at: str
    used_by: str


def listed(
    duck: DuckDBPyConnection, plan: Path, which: str, *, offset: int, limit: int
) -> list[Listed]:
    """Records behind the number ``which`` (a name of LISTS), in the order of undoing."""
    found = duck.execute(
        f"SELECT {_COLUMNS} FROM {_table(plan)} WHERE {LISTS[which]} "
        "ORDER BY plan_row LIMIT ? OFFSET ?",
        [limit, offset],
    ).fetchall()
    return [_listed(row) for row in found]


def _listed(row: tuple[Any, ...]) -> Listed:
    named = dict(zip(_NAMES, row, strict=True))
    key, uses = named["key"], named.pop("uses")
    return Listed(**named | {"key": display_key(key) if key else "", "used_by": _told(uses)})


def _told(uses: str) -> str:
    """``2 sale.order (partner_id)``; by another record of the same list without a field."""
    if not uses:
        return ""
    return ", ".join(
        f"{count} {model} ({field})" if field else f"{count} {model} that stays"
        for model, field, count in json.loads(uses)
    )
