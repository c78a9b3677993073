"""A row names a file: inside a zip of its dataset, or at an address on a host that is allowed."""

import zipfile
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from importer import loads
from importer.choices import DatasetState
from importer.datasets import read_dataset, upload_dataset
from importer.errors import Refused
from importer.models import Attempt, Dataset, DatasetAsset, Load, User
from tests.engine.loading import Harbour, column, issues
from tests.engine.pictures import file_field, png, text_of
from tests.engine.test_lost_answers_are_settled import run_out


class Silent:
    def report(self, done: int, total: int, message: str = "") -> None:
        pass


def packed(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def dataset_of(harbour: Harbour, *paths: Path) -> Dataset:
    user = User.objects.create(username="u", is_superuser=True)
    given = [(path.name, path) for path in paths]
    dataset, _ = upload_dataset(by=user, project=harbour.project, files=given)
    read_dataset(dataset, Silent())  # type: ignore[arg-type]
    dataset.refresh_from_db()
    return dataset


def load_named(harbour: Harbour, dataset: Dataset, origin: str, **more: str) -> Load:
    entity = harbour.entity("partner", "res.partner")
    fields = [column("name"), file_field("image_1920", "photo", origin, **more)]
    load = loads.open_load(
        project=harbour.project,
        connection=harbour.connection,
        entity=entity,
        frozen=harbour.frozen(entity, fields),
        sheet=dataset.sheets.get(),
        dry_run=False,
        keys=None,
    )
    return run_out(harbour, load)


def images(harbour: Harbour) -> dict[str, str]:
    found = harbour.read("res.partner", [["name", "=like", "Q%"]], ["name", "image_1920"])
    return {one["name"]: one["image_1920"] or "" for one in found}


def sheet(path: Path, *photos: str) -> Path:
    lines = [f"Q{n},Q{n},{photo}" for n, photo in enumerate(photos)]
    path.write_text("\n".join(["code,name,photo", *lines]) + "\n", encoding="utf-8")
    return path


def test_rows_name_files_inside_the_zip_that_was_uploaded_with_them(
    harbour: Harbour, tmp_path: Path
) -> None:
    archive = packed(
        tmp_path / "photos.zip",
        {"photos/north/a.PNG": png(1), "photos/b.png": png(2), "photos/notes.bin": b"text"},
    )
    rows = sheet(
        tmp_path / "p.csv", "north/a.png", "b.png", "PHOTOS\\NORTH\\A.png", "c.png", "notes.bin"
    )
    dataset = dataset_of(harbour, rows, archive)
    assert dataset.state == DatasetState.READY
    assert sorted(DatasetAsset.objects.values_list("name", "size"))[0] == ("b.png", len(png(2)))
    load = load_named(harbour, dataset, "file")
    assert (load.created, load.failed) == (3, 2)
    expected = {"Q0": text_of(png(1)), "Q1": text_of(png(2)), "Q2": text_of(png(1))}
    assert images(harbour) == expected
    told = {one.row: (one.sheet, one.column, one.code) for one in issues(load)}
    assert told == {5: ("p", "photo", "not_found"), 6: ("p", "photo", "not_an_image")}


def test_a_damaged_file_in_an_archive_is_named(harbour: Harbour, tmp_path: Path) -> None:
    archive = packed(tmp_path / "photos.zip", {"a.png": png(1), "b.png": png(2)})
    content = bytearray(archive.read_bytes())
    content[content.rfind(b"PK\x01\x02") + 16] ^= 0xFF  # what the last one's bytes should sum to
    archive.write_bytes(content)
    with pytest.raises(Refused, match="“photos.zip” is damaged: its part “b.png”"):
        dataset_of(harbour, sheet(tmp_path / "p.csv", "a.png"), archive)


def test_a_name_that_several_files_have_is_no_guess(harbour: Harbour, tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", {"x/a.png": png(1), "y/a.png": png(2)})
    dataset = dataset_of(harbour, sheet(tmp_path / "p.csv", "a.png", "y/a.png"), archive)
    load = load_named(harbour, dataset, "file")
    assert [(one.row, one.code) for one in issues(load)] == [(2, "file_ambiguous")]
    assert images(harbour) == {"Q1": text_of(png(2))}


def test_what_is_in_a_folder_named_files_is_never_read_as_a_sheet(
    harbour: Harbour, tmp_path: Path
) -> None:
    archive = packed(
        tmp_path / "all.zip",
        {"p.csv": b"code,name\nQ0,Q0\n", "files/contract.csv": b"no,table\n\x00"},
    )
    dataset = dataset_of(harbour, archive)
    assert [one.name for one in dataset.sheets.all()] == ["p"]
    assert {one.name for one in dataset.assets.all()} == {"p.csv", "files/contract.csv"}


def test_files_without_a_sheet_are_refused_with_a_sentence(
    harbour: Harbour, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="There is no sheet among these files"):
        dataset_of(harbour, packed(tmp_path / "photos.zip", {"a.png": png(1)}))


class Pages(BaseHTTPRequestHandler):
    """A small host: pictures, a page, a move elsewhere, too much."""

    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        kind, body = "image/png", png(5)
        if self.path.startswith("/page"):
            kind, body = "text/html", b"<html>log in</html>"
        if self.path.startswith("/large"):
            body = png(6, padding=2_000_000)
        if self.path.startswith("/moved"):
            self.send_response(302)
            away = f"http://{self.path.partition('?')[2] or '1.1.1.1'}/"
            self.send_header("Location", "/fine.png" if "here" in self.path else away)
            self.end_headers()
            return
        if self.path.startswith("/gone"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) + (5 if "short" in self.path else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def host() -> Iterator[str]:
    Pages.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def allow(harbour: Harbour, *hosts: str) -> None:
    harbour.project.file_hosts = list(hosts)
    harbour.project.save()


def test_files_are_fetched_from_hosts_that_are_allowed_and_sent_as_they_came(
    harbour: Harbour, tmp_path: Path, host: str
) -> None:
    allow(harbour, host)
    paths = ("/a.png", "/moved/here", "/moved/away", "/gone.png", "/page.png", "/short.png")
    rows = sheet(tmp_path / "p.csv", *(f"http://{host}{path}" for path in paths))
    load = load_named(harbour, dataset_of(harbour, rows), "url")
    told = {one.row: one.code for one in issues(load)}
    assert told == {4: "url_redirect", 5: "url_status", 6: "url_type", 7: "url_unreachable"}
    assert images(harbour) == {"Q0": text_of(png(5)), "Q1": text_of(png(5))}
    assert Attempt.objects.filter(batch__load=load).count() == 2


def test_no_host_sends_us_on_to_another_one_even_if_that_is_allowed(
    harbour: Harbour, tmp_path: Path, host: str
) -> None:
    other = f"127.0.0.1:{int(host.partition(':')[2]) - 1}"
    allow(harbour, host, other)
    rows = sheet(tmp_path / "p.csv", f"http://{host}/moved?{other}")
    load = load_named(harbour, dataset_of(harbour, rows), "url")
    assert [one.code for one in issues(load)] == ["url_redirect"]


def test_nothing_is_fetched_where_no_host_is_allowed(
    harbour: Harbour, tmp_path: Path, host: str
) -> None:
    allow(harbour, "images.example.com")
    rows = sheet(tmp_path / "p.csv", f"http://{host}/a.png", "ftp://x/y", "http://u:p@h/z")
    load = load_named(harbour, dataset_of(harbour, rows), "url")
    told = {one.row: one.code for one in issues(load)}
    assert told == {2: "url_host", 3: "url_form", 4: "url_form"}
    assert Pages.asked == []


def test_a_name_that_leads_into_a_private_network_is_not_followed(
    harbour: Harbour, tmp_path: Path, host: str
) -> None:
    port = host.partition(":")[2]
    allow(harbour, f"localhost:{port}")
    rows = sheet(tmp_path / "p.csv", f"http://localhost:{port}/a.png")
    load = load_named(harbour, dataset_of(harbour, rows), "url")
    assert [one.code for one in issues(load)] == ["url_private"]
    assert Pages.asked == []


def test_what_is_too_large_is_not_taken(
    harbour: Harbour, tmp_path: Path, host: str, settings: pytest.FixtureRequest
) -> None:
    settings.STOWAGE_MAX_BINARY_MB = 1  # type: ignore[attr-defined]
    allow(harbour, host)
    rows = sheet(tmp_path / "p.csv", f"http://{host}/large.png")
    load = load_named(harbour, dataset_of(harbour, rows), "url")
    assert [one.code for one in issues(load)] == ["file_too_large"]


def test_what_was_fetched_is_kept_so_a_lost_answer_asks_the_host_for_nothing(
    harbour: Harbour, tmp_path: Path, host: str
) -> None:
    allow(harbour, host)
    rows = sheet(tmp_path / "p.csv", f"http://{host}/a.png")
    harbour.fault("drop_before_commit", model="res.partner", method="load", times=2)
    load = load_named(harbour, dataset_of(harbour, rows), "url")
    assert (load.created, images(harbour)) == (1, {"Q0": text_of(png(5))})
    assert Pages.asked == ["/a.png"]
