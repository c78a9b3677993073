"""Messages: written by whoever calls, unless an author is named."""

from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.hooks import Rules, Values, register


def register_rules() -> None:
    register("mail.message", Rules(prepare=_prepare))


def _prepare(env: Env, values: Values) -> None:
    if not values.get("author_id"):
        values["author_id"] = env.value("res.users", env.uid, "partner_id")
