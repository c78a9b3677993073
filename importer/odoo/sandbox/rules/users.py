"""Users: their language and company, and the rights a loader's login has here."""

from importer.odoo.sandbox import writing
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.hooks import Rules, Values, register


def register_rules() -> None:
    register("res.users", Rules(prepare=_prepare))
    register("res.company", Rules(prepare=_prepare_company, created=_join))


def _prepare(env: Env, values: Values) -> None:
    if values.get("new_password"):
        values["password"] = values["new_password"]
    values.pop("new_password", None)


def _prepare_company(env: Env, values: Values) -> None:
    """A company is a partner of its own."""
    if not values.get("partner_id"):
        partner = {"name": values.get("name"), "is_company": True}
        values["partner_id"] = writing.create(env, "res.partner", [partner])[0]


def _join(env: Env, ids: list[int], fields: frozenset[str]) -> None:
    """Who makes a company is one of its people."""
    own = env.value("res.users", env.uid, "company_ids") or ()
    env.store.change("res.users", env.uid, {"company_ids": (*own, *ids)})
