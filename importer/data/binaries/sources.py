"""Where the files of one preparation come from: base64 in the sheet, the dataset's archives, hosts
that the project allows. Knows no Django.
"""

import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from importer.data.binaries.fetching import Fetching, checked_address
from importer.data.binaries.judging import BadFile, NoAnswer, Wanted, from_base64, judged

ORIGINS = ("base64", "file", "url")
MOST_BYTES = 20 * 1024 * 1024
"""Of one file where nothing else is said."""


MOST_SILENT = 8
"""Addresses of one host that in a row got no answer, each of which takes half a minute, before the
others are not asked for."""


class Stopped(Exception):
    """Somebody wants the preparation to end; what was taken up so far stays."""


class Keep(Protocol):
    """Puts bytes where the payloads will find them; gives their cell."""

    def __call__(self, content: bytes) -> str: ...


@dataclass(frozen=True, slots=True)
class Asset:
    """A file inside one of the dataset's archives. ``name``: as the user may write it; ``member``:
    as the archive has it."""

    name: str
    archive: Path
    member: str
    size: int


@dataclass(frozen=True)
class Files:
    """``keep`` None: nothing is kept or fetched, as in a preview. ``is_stopping``: whether somebody
    wants the preparation to end."""

    assets: Sequence[Asset] = ()
    hosts: Sequence[str] = ()
    most_bytes: int = MOST_BYTES
    keep: Keep | None = None
    is_stopping: Callable[[], bool] = bool
    _known: dict[str, list[Asset]] = field(default_factory=dict)
    _silent: Counter[str] = field(default_factory=Counter)

    def cell(self, origin: str, source: str, *, must_be_image: bool) -> str:
        """The cell for what the sheet says. BadFile says what is wrong."""
        wanted = Wanted(self.most_bytes, must_be_image)
        if origin == "url" and self.keep is None:
            checked_address(source, self.hosts)
            return source
        content = self._read(origin, source, wanted)
        cell = judged(content, wanted)
        if self.keep is not None:
            self.keep(content)
        return cell

    def _read(self, origin: str, source: str, wanted: Wanted) -> bytes:
        if origin == "base64":
            return from_base64(source)
        if origin == "url":
            return self._fetched(source, wanted)
        return self._unpacked(self._asset(source))

    def _fetched(self, source: str, wanted: Wanted) -> bytes:
        """A host that gives no answer is not waited for again and again."""
        host = checked_address(source, self.hosts).host
        if self._silent[host] >= MOST_SILENT:
            raise BadFile("url_host_silent")
        try:
            content = Fetching(self.hosts, wanted).fetch(source)
        except NoAnswer:
            self._silent[host] += 1
            raise
        except BadFile:
            self._silent[host] = 0
            raise
        self._silent[host] = 0
        return content

    def _asset(self, source: str) -> Asset:
        found = self._by_name().get(folded(source))
        if found is None:
            raise BadFile("not_found")
        if len(found) > 1:
            raise BadFile("file_ambiguous")
        return found[0]

    def _by_name(self) -> Mapping[str, list[Asset]]:
        """Whole paths first, without the folder all share or with it; a name without its folder
        where no path is the same."""
        if not self._known:
            for named in (_path, _whole_path, _last_name):
                found: dict[str, list[Asset]] = {}
                for one in self.assets:
                    found.setdefault(folded(named(one)), []).append(one)
                for name, assets in found.items():
                    self._known.setdefault(name, assets)
        return self._known

    def _unpacked(self, asset: Asset) -> bytes:
        if asset.size > self.most_bytes:
            raise BadFile("file_too_large")
        try:
            with zipfile.ZipFile(asset.archive) as archive, archive.open(asset.member) as stream:
                return stream.read(self.most_bytes + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError) as error:
            raise BadFile("file_damaged") from error


def _path(asset: Asset) -> str:
    return asset.name


def _whole_path(asset: Asset) -> str:
    return asset.member


def _last_name(asset: Asset) -> str:
    return PurePosixPath(asset.name).name


def folded(name: str) -> str:
    """Names as they are compared: slashes, case and the form of letters do not count."""
    plain = unicodedata.normalize("NFC", name.strip().replace("\\", "/"))
    return plain.removeprefix("./").strip("/").casefold()
