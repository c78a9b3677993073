"""External ids of ours in Odoo whose record no key is known to have made. Only reads."""

import re
from collections.abc import Collection

from importer.engine.desk import Desk
from importer.odoo.errors import AccessRefused, DataRefused, ServerBug

_PAGE = 2000
_MODEL = "ir.model.data"


def stray_ids(desk: Desk, known: Collection[int]) -> dict[str, int]:
    """External id -> record. None where the login may not read external ids, as most may not."""
    try:
        if not desk.client.may(_MODEL, "read"):
            return {}
        return _search(desk, known)
    except (AccessRefused, DataRefused, ServerBug):
        return {}


def _search(desk: Desk, known: Collection[int]) -> dict[str, int]:
    own = re.compile(rf"{re.escape(desk.load.entity.name)}_[a-z2-7]{{16}}")
    found: dict[str, int] = {}
    last = 0
    while True:
        domain = [
            ["id", ">", last],
            ["module", "=", desk.namespace],
            ["model", "=", desk.load.odoo_model],
        ]
        page = desk.client.search_read(_MODEL, domain, ["name", "res_id"], limit=_PAGE)
        found |= {
            f"{desk.namespace}.{one['name']}": one["res_id"]
            for one in page
            if own.fullmatch(one["name"]) and one["res_id"] not in known
        }
        if len(page) < _PAGE:
            return found
        last = page[-1]["id"]
