"""Which columns tell one row of a sheet from another. Pure."""

from collections.abc import Mapping, Sequence
from functools import cache

from importer.data.suggesting.normalising import squeezed, words
from importer.data.suggesting.shapes import Column, Sheet, Suggestion
from importer.data.suggesting.vocabulary import nouns_of, phrases_of

_CODES = ("ref", "default_code", "code", "registration_number", "login")
_NAMING = ("vat", "company_registry", "email", "barcode", "name", "client_order_ref", "partner_ref")
_NUMBERED = ("sale.order", "purchase.order", "account.move")
_PARENTS = ("order_id", "move_id")
_WITHIN = ("sequence", "product_id", "account_id", "name")

Key = tuple[str, ...]


def suggest_key(sheet: Sheet, model: str, suggestions: Sequence[Suggestion]) -> tuple[Key, str]:
    """The columns and why; none where the sheet has no columns."""
    by_field = {
        one.target.field: one.column for one in suggestions if one.target and not one.target.part
    }
    best = _best(sheet, model, by_field)
    if not sheet.keys:
        return best
    return _proven(sheet, best)


def _proven(sheet: Sheet, best: tuple[Key, str]) -> tuple[Key, str]:
    """Of what the profile found to be keys, the one that also reads like one."""
    key, reason = best
    if key in sheet.keys:
        return key, f"{reason} Each row has another one."
    inside = [one for one in sheet.keys if set(key) <= set(one)]
    if inside:
        return inside[0], f"{reason} Only together they tell all rows apart."
    return sheet.keys[0], "Of all columns these tell the rows apart best."


def _best(sheet: Sheet, model: str, by_field: Mapping[str, str]) -> tuple[Key, str]:
    if not sheet.columns:
        return (), "The sheet has no columns."
    own = [one for one in sheet.columns if is_own_number(one, model)]
    unique = [one for one in own if _may_be_key(one)]
    parent = next((by_field[name] for name in _PARENTS if name in by_field), None)
    if parent is not None:
        return _of_line(parent, by_field, [one.name for one in unique])
    for name in ("name",) if model in _NUMBERED else _CODES:
        if name in by_field and _may_be_key(_column(sheet, by_field[name])):
            return (by_field[name],), f"“{by_field[name]}” becomes the field {name}."
    if unique:
        return (unique[0].name,), f"“{unique[0].header}” reads like the number of each row."
    for name in _NAMING:
        if name in by_field and _may_be_key(_column(sheet, by_field[name])):
            return (by_field[name],), f"“{by_field[name]}” becomes the field {name}."
    first = next((one for one in sheet.columns if _may_be_key(one)), sheet.columns[0])
    return (first.name,), f"“{first.header}” is the first column without a value twice."


def _column(sheet: Sheet, name: str) -> Column:
    return next(one for one in sheet.columns if one.name == name)


def _of_line(parent: str, by_field: Mapping[str, str], own: list[str]) -> tuple[Key, str]:
    """Lines have a number of their own, or one within their document."""
    alone = [name for name in own if name != parent]
    if alone:
        return (alone[0],), f"“{alone[0]}” reads like the number of each line."
    within = next((by_field[name] for name in _WITHIN if name in by_field), None)
    if within is None:
        return (parent,), f"“{parent}” names the document; nothing tells its lines apart."
    return (parent, within), "A line is known by its document and what is on it."


def is_own_number(column: Column, model: str) -> bool:
    """``Kundennummer``, ``customerID``, ``Record ID``, but not ``categoryID`` of a product."""
    said = words(column.header)
    for size in range(len(said)):
        bare = "".join(said[size:])
        if bare in _numbers() and (size == 0 or said[:size] in nouns_of(model)):
            return True
    return any(
        len(noun) == 1 and "".join(said).startswith(noun[0])
        and "".join(said).removeprefix(noun[0]) in _numbers()
        for noun in nouns_of(model)
    )  # fmt: skip


@cache
def _numbers() -> frozenset[str]:
    return frozenset(squeezed(said.text) for said in phrases_of("number"))


def _may_be_key(column: Column) -> bool:
    """By the profile if there is one, else by the samples."""
    if column.is_unique is not None:
        return column.is_unique
    filled = [one.strip() for one in column.samples if one.strip()]
    return len(set(filled)) == len(column.samples) if column.samples else True
