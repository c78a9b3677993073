"""``ir.model`` and ``ir.model.fields``: read from the facts, never stored in the file."""

from importer.odoo.sandbox.env import Env


def fill_virtual(env: Env) -> None:
    """Makes both tables on first use."""
    models = env.table("ir.model")
    if models.rows:
        return
    fields = env.table("ir.model.fields")
    for model in env.catalogue:
        facts = env.facts(model)
        model_id = models.next_id()
        models.put(
            model_id, {"model": model, "name": facts.label, "state": "base", "transient": None}
        )
        for column in facts.columns.values():
            row = {
                "model": model,
                "model_id": model_id,
                "name": column.name,
                "field_description": column.label,
                "ttype": column.type,
                "relation": column.relation or None,
                "relation_field": column.relation_field or None,
                "on_delete": (column.ondelete or "set null") if column.type == "many2one" else None,
                "required": column.required or None,
                "readonly": column.readonly or None,
                "store": column.store or None,
                "translate": column.translate or None,
                "state": "base",
            }
            fields.put(fields.next_id(), {k: v for k, v in row.items() if v is not None})
