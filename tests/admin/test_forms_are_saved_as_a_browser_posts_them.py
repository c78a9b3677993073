"""Each form of the admin is posted with every field that its page shows, as a browser does."""

import pytest
from django.test import Client

from graphs.models import Graph
from importer.connections import change_secret
from importer.models import Connection, Entity, Mapping, User, ValueMap
from tests.admin.conftest import Visit, filled_form
from tests.api.conftest import Harbour


def test_a_graph_is_saved_with_the_dataset_it_is_usually_run_with(
    harbour: Harbour, visit: Visit
) -> None:
    client = visit()
    address = f"/admin/graphs/graph/{harbour.graph.pk}/change/"
    form = filled_form(client, address, "graph_form")
    assert str(harbour.dataset.pk) in form.values()
    answer = client.post(address, {**form, "name": "Renamed"})
    assert (answer.status_code, answer["location"]) == (302, "/admin/graphs/graph/")
    harbour.graph.refresh_from_db()
    assert (harbour.graph.name, harbour.graph.dataset) == ("Renamed", harbour.dataset)
    added = filled_form(client, "/admin/graphs/graph/add/", "graph_form")
    spec = {"spec": '{"nodes": [], "edges": []}'}
    made = client.post("/admin/graphs/graph/add/", {**added, **spec, "name": "Another"})
    assert made.status_code == 302, made.context["errors"]
    assert Graph.objects.get(name="Another").dataset is None


def _admin(client: Client) -> User:
    return User.objects.get(pk=client.session["_auth_user_id"])


@pytest.mark.parametrize("model", [Connection, Entity, Mapping, ValueMap])
def test_a_form_that_is_saved_unchanged_changes_nothing(
    harbour: Harbour, visit: Visit, model: type[Connection]
) -> None:
    client = visit("admin")
    change_secret(by=_admin(client), connection=harbour.connection, login="a", secret="s")
    row, name = model.objects.all()[0], model._meta.model_name
    address = f"/admin/importer/{name}/{row.pk}/change/"
    before = model.objects.filter(pk=row.pk).values().get()
    answer = client.post(address, filled_form(client, address, f"{name}_form"))
    assert answer.status_code == 302, answer.context["errors"]
    assert answer["location"] == f"/admin/importer/{name}/"
    after = model.objects.filter(pk=row.pk).values().get()
    assert after | {"updated_at": 0} == before | {"updated_at": 0}
