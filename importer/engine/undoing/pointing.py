"""Fields that point at a model: which of them speak against a removal, and which do not. Pure."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from importer.engine.undoing.companions import PARTS

_AUDIT = frozenset(("create_uid", "write_uid"))

# Chatter, logs, queues, personal view settings: they go or empty themselves with the record.
_NOISE = (
    "mail.",
    "bus.",
    "discuss.",
    "sms.",
    "snailmail.",
    "rating.",
    "digest.",
    "iap.",
    "phone.",
    "portal.",
    "base_import.",
    "web_tour.",
    "ir.attachment",
    "ir.logging",
    "ir.model.data",
    "ir.exports",
    "res.users.log",
    "res.users.settings",
    "calendar.filters",
)

# Views of the database, and what others inherit: the records behind are searched themselves.
_VIEWS = frozenset(
    (
        "account.root",
        "hr.employee.base",
        "hr.employee.public",
        "project.task.burndown.chart.report",
        "purchase.bill.line.match",
        "purchase.bill.union",
        "report.all.channels.sales",
        "res.device",
    )
)

# The other end of a many2many that is kept on the record itself: a list of members, not a use.
_MEMBER_LISTS = frozenset(
    (
        ("account.account.tag", "account_ids"),
        ("calendar.event.type", "event_ids"),
        ("hr.employee.category", "employee_ids"),
        ("product.tag", "product_product_ids"),
        ("product.tag", "product_template_ids"),
        ("project.tags", "project_ids"),
        ("project.tags", "task_ids"),
        ("project.task.type", "project_ids"),
        ("res.company", "user_ids"),
        ("res.country.group", "pricelist_ids"),
        ("res.groups", "all_user_ids"),
        ("res.groups", "user_ids"),
        ("res.groups", "users"),
        ("res.partner.category", "partner_ids"),
        ("res.role", "user_ids"),
    )
)


@dataclass(frozen=True, slots=True)
class PointingField:
    """A stored field of ``model`` that leads to records of ``target``. ``on_delete`` is empty
    where the server does not tell."""

    model: str
    field: str
    target: str
    is_list: bool
    is_required: bool = False
    on_delete: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def speaks_against(one: PointingField, own_lines: Iterable[tuple[str, str]]) -> bool:
    """Whether records that use this field are a reason to keep what they point at. ``own_lines``:
    (model, field) behind the target's one2many fields; such lines go with their record."""
    if one.field in _AUDIT or one.model in _VIEWS or one.model.startswith(_NOISE):
        return False
    if (one.model, one.field) in PARTS:
        return False
    if one.model.endswith(".report") or one.model.startswith("report."):
        return False
    if any(one.model.endswith(end) or f"{end}." in one.model for end in (".wizard", ".mixin")):
        return False
    if one.is_list:
        return (one.model, one.field) not in _MEMBER_LISTS
    return not _is_own_line(one, own_lines)


def _is_own_line(one: PointingField, own_lines: Iterable[tuple[str, str]]) -> bool:
    """A record below another of the same model is one of its own right, even where Odoo would
    remove it along."""
    if one.model == one.target or (one.model, one.field) not in set(own_lines):
        return False
    return one.on_delete == "cascade" or (not one.on_delete and one.is_required)


# Models asked by their fields where the login may not read the list of all fields.
WIDELY_USED = (
    "account.account",
    "account.analytic.account",
    "account.analytic.line",
    "account.bank.statement.line",
    "account.journal",
    "account.move",
    "account.move.line",
    "account.payment",
    "calendar.attendee",
    "calendar.event",
    "crm.lead",
    "crm.stage",
    "crm.team",
    "delivery.carrier",
    "event.event",
    "event.registration",
    "fleet.vehicle",
    "helpdesk.ticket",
    "hr.contract",
    "hr.department",
    "hr.employee",
    "hr.job",
    "hr.version",
    "hr.work.location",
    "maintenance.equipment",
    "mrp.bom",
    "mrp.bom.line",
    "mrp.production",
    "payment.token",
    "payment.transaction",
    "pos.order",
    "pos.order.line",
    "product.category",
    "product.packaging",
    "product.pricelist",
    "product.pricelist.item",
    "product.product",
    "product.supplierinfo",
    "product.tag",
    "product.template",
    "product.template.attribute.line",
    "project.milestone",
    "project.project",
    "project.task",
    "purchase.order",
    "purchase.order.line",
    "repair.order",
    "res.company",
    "res.country.state",
    "res.partner",
    "res.partner.bank",
    "res.partner.category",
    "res.users",
    "resource.resource",
    "sale.order",
    "sale.order.line",
    "sale.order.template.line",
    "stock.location",
    "stock.lot",
    "stock.move",
    "stock.move.line",
    "stock.picking",
    "stock.quant",
    "stock.warehouse",
    "stock.warehouse.orderpoint",
    "uom.uom",
    "website",
)
