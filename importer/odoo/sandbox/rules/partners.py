"""Contacts: addresses and commercial fields that flow between a company and its people."""

from typing import Any

from importer.odoo.sandbox.computed import commercial_partner
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.hooks import Rules, Values, register
from importer.odoo.sandbox.refusals import RedirectRefusal
from importer.odoo.sandbox.tables import Record

ADDRESS = ("street", "street2", "zip", "city", "state_id", "country_id")
COMMERCIAL = ("vat", "company_registry", "credit_limit", "industry_id")
MODEL = "res.partner"


def register_rules() -> None:
    register(MODEL, Rules(prepare=_prepare, created=_created, written=_written, removing=_removing))


def _prepare(env: Env, values: Values) -> None:
    kind = values.pop("company_type", None)
    if kind:
        values["is_company"] = kind == "company"


def _created(env: Env, ids: list[int], fields: frozenset[str]) -> None:
    if "parent_id" not in fields:
        return
    for record_id in ids:
        _pull(env, record_id)
        _first_contact(env, record_id)


def _written(env: Env, ids: list[int], fields: frozenset[str]) -> None:
    if "company_type" in fields:
        for record_id in ids:
            kind = env.value(MODEL, record_id, "company_type")
            env.store.change(
                MODEL, record_id, {"company_type": None, "is_company": kind == "company" or None}
            )
    pulls = not fields.isdisjoint(("parent_id", "type", *ADDRESS))
    pushes = not fields.isdisjoint((*ADDRESS, *COMMERCIAL, "parent_id"))
    for record_id in ids:
        if pulls and ("parent_id" in fields or "type" in fields):
            _pull(env, record_id)
        if pushes:
            _push(env, record_id)


def _set(env: Env, record_id: int, source: Record, fields: tuple[str, ...]) -> None:
    """Copies fields from another partner's record; untouched where nothing differs."""
    record = env.row(MODEL, record_id)
    changed: dict[str, Any] = {f: source.get(f) for f in fields if source.get(f) != record.get(f)}
    if changed:
        env.store.change(MODEL, record_id, changed)


def _pull(env: Env, record_id: int) -> None:
    """A person takes the company's commercial fields, a contact the parent's address too."""
    record = env.row(MODEL, record_id)
    parent = env.store.get(MODEL, record.get("parent_id", 0))
    if parent is None:
        return
    company = commercial_partner(env, record_id, record)
    if company != record_id:
        _set(env, record_id, env.row(MODEL, company), COMMERCIAL)
    if record.get("type") == "contact" and any(parent.get(f) for f in ADDRESS):
        _set(env, record_id, parent, ADDRESS)


def _first_contact(env: Env, record_id: int) -> None:
    """The first contact with an address fills a company that has none."""
    record = env.row(MODEL, record_id)
    parent_id = record.get("parent_id", 0)
    parent = env.store.get(MODEL, parent_id)
    if parent is None or not (parent.get("is_company") or not parent.get("parent_id")):
        return
    if any(parent.get(f) for f in ADDRESS) or not any(record.get(f) for f in ADDRESS):
        return
    if len(env.table(MODEL).with_value("parent_id", [parent_id])) == 1:
        _set(env, parent_id, record, ADDRESS)


def _push(env: Env, record_id: int) -> None:
    """A changed company passes its fields on; contacts follow their parent's address."""
    record = env.row(MODEL, record_id)
    for child in env.table(MODEL).with_value("parent_id", [record_id]):
        below = env.row(MODEL, child)
        if not below.get("is_company"):
            source = env.row(MODEL, commercial_partner(env, record_id, record))
            _set(env, child, source, COMMERCIAL)
        if below.get("type") == "contact":
            _set(env, child, record, ADDRESS)
            _push(env, child)


def _removing(env: Env, ids: list[int]) -> None:
    users = env.table("res.users").with_value("partner_id", ids)
    active = [user for user in users if env.value("res.users", user, "active")]
    if active:
        names = ", ".join(str(env.value("res.users", user, "login")) for user in active)
        raise RedirectRefusal(
            f"A contact of an active user cannot be deleted; archive the user first: {names}",
            "res.users",
        )
