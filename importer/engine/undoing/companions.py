"""Records that Odoo makes or removes together with others, per model. Pure.

``goes_along``: removed by Odoo with the record, so who points at them counts as well.
``made_with``: made by Odoo with the record, and left alone in the database when it goes.
``PARTS``: fields that lead from a part to its whole, whatever Odoo does when the whole goes.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Companion:
    """``field`` of the record leads to one or more records of ``model``."""

    field: str
    model: str


_GO_ALONG: dict[str, tuple[Companion, ...]] = {
    "product.product": (Companion("product_tmpl_id", "product.template"),),
    "product.template": (Companion("product_variant_ids", "product.product"),),
    "hr.employee": (Companion("resource_id", "resource.resource"),),
}

_MADE_WITH: dict[str, tuple[Companion, ...]] = {
    "res.users": (Companion("partner_id", "res.partner"),),
    "hr.employee": (
        Companion("version_ids", "hr.version"),
        Companion("work_contact_id", "res.partner"),
    ),
}

PARTS = frozenset((("hr.version", "employee_id"),))


def goes_along(model: str) -> tuple[Companion, ...]:
    return _GO_ALONG.get(model, ())


def made_with(model: str) -> tuple[Companion, ...]:
    return _MADE_WITH.get(model, ())
