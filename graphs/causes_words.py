"""What a cause is called, what is to be done about it, and by which door. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

Cause = Mapping[str, Any]
VALUES, FIELD, RULES, KEY, ROWS, RETRY = (
    *("values", "field", "match_rules", "key", "rows", "retry"),
)
"""Doors: the page of values that fit nothing, the field of the mapping, its match rules, its key,
the rows themselves, the run's own button."""

_NOUNS = {
    "selection": "{values} of {place} that {are} none of the field's choices",
    "boolean": "{values} of {place} that {are} neither yes nor no",
    "not_found": "{values} of {place} that no record in Odoo has",
    "ambiguous": "{values} of {place} that several records in Odoo have",
    "incomplete": "{rows} in which only some of {place} are filled",
    "unknown_company": "{values} of {place} that {are} no company of the login",
    "reference_missing": "{values} of {place} that no row and no earlier load has",
    "duplicate": "{values} of the key {place} that stand in several rows",
    "value_skipped": "{values} of {place} whose rows a value map leaves out",
    "required": "{rows} without {place}, which must not be empty",
    "key": "{rows} without a whole key ({place})",
    "filter": "{rows} for which the row filter could not be computed",
    "expression": "{rows} for which the expression of {place} could not be computed",
    "integer": "{rows} in which {place} is no whole number",
    "number": "{rows} in which {place} is no number",
    "comma": "{rows} in which {place} has a comma as decimal mark",
    "date": "{rows} in which {place} is no date",
    "datetime": "{rows} in which {place} is no time",
    "length": "{rows} in which {place} is too long",
    "external_id": "{rows} in which {place} is no external id",
    "cycle": "{rows} that refer to each other in a circle",
    "no_document": "{rows} that belong to no document",
    "not_unique": "{rows} with a value of {place} that Odoo keeps only once",
    "conflict": "{rows} in which {place} was changed in Odoo and in the sheet",
    "parent_failed": "{rows} that wait for a record of which this run says nothing more",
    "not_loaded": "{rows} that wait for a record of which this run says nothing more",
}
_BY_MAP = ("selection", "boolean", "not_found", "ambiguous", "unknown_company", "reference_missing")
_BY_FIELD = (
    *("expression", "integer", "number", "comma", "date", "datetime", "length"),
    *("external_id", "incomplete"),
)
_TRANSFORMED = "bad_"
"""How the codes of values begin that a transform cannot read."""
_SAYS = {
    VALUES: "Say what becomes of these values: another text, a new record, nothing, or no row.",
    FIELD: "Change how the field is made: a transform, a default, another column.",
    RULES: "Change the match rules by which records that are there are found.",
    KEY: "Choose key columns that tell the rows apart.",
    ROWS: "Correct these rows, or add the ones that are missing.",
    RETRY: "Retry the run and say whose value stays.",
}


def title_of(cause: Cause) -> str:
    """``3 values of “Country” that no record in Odoo has``; Odoo's own sentence where the cause is
    that."""
    form = _NOUNS.get(cause["code"])
    if cause["code"] == "ambiguous" and cause["field"] == "":
        form = "{rows} that fit several records in Odoo"
    if cause["code"] == "cycle" and cause["own_rows"] == 1:
        form = "{rows} that refers back to itself"
    if form is None and cause["code"].startswith(_TRANSFORMED):
        form = "{rows} in which {place} cannot be read"
    if form is None:
        return str(cause["message"])
    n = cause["n_values"]
    return form.format(
        values=f"{_number(n)} value{'' if n == 1 else 's'}",
        are="is" if n == 1 else "are",
        rows=_rows(cause["own_rows"]),
        place=_place(cause),
    )


def headline_of(causes: Sequence[Cause]) -> str:
    """Of the first cause, what it blocks: ``214 rows of partners, then 1 902 of leads``."""
    if not causes:
        return ""
    first = causes[0]
    said = f"{_rows(first['own_rows'])} of {first['node']}"
    for one in first["blocked"]:
        same = one["node"] == first["node"]
        said += f", then {_number(one['rows'])} {'more' if same else 'of'} {one['node']}"
    return said.replace(" more " + str(first["node"]), " more of it")


def advice_of(cause: Cause, mapping: Mapping[str, Any]) -> list[dict[str, str]]:
    """``[{door, says, field, value}]``, the most direct first. ``door``: one of VALUES, FIELD,
    RULES, KEY, ROWS, RETRY; ``value``: the cause's only value, else empty."""
    doors = [ROWS]
    code = cause["code"]
    if code in _BY_MAP and not _is_by_rule(cause, mapping):
        doors = [VALUES, ROWS]
    elif _is_by_rule(cause, mapping):
        doors = [RULES, ROWS]
    elif code in ("required", "cycle"):
        doors = [ROWS, FIELD]
    elif code in _BY_FIELD or code.startswith(_TRANSFORMED):
        doors = [FIELD, ROWS]
    elif code == "duplicate":
        doors = [ROWS, KEY]
    elif code == "value_skipped":
        doors = [VALUES]
    elif code == "conflict":
        doors = [RETRY, FIELD]
    values = [one["value"] for one in cause["values"]]
    value = values[0] if len(values) == 1 else ""
    return [
        {"door": door, "says": _SAYS[door], "field": cause["field"], "value": value}
        for door in doors
    ]


def _is_by_rule(cause: Cause, mapping: Mapping[str, Any]) -> bool:
    """A row that fits several records by a match rule; its field is a rule's, not the mapping's."""
    fields = mapping.get("fields") or ()
    looked_up = {str(field["target"]) for field in fields if field["source"] == "lookup"}
    return cause["code"] == "ambiguous" and cause["field"] not in looked_up


def _place(cause: Cause) -> str:
    if cause["column"]:
        return f"“{cause['column']}”"
    return f"the field “{cause['field']}”" if cause["field"] else "the row"


def _rows(n: int) -> str:
    return f"{_number(n)} row{'' if n == 1 else 's'}"


def _number(n: int) -> str:
    return f"{n:,}".replace(",", "\u202f")
