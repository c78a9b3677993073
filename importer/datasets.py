"""Verbs about datasets: files come in, are read into sheets in the background, and go."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from typing import Any, BinaryIO
from uuid import uuid4

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.text import get_valid_filename

from importer.background import Progress, ask_for_job
from importer.choices import DatasetState, JobKind
from importer.data.archives import PackedFile, packed_files
from importer.data.files import SourceFile, read_files
from importer.data.kinds import Kind, checked_kind, kind_by_name
from importer.data.options import checked_options, read_options
from importer.data.sampling import read_sample
from importer.data.sheets import WrittenSheet
from importer.data.storage import (
    local_path,
    remove_file,
    sha256_of,
    store_file,
    stored_names,
    work_dir,
)
from importer.errors import Refused
from importer.limits import MIB, current_limits, default_empty_words
from importer.models import Dataset, DatasetAsset, DatasetFile, Job, Project, Sheet, User
from importer.rights import require

_CHUNK = 1024 * 1024
_UNREAD = (DatasetState.UPLOADED, DatasetState.READING)

GivenFile = tuple[str, Path | BinaryIO]
"""What the user calls the file, and where it is or a stream of its bytes."""


@dataclass(frozen=True, slots=True)
class Received:
    """A file as it was given, on this machine for as long as its folder is."""

    path: Path
    name: str
    size: int
    sha256: str


def upload_dataset(
    *,
    by: User,
    project: Project,
    files: Sequence[GivenFile],
    name: str = "",
    options: Mapping[str, Any] | None = None,
) -> tuple[Dataset, bool]:
    """Keep the files as one dataset and ask for a job that reads them.

    The same bytes with the same options in the same project are the dataset that is known
    already: the answer's second part says whether it is new. Refused, with a sentence, for what
    can be told without reading: no files, an unknown kind, empty, too large, not what its name
    says, password-protected, a wrong option.
    """
    require(by, "upload_dataset", project)
    checked = checked_options(options)
    if not files:
        raise Refused("There is no file to upload. Choose at least one.")
    with work_dir() as work:
        received = [receive_file(given, work / str(index)) for index, given in enumerate(files)]
        sha256 = _fingerprint(received, checked)
        known = _known(by, project, sha256)
        if known:
            return known, False
        title = " ".join(name.split())[:300] or _usual_name(received)
        return _keep_files(by, project, received, checked, sha256, title)


def receive_file(given: GivenFile, target: Path) -> Received:
    """Take the file in, if need be as ``target``. Refused where it is too large, empty, of a kind
    that is not read, or not what its name says."""
    name, source = _clean_name(given[0]), given[1]
    path = source if isinstance(source, Path) else _copied(source, target, name)
    size = path.stat().st_size
    if size > current_limits().file_bytes:
        raise _too_large(name)
    checked_kind(path, name)
    return Received(path, name, size, sha256_of(path))


def _clean_name(name: str) -> str:
    last = PurePath(name.replace("\\", "/")).name
    return "".join(letter for letter in last if letter.isprintable())[-300:] or "file"


def _copied(source: BinaryIO, target: Path, name: str) -> Path:
    left = current_limits().file_bytes
    with target.open("wb") as out:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise _too_large(name)
            out.write(chunk)
    return target


def _too_large(name: str) -> Refused:
    limit = current_limits().file_bytes // MIB
    return Refused(f"“{name}” is larger than {limit:,} MB. Divide it into several files.")


def _fingerprint(received: Sequence[Received], options: Mapping[str, Any]) -> str:
    parts = {"files": sorted(file.sha256 for file in received), "options": dict(options)}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _usual_name(received: Sequence[Received]) -> str:
    first = PurePath(received[0].name).stem
    return first if len(received) == 1 else f"{first} and {len(received) - 1} more"


@transaction.atomic
def _known(by: User, project: Project, sha256: str) -> Dataset | None:
    """The dataset with these bytes; one whose reading failed is read again."""
    dataset = Dataset.objects.filter(project=project, sha256=sha256).first()
    if dataset and _failed(dataset).update(state=DatasetState.UPLOADED, error=""):
        dataset.refresh_from_db()
        _ask_to_read(by, dataset)
    return dataset


def _failed(dataset: Dataset) -> Any:
    return Dataset.objects.filter(pk=dataset.pk, state=DatasetState.FAILED)


def _ask_to_read(by: User, dataset: Dataset) -> None:
    ask_for_job(by=by, project=dataset.project, kind=JobKind.READ_DATASET, object_id=dataset.pk)


def _keep_files(
    by: User,
    project: Project,
    received: Sequence[Received],
    options: dict[str, Any],
    sha256: str,
    name: str,
) -> tuple[Dataset, bool]:
    dataset = Dataset(
        pk=uuid4(), project=project, name=name, sha256=sha256, options=options, created_by=by
    )
    stored = [
        store_file(file.path, f"datasets/{dataset.pk}/files/{index}-{_storable(file.name)}")
        for index, file in enumerate(received)
    ]
    other = _record(by, dataset, received, stored)
    if other:
        _remove_files(stored)
        return other, False
    return dataset, True


def _remove_files(names: Sequence[str]) -> None:
    for name in names:
        remove_file(name)


def _storable(name: str) -> str:
    return get_valid_filename(name)[-80:].lstrip(".") or "file"


@transaction.atomic
def _record(
    by: User, dataset: Dataset, received: Sequence[Received], stored: Sequence[str]
) -> Dataset | None:
    """Write the rows; or the dataset that another upload of the same bytes made meanwhile."""
    Project.objects.select_for_update(no_key=True).get(pk=dataset.project_id)
    other = _known(by, dataset.project, dataset.sha256)
    if other:
        return other
    dataset.save(force_insert=True)
    DatasetFile.objects.bulk_create(
        DatasetFile(
            project=dataset.project,
            dataset=dataset,
            name=file.name,
            size=file.size,
            sha256=file.sha256,
            stored_as=stored_name,
        )
        for file, stored_name in zip(received, stored, strict=True)
    )
    _ask_to_read(by, dataset)
    return None


def do_read_job(job: Job, progress: Progress) -> None:
    """The body of a job of kind read_dataset."""
    dataset = Dataset.objects.filter(pk=job.object_id).first()
    if dataset is None:
        raise Refused("The dataset was deleted before it was read.")
    read_dataset(dataset, progress)


def after_failed_read(job: Job, sentence: str) -> None:
    """The dataset of a reading job that ended without success says why."""
    Dataset.objects.filter(pk=job.object_id, state__in=_UNREAD).update(
        state=DatasetState.FAILED, error=sentence
    )


def read_dataset(dataset: Dataset, progress: Progress) -> None:
    """Read the files into sheets, all of them or none. Safe to run twice and at once: the first
    to finish wins. Refused names file, sheet and row."""
    unread = Dataset.objects.filter(pk=dataset.pk, state__in=_UNREAD)
    if not unread.update(state=DatasetState.READING, error=""):
        return
    files = list(dataset.files.order_by("id"))
    total = sum(file.size for file in files)
    sources = [SourceFile(local_path(file.stored_as), file.name) for file in files]
    options = read_options(dataset.options)
    with work_dir() as work:
        written = list(
            read_files(
                sources,
                options,
                current_limits(),
                work,
                lambda done, message: progress.report(done, total, message),
            )
        )
        if not written:
            raise Refused(
                "There is no sheet among these files, only files that the rows of a sheet could "
                "name. Upload the sheet together with them."
            )
        packed = [
            (file, one)
            for file, source in zip(files, sources, strict=True)
            if kind_by_name(file.name) is Kind.ARCHIVE
            for one in packed_files(source.path, file.name)
        ]
        _keep_sheets(dataset, [(files[index], sheet) for index, sheet in written], packed)


def _keep_sheets(
    dataset: Dataset,
    written: Sequence[tuple[DatasetFile, WrittenSheet]],
    packed: Sequence[tuple[DatasetFile, PackedFile]],
) -> None:
    folder = f"datasets/{dataset.pk}/sheets"
    stored = [
        store_file(sheet.path, f"{folder}/{position}.parquet")
        for position, (_, sheet) in enumerate(written)
    ]
    if _record_sheets(dataset, written, stored, packed):
        # What a process that was killed left behind goes too.
        stored = [name for name in stored_names(folder) if name not in stored]
    _remove_files(stored)


@transaction.atomic
def _record_sheets(
    dataset: Dataset,
    written: Sequence[tuple[DatasetFile, WrittenSheet]],
    stored: Sequence[str],
    packed: Sequence[tuple[DatasetFile, PackedFile]],
) -> bool:
    """Write the sheets' rows; False when there is nothing left to write them for."""
    unread = Dataset.objects.filter(pk=dataset.pk, state__in=_UNREAD)
    if not unread.update(state=DatasetState.READY, ready_at=timezone.now()):
        return False
    ask_for_job(
        by=dataset.created_by,
        project=dataset.project,
        kind=JobKind.PROFILE_DATASET,
        object_id=dataset.pk,
    )
    Sheet.objects.bulk_create(
        Sheet(
            project_id=dataset.project_id,
            dataset=dataset,
            file=file,
            name=sheet.name,
            position=position,
            columns=sheet.columns,
            n_rows=sheet.n_rows,
            header_row=sheet.header_row,
            stored_as=stored[position],
            sha256=sheet.sha256,
            notices=[notice.as_dict() for notice in sheet.notices],
        )
        for position, (file, sheet) in enumerate(written)
    )
    DatasetAsset.objects.bulk_create(
        [
            DatasetAsset(
                project_id=dataset.project_id,
                dataset=dataset,
                file=file,
                name=one.name,
                member=one.member,
                size=one.size,
                sha256=one.sha256,
            )
            for file, one in packed
        ],
        batch_size=1000,
    )
    return True


