"""Stored files last; working directories go with the process that made them."""

import io
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.files import File
from django.core.files.storage import Storage, default_storage

from importer.data import storage
from importer.data.storage import local_path, remove_file, sha256_of, store_file, work_dir
from importer.limits import work_root
from tests.own_services import PROJECT


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.bin"
    path.write_bytes(b"content")
    return path


def test_a_stored_file_can_be_read_where_it_lies_and_removed_twice(file: Path) -> None:
    name = store_file(file, "test/a.bin")
    assert local_path(name).read_bytes() == b"content"
    remove_file(name)
    remove_file(name)
    with pytest.raises(FileNotFoundError):
        local_path(name)


class _Remote(Storage):
    """Like an object store: it has no local paths."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def _save(self, name: str, content: Any) -> str:
        self.kept[name] = content.read()
        return name

    def _open(self, name: str, mode: str = "rb") -> Any:
        return File(io.BytesIO(self.kept[name]))

    def exists(self, name: str) -> bool:
        return name in self.kept

    def delete(self, name: str) -> None:
        self.kept.pop(name, None)


def test_a_storage_without_paths_is_copied_once(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = _Remote()
    monkeypatch.setattr(storage, "default_storage", remote)
    name = store_file(file, "far/a.bin")
    first = local_path(name)
    assert first.read_bytes() == b"content"
    remote.kept[name] = b"another"  # never happens, but would show a second copying
    assert local_path(name).read_bytes() == b"content"
    remove_file(name)
    assert not first.exists()


def test_a_second_file_of_the_same_name_gets_another(file: Path) -> None:
    first, second = store_file(file, "test/b.bin"), store_file(file, "test/b.bin")
    assert first != second
    assert default_storage.exists(first)


def test_the_hash_is_of_the_content(file: Path) -> None:
    assert sha256_of(file).startswith("ed7002b439e9ac845f22357d822bac14")


def test_a_working_directory_goes_at_the_end() -> None:
    with work_dir() as first, work_dir() as second:
        (first / "x").write_text("x")
        assert first != second
    assert not first.exists()
    assert not second.exists()


HOLD = """
import django, sys, time
django.setup()
from importer.data.storage import work_dir
with work_dir() as path:
    (path / "big").write_text("x")
    print(path, flush=True)
    time.sleep(60)
"""


def test_what_a_killed_process_left_goes_at_the_next_call(monkeypatch: Any) -> None:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.settings")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        with work_dir():
            assert (left / "big").exists()
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert left.is_relative_to(work_root())
    assert left.exists()
    with work_dir():
        assert not left.exists()
