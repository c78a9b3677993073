"""Projects are made, filled with members, switched; the first page and the times suit the user."""

from typing import Any

from graphs.models import GraphRun
from graphs.runs import start_run
from importer.models import Membership, Project, User
from tests.admin.conftest import Visit, said
from tests.api.conftest import Harbour


def test_the_hosts_of_files_are_typed_one_a_line(visit: Visit, project: Project) -> None:
    client = visit("admin")
    address = f"/admin/importer/project/{project.pk}/change/"
    mine = Membership.objects.get(project=project)
    form = {
        "name": project.name,
        "file_hosts": "images.example.com\n10.0.0.5:8080",
        "memberships-TOTAL_FORMS": 1,
        "memberships-INITIAL_FORMS": 1,
        "memberships-0-id": mine.pk,
        "memberships-0-project": project.pk,
        "memberships-0-user": mine.user.username,
        "memberships-0-role": "admin",
    }
    assert client.post(address, form).status_code == 302
    project.refresh_from_db()
    assert project.file_hosts == ["images.example.com", "10.0.0.5:8080"]
    odd = client.post(address, {**form, "file_hosts": "http://x"})
    assert "“http://x” is no host" in odd.content.decode()


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
