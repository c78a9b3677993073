"""Values that differ by place: texts by language, company-dependent ones by company.

The base of a text is its ``en_US`` form, that of the others the first company; each further value
stands beside it in the record, under the field's name and the place.
"""

from typing import Any

from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.facts import Column
from importer.odoo.sandbox.tables import Record

SOURCE = "en_US"
FIRST_COMPANY = 1
_MARK = "@"


def company_of(env: Env) -> int:
    """The first company of the context, else the user's own."""
    asked = env.context.get("allowed_company_ids") or []
    own = env.value("res.users", env.uid, "company_id")
    return int(asked[0] if asked else own or FIRST_COMPANY)


def languages(env: Env) -> dict[str, str]:
    """Code -> name of the languages that are active."""
    known = env.table("res.lang").rows.values()
    return {str(one["code"]): str(one["name"]) for one in known if one.get("active")}


def place_of(env: Env, column: Column) -> str:
    """The place of this call's values, empty for the base."""
    if column.translate:
        lang = env.context.get("lang") or SOURCE
        return "" if lang == SOURCE else str(lang)
    if column.company_dependent:
        company = company_of(env)
        return "" if company == FIRST_COMPANY else str(company)
    return ""


def held(env: Env, column: Column, record: Record) -> Any:
    """What a read sees: a text without a form of its own is that of the base."""
    if not (column.translate or column.company_dependent):
        return record.get(column.name)
    place = place_of(env, column)
    own = record.get(f"{column.name}{_MARK}{place}") if place else None
    if own is None and (column.translate or not place):
        return record.get(column.name)
    return own


def put(env: Env, column: Column, record: Record, stored: Any) -> None:
    """Writes into the place of the call. A text cleared in one language goes in all; one that has
    no base becomes the base too."""
    place = place_of(env, column)
    if column.translate and stored is None:
        for name in [one for one in record if one.partition(_MARK)[0] == column.name]:
            del record[name]
        return
    if column.translate and place and column.name not in record:
        record[column.name] = stored
    name = f"{column.name}{_MARK}{place}" if place else column.name
    if stored is None:
        record.pop(name, None)
    else:
        record[name] = stored


def void(record: Record, field: str, lang: str) -> Record:
    """The record without its own text in a language."""
    return {name: value for name, value in record.items() if name != f"{field}{_MARK}{lang}"}
