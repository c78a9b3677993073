"""Makes a dataset out of another one and corrections: sheets that were corrected are written anew,
all else is shared, the first stays untouched. Called under the lock of its chain.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from django.utils import timezone

from importer.background import ask_for_job
from importer.choices import DatasetState, JobKind
from importer.data.correcting.applying import Corrected, SheetParquet, write_corrected
from importer.data.storage import local_path, remove_file, sha256_of, store_file, work_dir
from importer.models import Correction, Dataset, DatasetAsset, DatasetFile, Sheet, User

_NUMBERED = re.compile(r" \(corrected(?: (\d+))?\)$")


def derive_dataset(
    dataset: Dataset, corrections: Sequence[Correction], *, by: User, sha256: str
) -> Dataset:
    """The corrected dataset, ready; profiling it is asked for. Files that were written for it go
    again where it cannot be kept."""
    made = Dataset(
        pk=uuid4(),
        project_id=dataset.project_id,
        name=_next_name(dataset.name),
        state=DatasetState.READY,
        sha256=sha256,
        options=dataset.options,
        derived_from=dataset,
        created_by=by,
        ready_at=timezone.now(),
    )
    by_sheet: dict[str, list[Correction]] = defaultdict(list)
    for one in corrections:
        by_sheet[one.sheet].append(one)
    stored: list[str] = []
    try:
        with work_dir() as folder:
            sheets = [
                _sheet(made, sheet, by_sheet.get(sheet.name, ()), folder, stored)
                for sheet in dataset.sheets.order_by("position")
            ]
        _write(made, dataset, sheets, by)
    except BaseException:
        for name in stored:
            remove_file(name)
        raise
    return made


def _next_name(name: str) -> str:
    found = _NUMBERED.search(name)
    if found is None:
        return f"{name[:280]} (corrected)"
    return f"{name[: found.start()][:280]} (corrected {int(found[1] or 1) + 1})"


def _sheet(
    made: Dataset,
    sheet: Sheet,
    corrections: Sequence[Correction],
    folder: Path,
    stored: list[str],
) -> Sheet:
    """The row of the new dataset's sheet, not saved; its file is noted in ``stored``."""
    same = Sheet(
        project_id=sheet.project_id,
        dataset=made,
        file_id=sheet.file_id,
        name=sheet.name,
        position=sheet.position,
        columns=sheet.columns,
        n_rows=sheet.n_rows,
        header_row=sheet.header_row,
        stored_as=sheet.stored_as,
        sha256=sheet.sha256,
        notices=sheet.notices,
    )
    if not corrections:
        return same
    path = folder / f"{sheet.position}.parquet"
    same.n_rows = write_corrected(
        SheetParquet(local_path(sheet.stored_as), sheet.column_names),
        (Corrected(one.row, one.column, one.new) for one in corrections),
        path,
    )
    same.sha256 = sha256_of(path)
    same.stored_as = store_file(path, f"datasets/{made.pk}/sheets/{sheet.position}.parquet")
    stored.append(same.stored_as)
    return same


def _write(made: Dataset, dataset: Dataset, sheets: Sequence[Sheet], by: User) -> None:
    made.save(force_insert=True)
    files: dict[int, DatasetFile] = {}
    for file in dataset.files.order_by("id"):
        known, file.pk, file.dataset = file.pk, None, made
        file.save(force_insert=True)
        files[known] = file
    for sheet in sheets:
        sheet.file = files[sheet.file_id]
    Sheet.objects.bulk_create(sheets)
    assets = list(dataset.assets.order_by("id"))
    for asset in assets:
        asset.pk, asset.dataset, asset.file = None, made, files[asset.file_id]
    DatasetAsset.objects.bulk_create(assets, batch_size=1000)
    ask_for_job(by=by, project=made.project, kind=JobKind.PROFILE_DATASET, object_id=made.pk)
