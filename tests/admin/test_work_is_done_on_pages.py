"""What staff do: upload, connect, map, preview, make graphs, start and end runs, all without a
terminal; what is refused is said on the page."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from graphs.choices import RunStatus
from graphs.models import Graph, GraphRun, GraphVersion
from graphs.runs import start_run
from importer.connections import add_connection
from importer.jobs import execute_job
from importer.models import (
    Connection,
    Dataset,
    Entity,
    FieldMapping,
    Job,
    Mapping,
    Membership,
    Project,
    User,
    ValueMap,
)
from tests.admin.conftest import Visit, said
from tests.api.conftest import CSV, RECIPE, Harbour
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET, sandbox


@pytest.fixture
def odoo() -> Iterator[str]:
    with sandbox("19") as url:
        yield url


def test_a_workbook_is_uploaded_and_its_rows_are_seen(visit: Visit, project: Project) -> None:
    client = visit()
    file = SimpleUploadedFile("categories.csv", CSV)
    answer = client.post("/admin/importer/dataset/add/", {"uploads": [file], "empty_words": "NULL"})
    assert answer.status_code == 302
    dataset = Dataset.objects.get()
    assert dataset.options == {"empty_words": ["NULL"]}
    page = client.get(answer["location"]).content.decode()
    assert "being read" in page
    live = f"/admin/importer/dataset/{dataset.pk}/live/"
    assert "HX-Refresh" not in client.get(live)
    execute_job(str(Job.objects.get().pk))
    assert client.get(live)["HX-Refresh"] == "true"
    sheet = dataset.sheets.get()
    page = client.get(answer["location"]).content.decode()
    assert f"/admin/importer/sheet/{sheet.pk}/change/" in page
    rows = client.get(f"/admin/importer/sheet/{sheet.pk}/rows/").content.decode()
    assert "Anchors, small" in rows
    again = client.post(
        "/admin/importer/dataset/add/",
        {"uploads": [SimpleUploadedFile("categories.csv", CSV)], "empty_words": "NULL"},
    )
    assert "known already" in said(client, again)
    assert Dataset.objects.count() == 1


@pytest.mark.parametrize("offset", ["abc", "-1", "9" * 30, "1.5", "", "²"])
def test_an_odd_offset_shows_some_page(harbour: Harbour, visit: Visit, offset: str) -> None:
    sheet = harbour.dataset.sheets.get(name="categories")
    answer = visit().get(f"/admin/importer/sheet/{sheet.pk}/rows/?offset={offset}")
    assert answer.status_code == 200


def test_an_upload_that_is_refused_says_why(visit: Visit, project: Project) -> None:
    client = visit()
    for posted in (
        {"uploads": [SimpleUploadedFile("a.exe", b"MZ")]},
        {"uploads": [SimpleUploadedFile("a.csv", CSV)], "encoding": "what"},
        {},
    ):
        answer = client.post("/admin/importer/dataset/add/", posted)
        assert answer.status_code == 200
        assert list(answer.context["messages"]) or answer.context["form"].errors
    assert not Dataset.objects.exists()


def test_a_dataset_of_a_run_is_not_deleted(harbour: Harbour, visit: Visit) -> None:
    start_run(harbour.graph, by=harbour.operator)
    client = visit()
    address = f"/admin/importer/dataset/{harbour.dataset.pk}/delete/"
    answer = client.post(address, {"post": "yes"})
    assert Dataset.objects.filter(pk=harbour.dataset.pk).exists()
    assert answer.status_code in (200, 302, 403)
    chosen = {"action": "delete_selected", "_selected_action": [harbour.dataset.pk], "post": "yes"}
    client.post("/admin/importer/dataset/", chosen)
    assert Dataset.objects.filter(pk=harbour.dataset.pk).exists()


CONNECTION = {"name": "Odoo", "database": DATABASE, "environment": "sandbox", "login": LOGIN}


def test_a_connection_is_made_tested_and_never_shows_its_secret(
    visit: Visit, project: Project, odoo: str
) -> None:
    client = visit("admin")
    posted = {**CONNECTION, "url": odoo, "secret": SECRET}
    made = client.post("/admin/importer/connection/add/", posted)
    assert made.status_code == 302, made.context["errors"]
    connection = Connection.objects.get()
    page = f"/admin/importer/connection/{connection.pk}/change/"
    tested = client.post(f"/admin/importer/connection/{connection.pk}/do/test/")
    assert "Connected to Odoo" in said(client, tested)
    changed = {**posted, "name": "Main", "secret": "xyzzy-4711", "streams": 2,
               "answer_limit_seconds": 60, "answer_target_seconds": 8}  # fmt: skip
    assert client.post(page, changed).status_code == 302
    connection.refresh_from_db()
    assert (connection.name, connection.answer_limit_seconds) == ("Main", 60)
    wrong = client.post(f"/admin/importer/connection/{connection.pk}/do/test/")
    assert "Connected" not in said(client, wrong)
    for address in (page, "/admin/importer/connection/", f"{page[:-7]}history/", "/admin/"):
        content = client.get(address).content.decode()
        assert "xyzzy-4711" not in content
    client.post(page, {**changed, "secret": ""})
    assert "xyzzy-4711" not in client.post(page, {**changed, "url": "what"}).content.decode()


def test_a_test_is_no_get(harbour: Harbour, visit: Visit) -> None:
    client = visit("admin")
    client.get(f"/admin/importer/connection/{harbour.connection.pk}/do/test/")
    client.get(f"/admin/graphs/graph/{harbour.graph.pk}/do/publish/")
    harbour.connection.refresh_from_db()
    assert harbour.connection.tested_at is None
    assert not GraphVersion.objects.exists()


def test_a_refused_connection_keeps_what_was_typed(harbour: Harbour, visit: Visit) -> None:
    client = visit("admin")
    twin = {**CONNECTION, "url": harbour.connection.url, "database": "odoo", "secret": "s"}
    for posted in (twin, {**twin, "name": "Target", "database": "x"}):
        answer = client.post("/admin/importer/connection/add/", posted)
        assert answer.status_code == 200
        assert "already" in answer.content.decode()
        assert str(posted["name"]) in answer.content.decode()
    assert Connection.objects.count() == 1


def test_a_changed_fingerprint_is_asked_about_before_anything_is_forgotten(
    harbour: Harbour, visit: Visit
) -> None:
    client = visit("admin")
    other = f"/admin/importer/connection/{harbour.connection.pk}/do/other/"
    assert client.get(other).status_code == 404
    Connection.objects.update(state="changed", fingerprint_seen="b")
    assert "cannot be taken back" in client.get(other).content.decode()
    harbour.connection.refresh_from_db()
    assert harbour.connection.state == "changed"
    client.post(other)
    harbour.connection.refresh_from_db()
    assert (harbour.connection.state, harbour.connection.fingerprint) == ("untested", "b")


def mapping_form(**more: Any) -> dict[str, Any]:
    entity = Entity.objects.get(name="category")
    return {
        "name": "Typed",
        "entity": entity.pk,
        "on_existing": "upsert",
        "empty_cells": "keep",
        "context": "{}",
        "control_totals": "[]",
        "fields-TOTAL_FORMS": "1",
        "fields-INITIAL_FORMS": "0",
        "fields-0-position": "0",
        "fields-0-target": "name",
        "fields-0-source": "column",
        "fields-0-spec": '{"column": "Name"}',
        "fields-0-on_missing": "error",
        "fields-0-winner": "source",
        **more,
    }


def test_a_mapping_is_typed_in_with_its_fields(harbour: Harbour, visit: Visit) -> None:
    answer = visit().post("/admin/importer/mapping/add/", mapping_form())
    assert answer.status_code == 302, answer.context["errors"]
    field = FieldMapping.objects.get(mapping__name="Typed")
    assert (field.spec, field.project) == ({"column": "Name"}, harbour.project)


def test_match_rules_are_typed_one_a_line(harbour: Harbour, visit: Visit) -> None:
    rules = "name (any case)\r\n\r\nexternal id: Old id\r\n"
    answer = visit().post("/admin/importer/mapping/add/", mapping_form(match_rules=rules))
    assert answer.status_code == 302, answer.context["errors"]
    mapping = Mapping.objects.get(name="Typed")
    kept = [{"fields": ["name"], "ignore_case": True}, {"external_id_column": "Old id"}]
    assert mapping.match_rules == kept
    page = visit().get(f"/admin/importer/mapping/{mapping.pk}/change/").content.decode()
    assert "name (any case)\nexternal id: Old id</textarea>" in page


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("match_rules", "tax number", "technical names"),
        ("fields-0-spec", "{", "not JSON"),
        ("fields-0-spec", "[]", "required"),
        ("fields-0-spec", "[1]", "object"),
        ("fields-0-spec", '{"sql": 1}', "not complete"),
        ("fields-0-spec", '{"column": "\\u0000"}', "cannot be stored"),
        ("fields-0-spec", '{"column": NaN}', "NaN"),
        ("fields-0-spec", "[" * 5000, "JSON"),
        ("context", "7", "object"),
        ("control_totals", "{}", "list"),
        ("name", "Categories", "already exists"),
        ("name", "a\x00b", "Null characters"),
        ("entity", "what", "valid"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_said_on_its_form(
    harbour: Harbour, visit: Visit, name: str, value: str, words: str
) -> None:
    answer = visit().post("/admin/importer/mapping/add/", mapping_form(**{name: value}))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Mapping.objects.filter(name="Typed").exists()


def test_a_preview_shows_prepared_rows_and_their_problems(
    visit: Visit, harbour: Harbour, odoo: str
) -> None:
    user = User.objects.create_superuser("boss2")
    connection = add_connection(
        by=user, project=harbour.project, name="Live", url=odoo, database=DATABASE, login=LOGIN,
        secret=SECRET, environment="sandbox",
    )  # fmt: skip
    mapping = Mapping.objects.get(name="Categories")
    sheet = harbour.dataset.sheets.get(name="categories")
    address = f"/admin/importer/mapping/{mapping.pk}/do/preview/"
    page = visit().get(f"{address}?sheet={sheet.pk}&connection={connection.pk}")
    content = page.content.decode()
    if "schema" not in content:
        assert "Anchors, small" in content
    assert "Nothing was sent" in content or said(Client(), page)
    for odd in ("sheet=x&connection=y", "sheet=999999", ""):
        assert visit().get(f"{address}?{odd}").status_code == 200


def test_an_entity_is_made_with_its_key_and_never_renamed(harbour: Harbour, visit: Visit) -> None:
    client = visit()
    posted = {"name": "supplier", "odoo_model": "res.partner", "key_columns": "Country\r\nCode\r\n"}
    assert client.post("/admin/importer/entity/add/", posted).status_code == 302
    entity = Entity.objects.get(name="supplier")
    assert entity.key_columns == ["Country", "Code"]
    address = f"/admin/importer/entity/{entity.pk}/change/"
    client.post(address, {**posted, "name": "renamed", "alias": "Supplier"})
    entity.refresh_from_db()
    assert (entity.name, entity.alias) == ("supplier", "Supplier")
    for odd in ({**posted}, {**posted, "name": "Bad Name"}, {**posted, "key_columns": ""}):
        assert client.post("/admin/importer/entity/add/", odd).status_code == 200
    assert Entity.objects.filter(odoo_model="res.partner").count() == 1


def test_value_maps_are_typed_in_and_kept_while_used(harbour: Harbour, visit: Visit) -> None:
    client = visit()
    posted = {"name": "Units", "entries": '{"pc": "Units"}', "ignore_case": "on"}
    assert client.post("/admin/importer/valuemap/add/", posted).status_code == 302
    units = ValueMap.objects.get(name="Units")
    assert units.entries == {"pc": "Units"}
    for odd in ("[]", '{"a": ["b"]}', "{"):
        answer = client.post(
            "/admin/importer/valuemap/add/", {**posted, "name": "x", "entries": odd}
        )
        assert answer.status_code == 200, odd
    assert client.post("/admin/importer/valuemap/add/", posted).status_code == 200
    FieldMapping.objects.filter(target="name").update(value_map=units)
    address = f"/admin/importer/valuemap/{units.pk}/delete/"
    client.post(address, {"post": "yes"})
    assert ValueMap.objects.filter(pk=units.pk).exists()


def test_a_graph_is_made_from_a_file(visit: Visit, project: Project) -> None:
    client = visit()
    recipe = json.dumps(RECIPE).encode()
    answer = client.post(
        "/admin/graphs/graph/from-file/", {"file": SimpleUploadedFile("g.json", recipe)}
    )
    assert answer.status_code == 302
    graph = Graph.objects.get()
    assert answer["location"] == f"/admin/graphs/graph/{graph.pk}/change/"
    assert Mapping.objects.count() == 2
    for odd in (b"{", b"\xff", b"[]", b'{"nodes": [], "name": 5}', recipe):
        refused = client.post(
            "/admin/graphs/graph/from-file/", {"file": SimpleUploadedFile("g.json", odd)}
        )
        assert refused.status_code == 200, odd
        assert list(refused.context["messages"]) or refused.context["form"].errors
    assert Graph.objects.count() == 1
    assert visit("viewer").get("/admin/graphs/graph/from-file/").status_code == 403


def test_a_graph_is_changed_checked_and_released(harbour: Harbour, visit: Visit) -> None:
    client = visit()
    base = f"/admin/graphs/graph/{harbour.graph.pk}"
    assert "not been read" in said(client, client.post(f"{base}/do/validate/"))
    assert "version 1" in said(client, client.post(f"{base}/do/publish/"))
    posted = {"name": "Goods", "description": "", "spec": '{"nodes": []}',
              "versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0"}  # fmt: skip
    assert client.post(f"{base}/change/", posted).status_code == 302
    assert "no nodes" in said(client, client.post(f"{base}/do/publish/"))
    for odd in ("{", "[]", '"x"', "null"):
        assert client.post(f"{base}/change/", {**posted, "spec": odd}).status_code == 200
    Graph.objects.create(project=harbour.project, name="Taken")
    taken = client.post(f"{base}/change/", {**posted, "name": "Taken"})
    assert (taken.status_code, "already" in taken.content.decode()) == (200, True)


def test_a_run_is_started_cancelled_and_rolled_back_on_pages(
    harbour: Harbour, visit: Visit
) -> None:
    client = visit()
    start = f"/admin/graphs/graph/{harbour.graph.pk}/do/start/"
    assert "after categories" in client.get(start).content.decode()
    chosen = {"dataset": harbour.dataset.pk, "connection": harbour.connection.pk}
    answer = client.post(start, chosen)
    run = GraphRun.objects.get()
    assert answer["location"] == f"/admin/graphs/graphrun/{run.pk}/change/"
    page = client.get(answer["location"]).content.decode()
    assert 'hx-trigger="every 2s"' in page
    busy = client.post(start, chosen)
    assert "Target" in said(client, busy)
    base = f"/admin/graphs/graphrun/{run.pk}"
    assert "stay until you roll back" in client.get(f"{base}/do/cancel/").content.decode()
    assert "Cancelling" in said(client, client.post(f"{base}/do/cancel/"))
    GraphRun.objects.update(status=RunStatus.COMPLETED)
    assert 'hx-trigger="every 2s"' not in client.get(f"{base}/change/").content.decode()
    confirm = client.get(f"{base}/do/rollback/").content.decode()
    assert "Records to remove" in confirm
    assert GraphRun.objects.count() == 1
    rolled = client.post(f"{base}/do/rollback/", {"archive": "on"})
    undo = GraphRun.objects.get(kind="rollback")
    assert rolled["location"] == f"/admin/graphs/graphrun/{undo.pk}/change/"
    assert undo.options["archive"] is True
    again = client.post(f"{base}/do/rollback/")
    assert again.status_code == 302
    assert GraphRun.objects.count() == 2
    assert client.get(f"{base}/do/what/").status_code == 404


def test_the_log_of_a_run_is_filtered(harbour: Harbour, visit: Visit) -> None:
    run = start_run(harbour.graph, by=harbour.operator)
    address = f"/admin/graphs/graphrun/{run.pk}/logs/"
    client = visit("viewer")
    assert "asked for by" in client.get(address).content.decode()
    assert "No line fits" in client.get(f"{address}?level=error").content.decode()
    assert "asked for by" in client.get(f"{address}?level=what").content.decode()
    assert "No line fits" in client.get(f"{address}?text=%25&node=x").content.decode()


def test_a_project_is_made_filled_with_members_and_switched(
    visit: Visit, project: Project, other_project: Project, make_member: Any
) -> None:
    client = visit("admin")
    friend = make_member("viewer", project=other_project)
    address = f"/admin/importer/project/{project.pk}/change/"
    mine = Membership.objects.get(project=project)
    posted = {
        "name": project.name,
        "memberships-TOTAL_FORMS": "2",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": mine.pk,
        "memberships-0-project": project.pk,
        "memberships-0-user": mine.user.username,
        "memberships-0-role": "admin",
        "memberships-1-project": project.pk,
        "memberships-1-user": friend.username,
        "memberships-1-role": "operator",
    }
    assert client.post(address, posted).status_code == 302
    assert project.memberships.get(user=friend).role == "operator"
    ghost = client.post(address, {**posted, "memberships-1-user": "ghost"})
    assert (ghost.status_code, "no user of that name" in ghost.content.decode()) == (200, True)
    last = {**posted, "memberships-TOTAL_FORMS": "1", "memberships-0-DELETE": "on"}
    assert "last admin" in said(client, client.post(address, last))
    assert client.post("/admin/importer/project/add/", {"name": "Second"}).status_code == 302
    second = Project.objects.get(name="Second")
    mine.user.refresh_from_db()
    assert mine.user.current_project == second
    client.post("/admin/project/", {"project": project.pk})
    mine.user.refresh_from_db()
    assert mine.user.current_project == project
    for odd in (other_project.pk, "what", ""):
        assert "project" in said(client, client.post("/admin/project/", {"project": odd}))
    mine.user.refresh_from_db()
    assert mine.user.current_project == project


def test_the_first_page_says_what_to_do_until_there_is_a_run(
    visit: Visit, harbour: Harbour, django_user_model: Any
) -> None:
    client = visit()
    assert "What to do first" in client.get("/admin/").content.decode()
    run = start_run(harbour.graph, by=harbour.operator)
    page = client.get("/admin/").content.decode()
    assert str(run) in page
    lonely = django_user_model.objects.create_user("lonely", is_staff=True)
    client.force_login(lonely)
    assert "Make a project" in client.get("/admin/").content.decode()


def test_times_are_told_in_the_users_zone(visit: Visit, harbour: Harbour) -> None:
    client = visit()
    run = start_run(harbour.graph, by=harbour.operator)
    GraphRun.objects.update(created_at="2026-01-31T23:30:00Z", started_at="2026-01-31T23:30:00Z")
    page = f"/admin/graphs/graphrun/{run.pk}/change/"
    assert "2026-01-31 23:30" in client.get(page).content.decode()
    kept = client.post("/admin/own-settings/", {"time_zone": "Asia/Tokyo", "language": "en"})
    assert kept.status_code == 302
    assert "2026-02-01 08:30" in client.get(page).content.decode()
    odd = client.post("/admin/own-settings/", {"time_zone": "Moon/Base", "language": "xx"})
    assert odd.status_code == 200
    User.objects.update(time_zone="Moon/Base", language="xx")
    assert client.get(page).status_code == 200


ODD = [
    "graphs/graph/what/change/", "graphs/graph/what/do/start/", "graphs/graphrun/what/change/",
    "graphs/graphrun/00000000-0000-0000-0000-000000000000/live/", "importer/sheet/0/rows/",
    "importer/sheet/99999999999999999999999/change/", "importer/mapping/x/do/preview/",
    "importer/connection/x/do/test/", "importer/issue/?load__id__in=abc", "importer/issue/?e=1",
    "graphs/graphrun/?status__exact=what", "graphs/graphrun/?p=abc", "graphs/graphrun/?o=99.x",
    "importer/keymap/?entity__id__exact=what", "importer/dataset/?q=%00", "search/?s=a&page=x",
    "search/?s=run&page=99", "graphs/runlog/?all=", "importer/keymap/?q=%F0%9F%92%A9",
]  # fmt: skip


@pytest.mark.parametrize("address", ODD)
def test_an_odd_address_is_never_a_fault_of_ours(
    harbour: Harbour, visit: Visit, address: str
) -> None:
    assert visit("superuser").get(f"/admin/{address}").status_code in (200, 302, 400, 404)


def test_an_odd_choice_of_rows_is_a_message(harbour: Harbour, visit: Visit) -> None:
    client = visit()
    for chosen in ("what", "\x00", ""):
        posted = {"action": "delete_selected", "_selected_action": [chosen]}
        answer = client.post("/admin/graphs/graph/", posted)
        assert answer.status_code in (200, 302)
