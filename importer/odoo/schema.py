"""Reads what a database is made of: fields and defaults of a model, modules, lookup lists.

Only reads. Caching is the caller's affair.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from importer.odoo.errors import AccessRefused, DataRefused, ServerBug
from importer.odoo.protocols import Domain, FieldFacts, ModelFacts, OdooClient, Record

__all__ = [
    "LookupRecord",
    "ModelFacts",
    "installed_languages",
    "installed_modules",
    "lookup_records",
    "own_companies",
    "read_schema",
    "with_labels",
]

_KEPT_BY_ODOO = frozenset(
    {"id", "display_name", "create_date", "create_uid", "write_date", "write_uid", "__last_update"}
)
_PAGE = 1000


class LookupRecord(NamedTuple):
    """A record of a lookup list; ``external_id`` is None where it has none."""

    id: int
    values: Record
    external_id: str | None


def read_schema(client: OdooClient, model: str) -> ModelFacts:
    """A model's fields and defaults. Raises Unsupported where the server has no such model."""
    fields = client.fields_get(model)
    asked = [field.name for field in fields.values() if _may_have_default(field)]
    defaults, unread = _defaults(client, model, asked)
    return ModelFacts(model=model, fields=fields, defaults=defaults, unread_defaults=tuple(unread))


def with_labels(client: OdooClient, facts: ModelFacts, languages: Sequence[str]) -> ModelFacts:
    """The same with each field's label in these languages, where it is another than its own."""
    said = {lang: client.field_labels(facts.model, lang) for lang in languages}
    fields = {
        name: replace(
            field,
            labels=tuple(
                (lang, labels[name])
                for lang, labels in said.items()
                if name in labels and labels[name] != field.label
            ),
        )
        for name, field in facts.fields.items()
    }
    return replace(facts, fields=fields)


def _may_have_default(field: FieldFacts) -> bool:
    # Some stored fields say readonly although they may be written in a new record.
    return field.name not in _KEPT_BY_ODOO and (field.store or not field.readonly)


def _defaults(
    client: OdooClient, model: str, names: Sequence[str]
) -> tuple[Mapping[str, Any], list[str]]:
    """One field whose default fails takes the whole answer along: halve until it is found."""
    if not names:
        return {}, []
    try:
        return client.default_get(model, names), []
    except (DataRefused, AccessRefused, ServerBug):
        if len(names) == 1:
            return {}, list(names)
    middle = len(names) // 2
    left, left_unread = _defaults(client, model, names[:middle])
    right, right_unread = _defaults(client, model, names[middle:])
    return {**left, **right}, left_unread + right_unread


def installed_modules(client: OdooClient) -> dict[str, str]:
    """Installed module -> version. Open to every internal user."""
    found = client.search_read(
        "ir.module.module", [["state", "=", "installed"]], ["name", "latest_version"], order="name"
    )
    return {record["name"]: record["latest_version"] or "" for record in found}


def installed_languages(client: OdooClient) -> list[str]:
    """Codes of the languages that are active. Open to every internal user."""
    return [str(code) for code, _name in client.call("res.lang", "get_installed")]


def own_companies(client: OdooClient) -> list[tuple[int, str, str]]:
    """(id, name, external id) of the companies that the login may work in; the last is empty where
    there is none."""
    user = client.read("res.users", [client.uid], ["company_ids"])
    ids = list(user[0]["company_ids"]) if user else []
    found = client.read("res.company", ids, ["name"], context={"allowed_company_ids": ids})
    named = client.external_ids("res.company", ids)
    return [(one["id"], str(one["name"]), named.get(one["id"], "")) for one in found]


def lookup_records(
    client: OdooClient,
    model: str,
    fields: Sequence[str],
    domain: Domain = (),
    limit: int | None = None,
    *,
    lang: str = "en_US",
) -> list[LookupRecord]:
    """Up to ``limit`` records by rising id, archived ones too, with their external ids. Values
    are those of ``read`` with bare ids for many2one."""
    found: list[LookupRecord] = []
    for page in _pages(client, model, fields, domain, limit, lang):
        names = client.external_ids(model, [record["id"] for record in page])
        found.extend(_lookup(record, names) for record in page)
    return found


def _pages(
    client: OdooClient,
    model: str,
    fields: Sequence[str],
    domain: Domain,
    limit: int | None,
    lang: str,
) -> Iterator[list[Record]]:
    last, left = 0, limit
    while left is None or left > 0:
        size = _PAGE if left is None else min(_PAGE, left)
        page = client.search_read(
            model,
            [["id", ">", last], *domain],
            list(_without_id(fields)),
            limit=size,
            context={"active_test": False, "lang": lang},
        )
        if page:
            yield page
        if len(page) < size:
            return
        last, left = page[-1]["id"], None if left is None else left - size


def _without_id(fields: Sequence[str]) -> Iterable[str]:
    # Odoo gives the id in any case; asking for nothing at all would read every field.
    return [name for name in fields if name != "id"] or ["id"]


def _lookup(record: Record, names: Mapping[int, str]) -> LookupRecord:
    values = {name: value for name, value in record.items() if name != "id"}
    return LookupRecord(record["id"], values, names.get(record["id"]))
