"""A connection's models and fields as last read from its database; validation reads only this."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils import timezone

from importer.errors import Refused
from importer.models import Connection, Entity, FieldMapping, OdooField, OdooModel
from importer.odoo.protocols import FieldFacts, ModelFacts, OdooClient
from importer.odoo.schema import installed_languages, own_companies

_UNREAD = ".unread"  # no field can have this name

SEED_MODELS = (
    "res.partner",
    "res.partner.category",
    "res.company",
    "res.country",
    "res.country.state",
    "res.currency",
    "res.users",
    "res.lang",
    "product.category",
    "product.template",
    "product.product",
    "product.supplierinfo",
    "uom.uom",
    "crm.lead",
    "crm.stage",
    "crm.team",
    "sale.order",
    "sale.order.line",
    "purchase.order",
    "purchase.order.line",
    "account.account",
    "account.journal",
    "account.tax",
    "account.move",
    "account.move.line",
    "hr.department",
    "hr.employee",
    "hr.job",
    "project.project",
    "project.task",
)
"""What people map to most, read ahead so that choosing a model shows its fields at once."""


def keep_model(connection: Connection, facts: ModelFacts) -> None:
    """Replace what is known of the model, in one transaction; a field that is as it was is left
    alone. Labels in further languages stay where these facts were read without any."""
    with transaction.atomic():
        model, _ = OdooModel.objects.update_or_create(
            connection=connection,
            name=facts.model,
            defaults={
                "project_id": connection.project_id,
                "defaults": {**facts.defaults, _UNREAD: list(facts.unread_defaults)},
                "taken_at": timezone.now(),
            },
        )
        _note_absent(connection, facts.model, is_absent=False)
        known = {one.name: one for one in model.fields.all()}
        wanted = [
            OdooField(
                project_id=connection.project_id,
                odoo_model=model,
                **_stored(field, known[field.name].labels if field.name in known else []),
            )
            for field in facts.fields.values()
        ]
        same = {
            one.name
            for one in wanted
            if one.name in known and _facts(known[one.name]) == _facts(one)
        }
        model.fields.exclude(name__in=same).delete()
        OdooField.objects.bulk_create(one for one in wanted if one.name not in same)


def _stored(field: FieldFacts, known_labels: list[Any]) -> dict[str, Any]:
    labels = [[lang, label[:300]] for lang, label in field.labels]
    return {**asdict(field), "label": field.label[:300], "labels": labels or known_labels}


def keep_places(connection: Connection, client: OdooClient) -> None:
    """Read the database's languages and the login's companies into the cache."""
    connection.languages = installed_languages(client)
    connection.companies = [list(one) for one in own_companies(client)]
    connection.save(update_fields=("languages", "companies"))


def forget_model(connection: Connection, name: str) -> None:
    """The database has no such model (any more), or does not show it to this login."""
    with transaction.atomic():
        OdooModel.objects.filter(connection=connection, name=name).delete()
        _note_absent(connection, name, is_absent=True)


def _note_absent(connection: Connection, name: str, *, is_absent: bool) -> None:
    row = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    if is_absent == (name in row.absent_models):
        return
    others = [one for one in row.absent_models if one != name]
    row.absent_models = sorted([*others, name]) if is_absent else others
    row.save(update_fields=("absent_models",))


def is_absent(connection: Connection, model: str) -> bool:
    """Whether the database was asked for the model and has none. A model that is neither here
    nor in the cache was never asked for."""
    known = Connection.objects.filter(pk=connection.pk, absent_models__contains=[model])
    return known.exists()


def schema_of(connection: Connection, model: str) -> ModelFacts:
    """What is known of a model, without asking the server. Refused when nothing is."""
    row = OdooModel.objects.filter(connection=connection, name=model).first()
    if row is None:
        raise Refused(
            f"“{connection}” is not known to have a model “{model}”. Check the name, refresh the "
            "connection's schema, or install the module it belongs to in Odoo."
        )
    return _model_facts(row)


def schemas_of(connection: Connection) -> dict[str, ModelFacts]:
    """All models that are known of a connection, by name."""
    rows = OdooModel.objects.filter(connection=connection).prefetch_related("fields")
    return {row.name: _model_facts(row) for row in rows}


def _model_facts(row: OdooModel) -> ModelFacts:
    defaults: Mapping[str, Any] = row.defaults
    return ModelFacts(
        model=row.name,
        fields={field.name: _facts(field) for field in row.fields.all()},
        defaults={name: value for name, value in defaults.items() if name != _UNREAD},
        unread_defaults=tuple(defaults.get(_UNREAD, ())),
    )


def _facts(field: OdooField) -> FieldFacts:
    return FieldFacts(
        name=field.name,
        label=field.label,
        type=field.type,
        required=field.required,
        readonly=field.readonly,
        store=field.store,
        relation=field.relation,
        relation_field=field.relation_field,
        size=field.size,
        translate=field.translate,
        company_dependent=field.company_dependent,
        depends=tuple(field.depends),
        selection=tuple((key, label) for key, label in field.selection),
        searchable=field.searchable,
        labels=tuple((lang, label) for lang, label in field.labels),
    )


def models_in_use(connection: Connection) -> list[str]:
    """The models of the project's entities and of its lookups."""
    project = connection.project_id
    entities = Entity.objects.filter(project_id=project).values_list("odoo_model", flat=True)
    specs = FieldMapping.objects.filter(project_id=project).values_list("spec", flat=True)
    lookups = (spec.get("model", "") for spec in specs)
    return sorted({model for model in (*entities, *lookups) if model})
