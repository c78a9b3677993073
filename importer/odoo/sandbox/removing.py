"""Unlink: who else points at a record decides whether it may go. All or nothing."""

from collections.abc import Sequence

from importer.odoo.sandbox import writing
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.external_ids import drop_of
from importer.odoo.sandbox.facts import Column
from importer.odoo.sandbox.hooks import rules_of
from importer.odoo.sandbox.values import foreign_key

AUDIT = frozenset({"create_uid", "write_uid"})
HANGING = {"ir.attachment": "res_model", "mail.activity": "res_model", "mail.message": "model"}


def unlink(env: Env, model: str, ids: Sequence[int]) -> None:
    """Removes records with their external ids; a refusal refuses the whole list."""
    ids = list(dict.fromkeys(ids))
    if not ids:
        return
    env.require(model, "unlink")
    if env.is_null:
        return
    writing.require_all(env, model, ids)
    rules_of(model).removing(env, ids)
    records = [env.row(model, record_id) for record_id in ids]
    _remove(env, model, ids)
    rules_of(model).removed(env, records)


def _remove(env: Env, model: str, ids: list[int]) -> None:
    extra = _inherited(env, model, ids)
    _let_go(env, model, ids)
    for record_id in ids:
        env.store.put(model, record_id, None)
    drop_of(env, model, ids)
    _drop_hanging(env, model, ids)
    for parent, parent_ids in extra.items():
        unlink(env, parent, parent_ids)


def _drop_hanging(env: Env, model: str, ids: list[int]) -> None:
    """Files, activities and messages go with their record, nobody is asked."""
    for other, link in HANGING.items():
        table = env.table(other)
        for hung in table.with_value("res_id", ids) if table.rows else ():
            if env.value(other, hung, link) == model:
                env.store.put(other, hung, None)


def _inherited(env: Env, model: str, ids: list[int]) -> dict[str, list[int]]:
    """A product's template goes with its last variant; a user's partner stays."""
    if model != "product.product":
        return {}
    products = env.table(model)
    templates = {products.rows[i].get("product_tmpl_id") for i in ids}
    left = [
        t for t in templates if t and set(products.with_value("product_tmpl_id", [t])) <= {*ids}
    ]
    return {"product.template": left} if left else {}


def _let_go(env: Env, model: str, ids: list[int]) -> None:
    """Restrict, cascade or empty what points at the records."""
    for other, column in env.catalogue.pointing.get(model, ()):
        if column.name in AUDIT or not env.table(other).rows:
            continue
        users = env.table(other).with_value(column.name, ids)
        if other == model:
            users = [i for i in users if i not in ids]
        if not users:
            continue
        if column.type == "many2many":
            _take_out(env, other, column, users, ids)
        elif column.ondelete == "cascade":
            _remove(env, other, users)  # by the database: the model's own rules are not asked
        elif column.ondelete == "restrict":
            raise foreign_key(env, other, column)
        else:
            for user in users:
                env.store.change(other, user, {column.name: None})


def _take_out(env: Env, model: str, column: Column, users: list[int], ids: list[int]) -> None:
    for user in users:
        held = env.value(model, user, column.name) or ()
        env.store.change(model, user, {column.name: tuple(i for i in held if i not in ids) or None})