def empty_words_of(dataset: Dataset) -> list[str]:
    """The words that mean an empty cell in this dataset; they are applied at preparing."""
    return list(dataset.options.get("empty_words", default_empty_words()))


def sample_rows(sheet: Sheet, *, offset: int = 0, limit: int = 50) -> list[dict[str, Any]]:
    """Rows of the sheet in the order of the file, from ``offset`` on: ``_row`` and each cell's
    text, None where the file has nothing. At most 1 000 at a time."""
    return read_sample(local_path(sheet.stored_as), offset=max(offset, 0), limit=min(limit, 1_000))


def delete_dataset(*, by: User, dataset: Dataset) -> None:
    """Remove a dataset with its files. Refused while a run or another dataset is made from it."""
    require(by, "delete_dataset", dataset.project)
    names = [
        *dataset.files.values_list("stored_as", flat=True),
        *dataset.sheets.values_list("stored_as", flat=True),
        *dataset.workbooks.values_list("stored_as", flat=True),
    ]
    try:
        with transaction.atomic():
            dataset.delete()
            transaction.on_commit(partial(_remove_files, _unused(names)))
    except ProtectedError as error:
        raise Refused(
            f"“{dataset}” cannot be deleted: a run or another dataset is made from it, and its "
            "rows could no longer be traced to their source."
        ) from error


def _unused(names: Sequence[str]) -> list[str]:
    """Those that no row names any more: a corrected dataset shares files with the first."""
    used = set(DatasetFile.objects.filter(stored_as__in=names).values_list("stored_as", flat=True))
    used |= set(Sheet.objects.filter(stored_as__in=names).values_list("stored_as", flat=True))
    return [name for name in names if name not in used]
