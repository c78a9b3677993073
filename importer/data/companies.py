"""The company in whose context a load works: found by name among those that its login has. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from importer.errors import Problem

Frozen = dict[str, Any]
Companies = Sequence[Sequence[Any]]
"""[[id, name]] of the companies that a login has."""


def company_of(wanted: str, companies: Companies) -> int | None:
    """The id of the company of this name or id; None where the login has none such."""
    for number, name in companies:
        if wanted in (str(name), str(number)):
            return int(number)
    return None


def check_company(frozen: Mapping[str, Any], companies: Companies) -> list[Problem]:
    """Whether the login has the company of a mapping's node, as far as that is known."""
    wanted = str(frozen.get("company") or "")
    if not wanted or not companies or company_of(wanted, companies) is not None:
        return []
    names = ", ".join(str(name) for _, name in companies)
    message = (
        f"The login does not have the company “{wanted}” (it has: {names}). Give it to the user in "
        "Odoo, or choose another."
    )
    return [Problem("unknown_company", message)]


def in_company(frozen: Mapping[str, Any], companies: Companies) -> Frozen:
    """The mapping with its company in the context of every call. Odoo counts the first one."""
    number = company_of(str(frozen.get("company") or ""), companies)
    if number is None:
        return dict(frozen)
    return {**frozen, "context": {**(frozen.get("context") or {}), "allowed_company_ids": [number]}}
