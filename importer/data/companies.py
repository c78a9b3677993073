"""The companies in whose context a load works: one for all its rows, or one that each row names.
Found by name, external id or database id among those that the login has. Pure.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from importer.errors import Problem

Frozen = dict[str, Any]
Companies = Sequence[Sequence[Any]]
"""[[id, name, external id]] of a login's companies; the last may be empty or left out."""


def texts_of(company: Sequence[Any]) -> tuple[str, ...]:
    """By what a company may be called."""
    number, name, *ids = company
    return tuple(str(text) for text in (name, number, *ids) if text)


def names_of(companies: Companies) -> str:
    """The companies as a sentence lists them."""
    return ", ".join(str(name) for _, name, *_ in companies)


def company_of(wanted: str, companies: Companies) -> int | None:
    """The id of the company that is called so; None where the login has none such."""
    for company in companies:
        if wanted in texts_of(company):
            return int(company[0])
    return None


def ids_by_text(companies: Companies) -> dict[str, int]:
    """What a cell may say, in small letters -> id. What could mean two companies means none."""
    found: dict[str, set[int]] = {}
    for company in companies:
        for text in texts_of(company):
            found.setdefault(text.strip().lower(), set()).add(int(company[0]))
    return {text: ids.pop() for text, ids in found.items() if len(ids) == 1}


def check_company(frozen: Mapping[str, Any], companies: Companies) -> list[Problem]:
    """Whether the login has the company of a mapping's node, as far as that is known."""
    wanted = str(frozen.get("company") or "")
    if not wanted or not companies or company_of(wanted, companies) is not None:
        return []
    message = (
        f"The login does not have the company “{wanted}” (it has: {names_of(companies)}). Give it "
        "to the user in Odoo, or choose another."
    )
    return [Problem("unknown_company", message)]


def has_row_companies(frozen: Mapping[str, Any]) -> bool:
    """Whether each row of the mapping names its company."""
    return bool(frozen.get("row_company"))


def in_company(frozen: Mapping[str, Any], companies: Companies) -> Frozen:
    """The mapping with its company in the context of every call (Odoo counts the first one), and
    with the companies that its rows may name."""
    whole = with_companies(frozen, companies)
    if "stub" in frozen:
        stub = frozen["stub"]
        whole["stub"] = {**stub, "of": with_companies(stub["of"], companies)}
    number = company_of(str(frozen.get("company") or ""), companies)
    if number is None:
        return whole
    context = {**(frozen.get("context") or {}), "allowed_company_ids": [number]}
    return {**whole, "context": context}


def with_companies(frozen: Mapping[str, Any], companies: Companies) -> Frozen:
    """The mapping as it can be prepared where its rows name companies."""
    if not has_row_companies(frozen):
        return dict(frozen)
    return {**frozen, "companies": [list(one) for one in companies]}
