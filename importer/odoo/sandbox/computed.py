"""Fields that are not stored but worked out when read."""

from collections.abc import Callable
from typing import Any

from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.names import complete_name, display_name, partner_name
from importer.odoo.sandbox.places import held
from importer.odoo.sandbox.tables import Record

Compute = Callable[[Env, int, Record], Any]
VARIANT_FIELDS = ("default_code", "barcode", "standard_price", "weight", "volume")


def commercial_partner(env: Env, record_id: int, record: Record) -> int:
    """The company a contact belongs to, or itself."""
    seen = {record_id}
    while not record.get("is_company") and (parent := record.get("parent_id")):
        above = env.store.get("res.partner", parent)
        if above is None or parent in seen:
            break
        seen.add(parent)
        record_id, record = parent, above
    return record_id


def only_variant(env: Env, template_id: int) -> int | None:
    """The template's variant when it has exactly one."""
    variants = env.table("product.product").with_value("product_tmpl_id", [template_id])
    return variants[0] if len(variants) == 1 else None


def _of_variant(field: str) -> Compute:
    def compute(env: Env, record_id: int, record: Record) -> Any:
        variant = env.table("product.product").rows.get(only_variant(env, record_id) or 0)
        column = env.facts("product.product").columns[field]
        return held(env, column, variant) if variant else None

    return compute


def _partner_email(env: Env, record_id: int, record: Record) -> str | None:
    email = record.get("email")
    return f'"{record.get("name", "")}" <{email}>' if email else None


def _parent_path(env: Env, model: str, record_id: int) -> str:
    """``1/4/``: the ids from the root down."""
    above = env.value(model, record_id, "parent_id")
    return (_parent_path(env, model, above) if above else "") + f"{record_id}/"


def _address(env: Env, record_id: int, record: Record) -> str:
    lines = [
        record.get("street"),
        record.get("street2"),
        f"{record.get('city', '')} {record.get('zip', '')}".strip(),
        env.value("res.country", record.get("country_id"), "name"),
    ]
    return "\n".join(line for line in lines if line)


def _company_type(env: Env, record_id: int, record: Record) -> str:
    return "company" if record.get("is_company") else "person"


def _tagged_partners(env: Env, record_id: int, record: Record) -> tuple[int, ...]:
    return tuple(env.table("res.partner").with_value("category_id", [record_id]))


def _external_name(env: Env, record_id: int, record: Record) -> str:
    return f"{record.get('module', '')}.{record.get('name', '')}"


def _external_reference(env: Env, record_id: int, record: Record) -> str:
    return f"{record.get('model', '')},{record.get('res_id', 0)}"


def _variant_count(env: Env, record_id: int, record: Record) -> int:
    return len(env.table("product.product").with_value("product_tmpl_id", [record_id]))


def _template_variant(env: Env, record_id: int, record: Record) -> int | None:
    return only_variant(env, record_id)


COMPUTED: dict[tuple[str, str], Compute] = {
    ("res.partner", "complete_name"): lambda env, i, record: partner_name(env, record),
    ("res.partner", "commercial_partner_id"): commercial_partner,
    ("res.partner", "email_formatted"): _partner_email,
    ("res.partner", "contact_address"): _address,
    ("res.partner", "company_type"): _company_type,
    ("res.partner.category", "partner_ids"): _tagged_partners,
    ("product.category", "complete_name"): lambda env, i, r: complete_name(
        env, "product.category", r
    ),
    ("hr.department", "complete_name"): lambda env, i, r: complete_name(env, "hr.department", r),
    ("ir.model.data", "complete_name"): _external_name,
    ("ir.model.data", "reference"): _external_reference,
    ("product.template", "product_variant_count"): _variant_count,
    ("product.template", "product_variant_id"): _template_variant,
    **{("product.template", field): _of_variant(field) for field in VARIANT_FIELDS},
}


def computed_value(env: Env, model: str, record_id: int, record: Record, field: str) -> Any:
    """The worked-out value, or None where this field is not one of them."""
    if field == "display_name":
        return display_name(env, model, record_id)
    if field == "parent_path":
        return _parent_path(env, model, record_id)
    compute = COMPUTED.get((model, field))
    return compute(env, record_id, record) if compute else None
