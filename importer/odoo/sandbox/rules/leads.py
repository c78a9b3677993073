"""Leads: what they take from their customer when nothing else is said."""

from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.hooks import Rules, Values, register

FROM_PARTNER = {"email_from": "email", "phone": "phone", "street": "street", "city": "city"}


def register_rules() -> None:
    register("crm.lead", Rules(prepare=_prepare))


def _prepare(env: Env, values: Values) -> None:
    partner = values.get("partner_id")
    if not partner:
        return
    if "contact_name" not in values and not env.value("res.partner", partner, "is_company"):
        values["contact_name"] = env.value("res.partner", partner, "name")
    for field, source in FROM_PARTNER.items():
        if field not in values:
            values[field] = env.value("res.partner", partner, source)
