"""Products: a template and its variants, and the category nobody may delete."""

from importer.odoo.sandbox import writing
from importer.odoo.sandbox.computed import VARIANT_FIELDS
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.hooks import Rules, Values, register
from importer.odoo.sandbox.refusals import DatabaseRefusal, UserRefusal, ValidationRefusal

TEMPLATE, VARIANT = "product.template", "product.product"


def register_rules() -> None:
    register(
        TEMPLATE,
        Rules(prepare=_prepare_template, created=_template_created, written=_template_written),
    )
    register("product.supplierinfo", Rules(prepare=_prepare_price))
    register("product.category", Rules(removing=_category_removing))
    register(
        "uom.uom",
        Rules(
            prepare=_prepare_unit,
            created=_check_reference_unit,
            written=_check_reference_unit,
            removing=_unit_removing,
        ),
    )


def _prepare_template(env: Env, values: Values) -> None:
    if env.version < 19 and "type" in env.facts(TEMPLATE).columns:
        values.setdefault("type", values.get("detailed_type"))


def _prepare_price(env: Env, values: Values) -> None:
    """A supplier's price is per unit of the product."""
    template = values.get("product_tmpl_id")
    if not template and values.get("product_id"):
        template = env.value(VARIANT, values["product_id"], "product_tmpl_id")
        values["product_tmpl_id"] = template
    columns = env.facts("product.supplierinfo").columns
    for field in ("product_uom", "product_uom_id"):
        if field in columns and not values.get(field):
            values[field] = env.value(TEMPLATE, template, "uom_id")


def _check_types(env: Env, ids: list[int]) -> None:
    """Before 19 a product has two types, and they must say the same."""
    if env.version >= 19:
        return
    for template in ids:
        record = env.row(TEMPLATE, template)
        kind, detailed = record.get("type"), record.get("detailed_type")
        if kind and detailed and kind != detailed:
            raise ValidationRefusal(f"The type {kind} does not fit the detailed type {detailed}.")


def _check_units(env: Env, ids: list[int]) -> None:
    """Before 19, what is sold by the piece cannot be bought by weight."""
    if env.version >= 19:
        return
    for template in ids:
        record = env.row(TEMPLATE, template)
        units = [record.get(name) for name in ("uom_id", "uom_po_id")]
        kinds = {env.value("uom.uom", unit, "category_id") for unit in units if unit}
        if len(kinds) > 1:
            raise ValidationRefusal("The units of sale and of purchase are of two categories.")


def _prepare_unit(env: Env, values: Values) -> None:
    if env.version >= 19 and "relative_factor" in values and not values["relative_factor"]:
        raise DatabaseRefusal(
            "A unit cannot be nothing of another.", model="uom.uom", field="relative_factor"
        )


def _check_reference_unit(env: Env, ids: list[int], fields: frozenset[str]) -> None:
    if env.version < 19:
        return
    for unit in ids:
        record = env.row("uom.uom", unit)
        if record.get("relative_factor", 1) != 1 and not record.get("relative_uom_id"):
            raise UserRefusal("It is not said of which unit this is a multiple.")


def _template_created(env: Env, ids: list[int], fields: frozenset[str]) -> None:
    """A template made by itself gets its one variant, which keeps code, barcode and cost."""
    _check_types(env, ids)
    _check_units(env, ids)
    if env.context.get("_inherited"):
        return
    for template in ids:
        if env.table(VARIANT).with_value("product_tmpl_id", [template]):
            continue
        values = _taken_over(env, template)
        values["active"] = bool(env.value(TEMPLATE, template, "active"))
        writing.create(env, VARIANT, [{"product_tmpl_id": template, **values}])


def _template_written(env: Env, ids: list[int], fields: frozenset[str]) -> None:
    _check_units(env, ids)
    if fields.isdisjoint((*VARIANT_FIELDS, "active")):
        return
    for template in ids:
        given = {f: env.value(TEMPLATE, template, f) for f in VARIANT_FIELDS if f in fields}
        _taken_over(env, template)
        if "active" in fields:
            given["active"] = bool(env.value(TEMPLATE, template, "active"))
        variants = env.table(VARIANT).with_value("product_tmpl_id", [template])
        writing.write(env, VARIANT, variants, {k: v or False for k, v in given.items()})


def _taken_over(env: Env, template: int) -> Values:
    """Takes the variant's fields off the template's record."""
    record = env.row(TEMPLATE, template)
    found = {field: record[field] for field in VARIANT_FIELDS if field in record}
    if found:
        env.store.change(TEMPLATE, template, dict.fromkeys(found))
    return found


def _category_removing(env: Env, ids: list[int]) -> None:
    base = min(env.table("product.category").rows, default=0)
    if env.version < 19 and base in ids:
        raise UserRefusal("The default product category cannot be deleted.")


def _unit_removing(env: Env, ids: list[int]) -> None:
    base = min(env.table("uom.uom").rows, default=0)
    if base in ids:
        raise UserRefusal("A unit that the system uses cannot be deleted; archive it instead.")
