"""Employees: each has a resource of the same name, and from 19 on a version that knows it."""

from importer.odoo.sandbox import writing
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.hooks import Rules, Values, register

MODEL, RESOURCE, VERSION = "hr.employee", "resource.resource", "hr.version"


def register_rules() -> None:
    register(MODEL, Rules(prepare=_prepare, created=_created))


def _prepare(env: Env, values: Values) -> None:
    if not values.get("resource_id") and RESOURCE in env.catalogue:
        resource = {"name": values.get("name"), "tz": "UTC"}
        values["resource_id"] = writing.create(env, RESOURCE, [resource])[0]


def _created(env: Env, ids: list[int], fields: frozenset[str]) -> None:
    if VERSION not in env.catalogue:
        return
    for one in ids:
        version = env.row(MODEL, one).get("version_id")
        if isinstance(version, int):
            writing.write(env, VERSION, [version], {"employee_id": one})
