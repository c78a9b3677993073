"""Employees: each has a resource of the same name."""

from importer.odoo.sandbox import writing
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.hooks import Rules, Values, register

MODEL, RESOURCE = "hr.employee", "resource.resource"


def register_rules() -> None:
    register(MODEL, Rules(prepare=_prepare))


def _prepare(env: Env, values: Values) -> None:
    if not values.get("resource_id") and RESOURCE in env.catalogue:
        resource = {"name": values.get("name"), "tz": "UTC"}
        values["resource_id"] = writing.create(env, RESOURCE, [resource])[0]
