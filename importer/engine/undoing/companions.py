"""Records that Odoo makes or removes together with others, per model. Pure.

``goes_along``: removed by Odoo with the record, so who points at them counts as well.
``stays_behind``: made by Odoo with the record and left when it goes; only named.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Companion:
    """``field`` of the record leads to a record of ``model``."""

    field: str
    model: str


_GO_ALONG: dict[str, tuple[Companion, ...]] = {
    "product.product": (Companion("product_tmpl_id", "product.template"),),
    "product.template": (Companion("product_variant_ids", "product.product"),),
    "hr.employee": (Companion("resource_id", "resource.resource"),),
}

_STAY_BEHIND: dict[str, tuple[Companion, ...]] = {
    "res.users": (Companion("partner_id", "res.partner"),),
    "hr.employee": (Companion("work_contact_id", "res.partner"),),
}


def goes_along(model: str) -> tuple[Companion, ...]:
    return _GO_ALONG.get(model, ())


def stays_behind(model: str) -> tuple[Companion, ...]:
    return _STAY_BEHIND.get(model, ())
