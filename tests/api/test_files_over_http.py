"""Files that rows name: what a dataset holds of them, and the hosts they may come from."""

import io
import json
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from importer.jobs import execute_job
from importer.models import Job, Project
from tests.api.conftest import CSV, Api, messages
from tests.engine.pictures import png


def packed() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.png", png(1))
        archive.writestr("north/b.png", png(2))
    return out.getvalue()


def test_a_zip_that_is_uploaded_beside_a_sheet_is_a_store_of_files(api: Api) -> None:
    client = api()
    files = [SimpleUploadedFile("a.csv", CSV), SimpleUploadedFile("photos.zip", packed())]
    made = client.post("/api/datasets", {"files": files}, format="multipart").json()
    execute_job(str(Job.objects.get(object_id=made["id"], kind="read_dataset").pk))
    read = client.get(f"/api/datasets/{made['id']}").json()
    assert (read["state"], len(read["sheets"]), read["n_assets"]) == ("ready", 1, 2)
    listed = client.get(f"/api/datasets/{made['id']}/assets").json()
    assert [(one["name"], one["size"]) for one in listed] == [
        ("a.png", len(png(1))),
        ("north/b.png", len(png(2))),
    ]
    rest = client.get(f"/api/datasets/{made['id']}/assets?offset=1").json()
    assert rest == listed[1:]


def test_an_admin_says_from_which_hosts_files_are_fetched(api: Api, project: Project) -> None:
    address = f"/api/projects/{project.pk}/file-hosts"
    client = api("admin")
    assert client.get("/api/projects").json()["results"][0]["file_hosts"] == []
    body = {"file_hosts": ["Images.Example.com", "10.0.0.5:8080"]}
    assert client.put(address, body, format="json").json()["file_hosts"] == [
        "images.example.com",
        "10.0.0.5:8080",
    ]
    for odd in ("http://x.com", "*.example.com", "x.com/path", "user@x.com", "x y"):
        answer = client.put(address, {"file_hosts": [odd]}, format="json")
        assert (answer.status_code, "is no host" in messages(answer)[0]) == (400, True), odd
    assert api("operator").put(address, body, format="json").status_code == 403
    project.refresh_from_db()
    assert project.file_hosts == ["images.example.com", "10.0.0.5:8080"]


def test_the_command_says_and_shows_the_same(project: Project, admin_user: object) -> None:
    out = io.StringIO()
    given = (f"--user={admin_user}", f"--project={project.name}", "--json")
    call_command("project_hosts", "images.example.com", *given, stdout=out)
    assert json.loads(out.getvalue())["file_hosts"] == ["images.example.com"]
    out = io.StringIO()
    call_command("project_hosts", "--none", *given, stdout=out)
    assert json.loads(out.getvalue())["file_hosts"] == []
