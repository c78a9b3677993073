"""What a zip archive, or a workbook that is one, really unpacks to, before anything trusts it."""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from importer.errors import Refused
from importer.limits import Limits

_CHUNK = 1024 * 1024
_LOCAL_HEADER = 30
_ENCRYPTED = 0x1
_MAX_MEMBERS = 10_000
FILES_FOLDER = "files"


def check_archive(archive: zipfile.ZipFile, name: str, limits: Limits) -> None:
    """Refused when the archive needs a password, holds too many members, or unpacks to more than
    is allowed: by what it says, and by really inflating it without keeping anything, since the
    sizes it states may be lies."""
    members = archive.infolist()
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise Refused(f"“{name}” is password-protected. Save it without one and upload it again.")
    if len(members) > _MAX_MEMBERS:
        raise Refused(f"“{name}” holds {len(members):,} files; at most {_MAX_MEMBERS:,} are read.")
    left = limits.unzipped_bytes
    if sum(member.file_size for member in members) > left:
        raise _bomb(name, limits)
    for member in members:
        left -= _true_size(archive, member, name, left)
        if left < 0:
            raise _bomb(name, limits)


def _bomb(name: str, limits: Limits) -> Refused:
    return Refused(
        f"“{name}” unpacks to more than {limits.unzipped_bytes // (1024 * 1024):,} MB and was not "
        "opened: it may be a zip bomb. Upload smaller files."
    )


def _true_size(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, most: int) -> int:
    """Bytes the member inflates to, counted up to just above ``most``."""
    if member.compress_type == zipfile.ZIP_STORED:
        return member.compress_size
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise Refused(f"“{name}” is packed in an unusual way; pack it as a plain zip.")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    size = 0
    try:
        for chunk in _packed(archive, member):
            pending = chunk
            while pending and size <= most:
                size += len(inflater.decompress(pending, _CHUNK))
                pending = inflater.unconsumed_tail
            if size > most or inflater.eof:
                break
    except zlib.error as error:
        raise _damaged(name, member) from error
    return size


def _packed(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    assert archive.filename is not None
    with Path(archive.filename).open("rb") as stream:
        stream.seek(member.header_offset)
        header = stream.read(_LOCAL_HEADER)
        names = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        stream.seek(names, 1)
        left = member.compress_size
        while left > 0 and (chunk := stream.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk


def _damaged(name: str, member: zipfile.ZipInfo) -> Refused:
    return Refused(f"“{name}” is damaged: its part “{member.filename}” cannot be unpacked.")


def data_members(archive: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, str]]:
    """The archive's files with the names they go by here: their path inside it, without the
    folder all of them share; what file managers put in of their own is left out."""
    members = [member for member in archive.infolist() if not _is_litter(member)]
    paths = [PurePosixPath(member.filename.replace("\\", "/").lstrip("/")) for member in members]
    while paths and all(len(path.parts) > 1 for path in paths):
        if len({path.parts[0] for path in paths}) > 1:
            break
        paths = [PurePosixPath(*path.parts[1:]) for path in paths]
    return [(member, str(path)) for member, path in zip(members, paths, strict=True)]


def is_only_file(member: zipfile.ZipInfo) -> bool:
    """Whether the member is in a folder named ``files``: never read as a sheet, whatever it is."""
    parts = PurePosixPath(member.filename.replace("\\", "/")).parts
    return any(part.lower() == FILES_FOLDER for part in parts[:-1])


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file of an archive that rows may name. ``member``: as the archive has it."""

    name: str
    member: str
    size: int
    sha256: str


def packed_files(path: Path, archive_name: str) -> Iterator[PackedFile]:
    """Every file of an archive that was checked before, with its true size. Refused names the first
    one that is damaged."""
    with zipfile.ZipFile(path) as archive:
        for member, name in data_members(archive):
            try:
                size, digest = _measured(archive, member)
            except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                raise _damaged(archive_name, member) from error
            yield PackedFile(name, member.filename, size, digest)


def _measured(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[int, str]:
    digest, size = sha256(), 0
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def _is_litter(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename.replace("\\", "/")).parts
    return (
        member.is_dir()
        or not parts
        or parts[0] == "__MACOSX"
        or parts[-1].startswith(".")
        or parts[-1].lower() in ("thumbs.db", "desktop.ini")
    )


def unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, name: str) -> Path:
    """Write one member to ``target``, a path of our own choosing. Its size was checked before."""
    try:
        with archive.open(member) as source, target.open("wb") as out:
            while chunk := source.read(_CHUNK):
                out.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise _damaged(name, member) from error
    return target
