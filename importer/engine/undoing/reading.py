"""What an undo asks the server again and again: which records are there, under which companies,
and which of them a state forbids to remove. Only reads.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from importer.engine.undoing.state_rules import StateRule
from importer.engine.undoing.usage import CHUNK, chunks
from importer.odoo.errors import AccessRefused, DataRefused, ServerBug
from importer.odoo.protocols import OdooClient

Record = Mapping[str, Any]
_CHUNK_OF_RECORDS = 500


def wide_context(client: OdooClient) -> dict[str, Any]:
    """Archived records too, and all companies that the login may choose: a record of another
    company may use ours."""
    companies: list[int] = []
    try:
        found = client.read("res.users", [client.uid], ["company_ids"])
        companies = list(found[0]["company_ids"]) if found else []
    except (AccessRefused, DataRefused, ServerBug):
        companies = []  # the login then sees what its own company shows
    return {"active_test": False, **({"allowed_company_ids": companies} if companies else {})}


def there(
    client: OdooClient, model: str, ids: Sequence[int], context: Mapping[str, Any]
) -> set[int]:
    """The ids whose record is in Odoo."""
    found: set[int] = set()
    for chunk in chunks(ids, CHUNK):
        found |= set(client.search(model, [["id", "in", chunk]], context=context))
    return found


def images(
    client: OdooClient,
    model: str,
    ids: Sequence[int],
    fields: Iterable[str],
    context: Mapping[str, Any],
) -> dict[int, dict[str, Any]]:
    """Records as they are now, with write_date and write_uid; those that are gone are left out."""
    names = sorted({*fields, "write_date", "write_uid"})
    found: dict[int, dict[str, Any]] = {}
    for chunk in chunks(ids, _CHUNK_OF_RECORDS):
        records = client.search_read(model, [["id", "in", chunk]], names, context=context)
        found |= {record["id"]: record for record in records}
    return found


def in_forbidden_state(
    client: OdooClient,
    model: str,
    rules: Iterable[StateRule],
    ids: Sequence[int],
    context: Mapping[str, Any],
) -> dict[int, str]:
    """Id -> why its state forbids to remove it."""
    found: dict[int, str] = {}
    for rule in rules:
        for chunk in chunks(ids, CHUNK):
            domain = [["id", "in", chunk], *[list(part) for part in rule.domain]]
            matching = client.search(model, domain, context=context)
            found |= dict.fromkeys(matching, rule.reason)
    return found


def user_names(client: OdooClient, ids: Iterable[int]) -> dict[int, str]:
    """Names of users, for sentences; a login that may not read them sees their numbers."""
    return names_of(client, "res.users", ids)


def names_of(client: OdooClient, model: str, ids: Iterable[int]) -> dict[int, str]:
    """Id -> name; empty where the login may not read them."""
    wanted = sorted({one for one in ids if one})
    try:
        found = client.read(model, wanted, ["name"])
    except (AccessRefused, DataRefused, ServerBug):
        return {}
    return {record["id"]: str(record["name"]) for record in found}


def named(user: int, names: Mapping[int, str]) -> str:
    """How a sentence calls the user; ``names`` as ``user_names`` gave them."""
    return names.get(user) or f"user {user}"
