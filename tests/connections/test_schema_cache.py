"""The schema is read from the server once and from the cache afterwards."""

from collections.abc import Callable

import httpx
import pytest

from importer import schema_cache
from importer.choices import JobState
from importer.connections import (
    ask_for_schema,
    open_client,
    refresh_schema,
    schema_of,
    test_connection,
)
from importer.errors import NotAllowed, Refused
from importer.jobs import execute_job
from importer.models import Connection, Entity, FieldMapping, Mapping, OdooModel, Project, User
from importer.odoo.methods import Client
from importer.odoo.schema import read_schema
from importer.schema_cache import forget_model, is_absent
from tests.connections.conftest import AddConnection

pytestmark = pytest.mark.django_db


def test_the_cache_says_what_the_server_said(add: AddConnection, odoo: str) -> None:
    connection = add()
    client = open_client(connection)
    said = read_schema(client, "res.partner")
    client.close()
    refresh_schema(connection, ["res.partner"])
    httpx.post(f"{odoo}/sandbox/forget_calls").raise_for_status()
    assert schema_of(connection, "res.partner") == said
    assert httpx.get(f"{odoo}/sandbox/calls").json() == []


def test_reading_again_replaces_what_was_known(add: AddConnection) -> None:
    connection = add()
    refresh_schema(connection, ["res.partner"])
    model = OdooModel.objects.get(connection=connection)
    model.fields.filter(name="name").delete()
    model.fields.create(project=connection.project, name="x_gone", type="char")
    refresh_schema(connection, ["res.partner"])
    fields = schema_of(connection, "res.partner").fields
    assert "name" in fields
    assert "x_gone" not in fields


def test_reading_again_writes_only_what_has_changed(add: AddConnection) -> None:
    connection = add()
    refresh_schema(connection, ["res.partner"])
    model = OdooModel.objects.get(connection=connection)
    before = dict(model.fields.values_list("name", "pk"))
    model.fields.filter(name="street").update(label="Road")
    refresh_schema(connection, ["res.partner"])
    after = dict(model.fields.values_list("name", "pk"))
    assert {name for name, pk in after.items() if before[name] != pk} == {"street"}
    assert schema_of(connection, "res.partner").fields["street"].label != "Road"


def test_a_model_that_is_gone_is_forgotten(add: AddConnection, project: Project) -> None:
    connection = add()
    refresh_schema(connection, ["res.partner"])
    OdooModel.objects.filter(connection=connection).update(name="x.no.such.model")
    refresh_schema(connection, ["x.no.such.model"])
    with pytest.raises(Refused, match="“Main” is not known to have a model “x.no.such.model”"):
        schema_of(connection, "x.no.such.model")


def test_a_model_that_was_never_asked_for_is_not_taken_for_absent(add: AddConnection) -> None:
    connection = add()
    refresh_schema(connection, ["res.partner", "x.no.such.model"])
    assert is_absent(connection, "x.no.such.model")
    assert not is_absent(connection, "res.partner")
    assert not is_absent(connection, "hr.skill")


def test_a_module_installed_since_ends_the_absence(add: AddConnection) -> None:
    connection = add()
    forget_model(connection, "res.partner")
    assert is_absent(connection, "res.partner")
    refresh_schema(connection, ["res.partner"])
    assert not is_absent(connection, "res.partner")


def test_the_job_reads_what_the_project_uses_and_what_people_use_most(
    add: AddConnection, admin: User, project: Project
) -> None:
    connection = add()
    entity = Entity.objects.create(project=project, name="note", odoo_model="res.partner.bank")
    mapping = Mapping.objects.create(project=project, entity=entity, name="notes")
    FieldMapping.objects.create(
        project=project, mapping=mapping, target="x", source="lookup",
        spec={"model": "account.payment.term", "by": ["name"]},
    )  # fmt: skip
    job = ask_for_schema(connection, by=admin)
    execute_job(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.message) == (JobState.SUCCEEDED, "")
    for model in ("res.partner.bank", "account.payment.term", "res.country", "sale.order"):
        assert schema_of(connection, model).fields
    connection.refresh_from_db()
    assert connection.schema_taken_at is not None
    assert "base" in connection.modules


def test_the_job_fails_with_a_sentence_when_the_server_is_away(
    add: AddConnection, admin: User
) -> None:
    job = ask_for_schema(add(url="http://127.0.0.1:1"), by=admin)
    execute_job(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.traceback) == (JobState.FAILED, "")
    assert "127.0.0.1" in job.message


def test_the_job_reads_nothing_from_another_database(add: AddConnection, admin: User) -> None:
    connection = add()
    assert test_connection(connection, by=admin).ok
    Connection.objects.filter(pk=connection.pk).update(fingerprint="uuid:the-former-one")
    job = ask_for_schema(connection, by=admin)
    execute_job(str(job.pk))
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "no longer leads to the database" in job.message
    assert not OdooModel.objects.exists()


def test_a_viewer_may_not_ask(
    add: AddConnection, make_member: Callable[..., User], project: Project
) -> None:
    viewer = make_member("viewer", project=project)
    connection = add()
    with pytest.raises(NotAllowed):
        ask_for_schema(connection, by=viewer)
    with pytest.raises(NotAllowed):
        refresh_schema(connection, ["res.partner"], by=viewer)


def test_labels_in_further_languages_are_read_by_the_job_and_kept_by_a_run(
    add: AddConnection, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = add()
    monkeypatch.setattr(schema_cache, "installed_languages", lambda client: ["de_DE", "en_US"])
    words = {"de_DE": {"city": "Ort", "name": "Name"}, "en_US": {"city": "City", "name": "Name"}}
    monkeypatch.setattr(Client, "field_labels", lambda self, model, lang: words[lang])
    execute_job(str(ask_for_schema(connection, by=admin).pk))
    fields = schema_of(connection, "res.partner").fields
    assert fields["city"].labels == (("de_DE", "Ort"),)
    assert fields["name"].labels == ()
    refresh_schema(connection, ["res.partner"])
    assert schema_of(connection, "res.partner").fields["city"].labels == (("de_DE", "Ort"),)


def test_labels_are_asked_for_in_the_language(add: AddConnection) -> None:
    client = open_client(add())
    try:
        assert client.field_labels("res.partner", "en_US")["city"] == "City"
    finally:
        client.close()
