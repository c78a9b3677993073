"""Keeps the bytes of files in the storage, by their hash, one folder a project; what is there is
never changed. Knows no model.
"""

import tempfile
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from importer.data.binaries.cells import cell_of, encoded, parsed


@dataclass(frozen=True, slots=True)
class FileStore:
    """``project``: its id."""

    project: str

    def keep(self, content: bytes) -> str:
        """Their cell. Kept by several at once they are kept once."""
        cell = cell_of(content)
        name = self._name(cell)
        if default_storage.exists(name) and default_storage.size(name) == len(content):
            return cell
        try:
            path = Path(default_storage.path(name))
        except NotImplementedError:
            _save_whole(name, content)
        else:
            _put(path, content)
        return cell

    def content(self, cell: str) -> bytes:
        """The bytes. FileNotFoundError where they are not there, or not whole any more."""
        digest, _ = parsed(cell)
        with default_storage.open(self._name(cell), "rb") as stream:
            content: bytes = stream.read()
        if sha256(content).hexdigest() != digest:
            raise FileNotFoundError(f"The stored file {digest[:8]} is damaged.")
        return content

    def encoded(self, cell: str) -> str:
        """As Odoo takes it; an empty cell stays one."""
        return encoded(self.content(cell)) if cell else ""

    def _name(self, cell: str) -> str:
        digest, _ = parsed(cell)
        return f"binaries/{self.project}/{digest[:2]}/{digest}"


def _put(path: Path, content: bytes) -> None:
    """Whole or not at all, whoever is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as draft:
        draft.write(content)
    Path(draft.name).replace(path)


def _save_whole(name: str, content: bytes) -> None:
    with suppress(FileNotFoundError):
        default_storage.delete(name)
    given = default_storage.save(name, ContentFile(content))
    if given != name:  # another process was faster; both copies are equal
        default_storage.delete(given)
