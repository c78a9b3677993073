"""Datasets, connections, mappings, value maps and members over HTTP."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from importer.jobs import execute_job
from importer.models import Connection, Dataset, Job, Mapping, Project, ValueMap
from tests.api.conftest import CSV, RECIPE, Api, Harbour, client_of, messages
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET, sandbox


def upload(client: Any, *names: str, **more: Any) -> Any:
    files = [SimpleUploadedFile(name, CSV) for name in names]
    return client.post("/api/datasets", {"files": files, **more}, format="multipart")


def test_several_files_are_one_dataset_read_by_a_job(api: Api) -> None:
    client = api()
    answer = upload(client, "a.csv", "b.csv", name="Both", empty_words=["NULL", "none"])
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["name"], made["state"], len(made["files"])) == ("Both", "uploaded", 2)
    assert made["options"] == {"empty_words": ["NULL", "none"]}
    job = client.get(f"/api/jobs?object_id={made['id']}").json()["results"][0]
    assert (job["kind"], job["state"]) == ("read_dataset", "pending")
    execute_job(job["id"])
    read = client.get(f"/api/datasets/{made['id']}").json()
    assert read["state"] == "ready"
    assert [(sheet["name"], sheet["n_rows"]) for sheet in read["sheets"]] == [("a", 3), ("b", 3)]
    assert client.get(f"/api/jobs/{job['id']}").json()["state"] == "succeeded"


def test_the_same_file_again_is_the_known_dataset(api: Api) -> None:
    client = api()
    first, again = upload(client, "a.csv"), upload(client, "a.csv")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", b""), ("a.exe", b"MZ"), ("a.xlsx", b"no zip"), ("a.zip", b"PK\x03\x04rest")],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(
    api: Api, name: str, content: bytes
) -> None:
    answer = api().post(
        "/api/datasets", {"files": SimpleUploadedFile(name, content)}, format="multipart"
    )
    assert answer.status_code == 400
    assert messages(answer)[0].endswith(".")
    assert not Dataset.objects.exists()


@pytest.mark.parametrize("more", [{"header_row": "-1"}, {"separator": "too long"}, {"encoding": 9}])
def test_odd_options_are_refused(api: Api, more: dict[str, Any]) -> None:
    answer = upload(api(), "a.csv", **more)
    assert answer.status_code == 400
    assert messages(answer)


def test_an_upload_needs_files_in_a_form(api: Api) -> None:
    client = api()
    bodies: list[Any] = [{}, {"files": ["a"]}, []]
    for body in bodies:
        assert client.post("/api/datasets", body, format="json").status_code == 400
    assert client.post("/api/datasets", {}, format="multipart").status_code == 400


def test_a_sheets_rows_come_in_pages_as_the_file_has_them(harbour: Harbour) -> None:
    client = client_of(harbour.operator)
    sheet = harbour.dataset.sheets.get(name="categories")
    address = f"/api/datasets/{harbour.dataset.pk}/sheets/{sheet.pk}/rows"
    body = client.get(f"{address}?limit=2").json()
    assert body["columns"] == ["_row", "Code", "Name", "Parent"]
    assert body["rows"][0] == {"_row": 2, "Code": "C1", "Name": "Ropes", "Parent": None}
    assert [row["Code"] for row in client.get(f"{address}?offset=2").json()["rows"]] == ["C3"]
    for odd in ("offset=-1", "limit=abc", "offset=" + "9" * 40):
        assert client.get(f"{address}?{odd}").status_code == 400
    assert client.get(f"/api/datasets/{harbour.dataset.pk}/sheets/999999/rows").status_code == 404


def test_a_dataset_in_use_is_not_deleted(harbour: Harbour) -> None:
    client = client_of(harbour.operator)
    client.post(f"/api/graphs/{harbour.graph.pk}/run", {"dry_run": True}, format="json")
    answer = client.delete(f"/api/datasets/{harbour.dataset.pk}")
    assert (answer.status_code, "cannot be deleted" in messages(answer)[0]) == (400, True)


@pytest.fixture
def odoo() -> Iterator[str]:
    with sandbox("19") as url:
        yield url


def test_a_connection_is_made_tested_and_never_tells_its_secret(api: Api, odoo: str) -> None:
    client = api("admin")
    given = {"name": "Odoo", "url": odoo, "database": DATABASE, "login": LOGIN, "secret": SECRET}
    made = client.post("/api/connections", {**given, "environment": "sandbox"}, format="json")
    assert made.status_code == 201, made.content
    address = f"/api/connections/{made.json()['id']}"
    report = client.post(f"{address}/test").json()
    assert (report["ok"], report["version"]) == (True, "19.0")
    assert client.get(address).json()["state"] == "ready"
    client.post(f"{address}/secret", {"login": LOGIN, "secret": "another-word"}, format="json")
    wrong = client.post(f"{address}/test").json()
    assert not wrong["ok"]
    for answer in (client.get(address), client.get("/api/connections"), made):
        assert b"another-word" not in answer.content
        assert b"secret" not in answer.content
    twin = client.post("/api/connections", given, format="json")
    assert (twin.status_code, "already" in messages(twin)[0]) == (400, True)


def test_a_connection_is_changed_by_those_who_may(harbour: Harbour, api: Api) -> None:
    address = f"/api/connections/{harbour.connection.pk}"
    odd = api("admin").patch(address, {"url": "file:///etc/passwd"}, format="json")
    assert odd.status_code == 400
    changed = api("admin").patch(address, {"name": "Main", "streams": 4}, format="json")
    assert (changed.json()["name"], changed.json()["streams"]) == ("Main", 4)
    assert client_of(harbour.operator).patch(address, {"name": "x"}).status_code == 403


def test_the_schema_is_read_in_the_background(harbour: Harbour) -> None:
    client = client_of(harbour.operator)
    answer = client.post(f"/api/connections/{harbour.connection.pk}/refresh")
    assert (answer.status_code, answer.json()["kind"]) == (202, "refresh_schema")
    fields = client.get(f"/api/connections/{harbour.connection.pk}/models/res.partner/fields")
    assert (fields.status_code, fields.json()) == (200, [])


def test_a_mapping_is_made_replaced_and_deleted(api: Api) -> None:
    client = api()
    spec = RECIPE["mappings"][0]
    made = client.post("/api/mappings", spec, format="json")
    assert made.status_code == 201, made.content
    address = f"/api/mappings/{made.json()['id']}"
    assert client.get(address).json()["entity"]["name"] == "category"
    line = client.get("/api/mappings").json()["results"][0]
    assert (line["entity"], line["odoo_model"]) == ("category", "product.category")
    field = {"target": "name", "source": "constant", "spec": {"value": "x"}}
    firm = {"column": "Branch"}
    changed = client.put(
        address, {**spec, "fields": [field], "row_company": firm}, format="json"
    ).json()
    assert (changed["fields"][0]["source"], changed["row_company"]) == ("constant", firm)
    refused = client.put(address, {**spec, "row_company": {"value": "x"}}, format="json")
    assert (refused.status_code, client.get(address).json()["row_company"]) == (400, firm)
    assert client.delete(address).status_code == 204
    assert not Mapping.objects.exists()


def test_every_bad_field_of_a_mapping_is_named(api: Api) -> None:
    bad = {"target": "a", "source": "column", "spec": {}}
    spec = {**RECIPE["mappings"][0], "fields": [bad, {**bad, "target": "b"}]}
    answer = api().post("/api/mappings", spec, format="json")
    assert answer.status_code == 400
    assert len(messages(answer)) == 2
    assert not Mapping.objects.exists()


def test_value_maps_are_made_changed_and_kept_while_in_use(harbour: Harbour) -> None:
    client = client_of(harbour.operator)
    body = {"name": "Units", "entries": {"pc": "Units"}}
    made = client.post("/api/value-maps", body, format="json")
    assert made.status_code == 201
    twin = client.post("/api/value-maps", body, format="json")
    assert (twin.status_code, "already" in messages(twin)[0]) == (400, True)
    address = f"/api/value-maps/{made.json()['id']}"
    assert client.patch(address, {"name": "Countries"}, format="json").status_code == 400
    changed = client.patch(address, {"entries": {"pc": "Piece"}}, format="json").json()
    assert (changed["entries"], changed["name"]) == ({"pc": "Piece"}, "Units")
    field = Mapping.objects.get(name="Products").fields.first()
    assert field is not None
    field.value_map = ValueMap.objects.get(name="Units")
    field.save()
    assert "is used" in messages(client.delete(address))[0]
    field.value_map = None
    field.save()
    assert client.delete(address).status_code == 204


def test_members_come_go_and_the_last_admin_stays(
    api: Api, project: Project, other_project: Project, make_member: Callable[..., Any]
) -> None:
    client = api("admin")
    friend = make_member("viewer", project=other_project)
    address = f"/api/projects/{project.pk}/members"
    body = {"username": friend.username, "role": "operator"}
    assert client.post(address, body, format="json").json()["role"] == "operator"
    assert len(client.get(address).json()) == 2
    odd = client.post(address, {**body, "role": "king"}, format="json")
    assert odd.status_code == 400
    ghost = client.post(address, {**body, "username": "ghost"}, format="json")
    assert (ghost.status_code, "no user “ghost”" in messages(ghost)[0]) == (400, True)
    assert client.delete(f"{address}/{friend.username}").status_code == 204
    last = client.get(address).json()[0]["username"]
    kept = client.delete(f"{address}/{last}")
    assert (kept.status_code, "last admin" in messages(kept)[0]) == (400, True)
    assert api("operator").post(address, body, format="json").status_code == 403


def test_only_staff_make_projects(api: Api, django_user_model: Any) -> None:
    assert api("admin").post("/api/projects", {"name": "Mine"}, format="json").status_code == 403
    staff = django_user_model.objects.create_user("staff", password="p", is_staff=True)
    client = client_of(staff)
    made = client.post("/api/projects", {"name": "Mine"}, format="json")
    assert made.status_code == 201
    assert client.get("/api/projects").json()["results"][0]["name"] == "Mine"
    assert client.post("/api/projects", {"name": "Mine"}, format="json").status_code == 400


def test_a_changed_fingerprint_is_decided_by_an_admin(harbour: Harbour, api: Api) -> None:
    address = f"/api/connections/{harbour.connection.pk}/confirm"
    calm = api("admin").post(address, {"decision": "restored"}, format="json")
    assert (calm.status_code, "has not changed" in messages(calm)[0]) == (400, True)
    Connection.objects.update(state="changed", fingerprint_seen="b")
    assert client_of(harbour.operator).post(address, {"decision": "restored"}).status_code == 403
    done = api("admin").post(address, {"decision": "restored"}, format="json").json()
    assert (done["state"], done["fingerprint"]) == ("untested", "b")
    assert Job.objects.filter(kind="refresh_schema").count() == 0
