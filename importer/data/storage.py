"""Where files are kept: the default storage for what lasts, a directory of one process for what
does not. Knows no model.
"""

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from django.core.files import File
from django.core.files.storage import default_storage

from importer.limits import work_root

_CHUNK = 1024 * 1024


def store_file(path: Path, name: str) -> str:
    """Copy a local file into the default storage; the name it got there, which may differ."""
    with path.open("rb") as stream:
        return default_storage.save(name, File(stream))


def local_path(name: str) -> Path:
    """A path to read a stored file from. FileNotFoundError when the storage has none.

    A storage without local paths is copied to a cache once: stored files never change.
    """
    try:
        path = Path(default_storage.path(name))
    except NotImplementedError:
        return _cached(name)
    if not path.exists():
        raise FileNotFoundError(f"The stored file “{name}” is gone.")
    return path


def _cached(name: str) -> Path:
    cache = work_root() / "cache"
    path = cache / hashlib.sha256(name.encode()).hexdigest()
    if path.exists():
        return path
    cache.mkdir(parents=True, exist_ok=True)
    with (
        default_storage.open(name, "rb") as source,
        tempfile.NamedTemporaryFile(dir=cache, delete=False) as draft,
    ):
        shutil.copyfileobj(source, draft, _CHUNK)
    # Another process may have been faster; both copies are equal.
    return Path(draft.name).replace(path)


def is_stored(name: str) -> bool:
    """Whether the storage has the file."""
    return bool(name) and default_storage.exists(name)


def remove_file(name: str) -> None:
    """Remove a stored file; one that is gone already is no error."""
    default_storage.delete(name)
    (work_root() / "cache" / hashlib.sha256(name.encode()).hexdigest()).unlink(missing_ok=True)


def stored_names(folder: str) -> list[str]:
    """The names of the files directly in a folder of the storage; none where it does not exist."""
    try:
        return [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
    except FileNotFoundError:
        return []


def sha256_of(path: Path) -> str:
    """The file's SHA-256 as 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def work_dir() -> Iterator[Path]:
    """A directory of one's own, removed at the end; those that killed processes left behind are
    removed at the next call."""
    root = work_root() / "processes"
    root.mkdir(parents=True, exist_ok=True)
    path, held = _claimed_dir(root)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        _lock_of(path).unlink(missing_ok=True)
        held.close()


def _claimed_dir(root: Path) -> tuple[Path, BinaryIO]:
    with (root / "guard").open("wb") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        _sweep(root)
        path = Path(tempfile.mkdtemp(dir=root))
        # Goes with the process, however that ends: a lock that can be had marks an orphan.
        held = _lock_of(path).open("wb")
        fcntl.flock(held, fcntl.LOCK_EX)
        return path, held


def _lock_of(path: Path) -> Path:
    return path.with_suffix(".lock")


def _sweep(root: Path) -> None:
    for lock in root.glob("*.lock"):
        with suppress(BlockingIOError, FileNotFoundError), lock.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
            lock.unlink(missing_ok=True)
