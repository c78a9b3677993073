"""Rows that are in the file no more: what a mapping wants of their records, and the SQL that tells
which they are. Pure; knows no Django.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from importer.data.duck import name
from importer.data.holding import is_link
from importer.data.stubs import is_stub
from importer.errors import Problem
from importer.odoo.protocols import ModelFacts

NOTHING, REPORT, ARCHIVE = "nothing", "report", "archive"
PERCENT = 20
"""Above this share of vanished rows a load asks before it archives, where the mapping says none."""


def policy_of(frozen: Mapping[str, Any]) -> str:
    """What the mapping's load does about rows that vanished. Loads that send a part of a row
    (links, stubs, further languages) leave it to the one that sends the rest."""
    if is_link(frozen) or is_stub(frozen) or frozen.get("lang"):
        return NOTHING
    return str(frozen.get("vanished") or NOTHING)


def percent_of(frozen: Mapping[str, Any]) -> int:
    """The share above which the load asks."""
    return int(frozen.get("vanished_percent", PERCENT))


def check_vanished(frozen: Mapping[str, Any], facts: ModelFacts) -> Iterator[Problem]:
    """What is wrong with the policy."""
    policy = str(frozen.get("vanished") or NOTHING)
    if policy != NOTHING and "nested_field" in frozen:
        yield Problem(
            "vanished",
            "Lines of a document go with their document, so a nested mapping has no policy for "
            "rows that vanished. Set it on the document's mapping.",
        )
    elif policy == ARCHIVE and (sentence := cannot_archive(facts)):
        yield Problem("vanished", sentence)


def cannot_archive(facts: ModelFacts) -> str:
    """Why records of the model cannot be archived; empty where they can."""
    known = facts.fields.get("active")
    if known is not None and known.type == "boolean":
        return ""
    return (
        f"Records of {facts.model} cannot be archived: the model has no field “active”. Choose "
        "“report” or “nothing” for rows that vanished."
    )


def sheet_keys(source: str, key_columns: Sequence[str], *, more: str = "") -> str:
    """SELECT of (row, key) of a sheet, ``key`` NULL where a key column is empty. ``source``: SQL of
    the sheet's table; ``more``: SQL of further columns, each after a comma. Needs the prelude of
    importer.data.macros."""
    cells = [f"cell({name(column)})" for column in key_columns]
    parts = ", ".join(f"key_part({cell})" for cell in cells)
    whole = " AND ".join(f"{cell} IS NOT NULL" for cell in cells)
    return (
        f"SELECT _row AS row, CASE WHEN {whole} THEN key_of([{parts}]) END AS key{more} "
        f"FROM {source}"
    )
