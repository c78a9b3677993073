"""Verbs about profiles: a dataset's sheets are looked at in the background, and what was found is
kept until the dataset goes.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
from django.db import transaction
from django.utils import timezone

from importer.background import Progress, ask_for_job
from importer.choices import DatasetState, JobKind, JobState
from importer.data.profiling.cells import SheetFile
from importer.data.profiling.facts import VERSION, DatasetFacts
from importer.data.profiling.profile import profile_sheets
from importer.data.storage import local_path, work_dir
from importer.datasets import empty_words_of
from importer.errors import Refused
from importer.models import Dataset, DatasetProfile, Job, Sheet, SheetProfile, User
from importer.rights import require

_DELETED = "The dataset was deleted before it was profiled."


@dataclass(frozen=True, slots=True)
class KnownProfile:
    """What is there of a dataset's profile: the facts, or how far the job is that makes them.
    ``state``: none, pending, running, ready, failed or errored; ``message`` says why it failed."""

    state: str
    message: str = ""
    facts: DatasetFacts | None = None
    made_at: datetime | None = None
    seconds: float | None = None


def profile_dataset(*, by: User, dataset: Dataset) -> Job:
    """Ask for a job that profiles the dataset, anew if it was profiled before. Refused unless the
    dataset has been read."""
    require(by, "profile_dataset", dataset.project)
    if dataset.state != DatasetState.READY:
        raise Refused(f"“{dataset}” has not been read yet, so there is nothing to profile.")
    return ask_for_job(
        by=by, project=dataset.project, kind=JobKind.PROFILE_DATASET, object_id=dataset.pk
    )


def profile_of(dataset: Dataset) -> KnownProfile:
    """The newest profile of the dataset; while it is made anew, the one before stays."""
    job = (
        Job.objects.filter(object_id=dataset.pk, kind=JobKind.PROFILE_DATASET)
        .order_by("-created_at")
        .first()
    )
    kept = DatasetProfile.objects.filter(dataset=dataset, version=VERSION).first()
    if kept is None:
        return _not_yet(job)
    state = job.state if job and job.state in (JobState.PENDING, JobState.RUNNING) else "ready"
    return KnownProfile(state, "", _facts(kept), kept.made_at, kept.seconds)


def _not_yet(job: Job | None) -> KnownProfile:
    if job is None or job.state == JobState.SUCCEEDED:
        return KnownProfile("none")
    return KnownProfile(job.state, job.message)


def _facts(kept: DatasetProfile) -> DatasetFacts:
    sheets = list(kept.sheets.values_list("facts", flat=True))
    return DatasetFacts.of({**kept.facts, "sheets": sheets})


def do_profile_job(job: Job, progress: Progress) -> None:
    """The body of a job of kind profile_dataset."""
    dataset = Dataset.objects.filter(pk=job.object_id).first()
    if dataset is None:
        raise Refused(_DELETED)
    began = time.monotonic()
    try:
        sheets, facts = _look(dataset, progress)
    except (FileNotFoundError, duckdb.IOException) as error:
        if Dataset.objects.filter(pk=dataset.pk).exists():
            raise
        raise Refused(_DELETED) from error
    _keep(dataset, sheets, facts, time.monotonic() - began)


def _look(dataset: Dataset, progress: Progress) -> tuple[list[Sheet], DatasetFacts]:
    sheets = list(dataset.sheets.order_by("position"))
    with work_dir() as work:
        facts = profile_sheets(
            [_sheet_file(sheet) for sheet in sheets],
            empty_words=empty_words_of(dataset),
            work=work,
            told=progress.report,
        )
    return sheets, facts


def _sheet_file(sheet: Sheet) -> SheetFile:
    columns = tuple((one["name"], one["header"] or "") for one in sheet.columns)
    notices = tuple(
        (one["code"], one["message"], one["row"], one["count"]) for one in sheet.notices
    )
    return SheetFile(sheet.name, local_path(sheet.stored_as), sheet.n_rows, columns, notices)


@transaction.atomic
def _keep(dataset: Dataset, sheets: Sequence[Sheet], facts: DatasetFacts, seconds: float) -> None:
    """In place of what was known before. Two jobs at once keep one of two equal profiles."""
    if not Dataset.objects.select_for_update().filter(pk=dataset.pk).exists():
        raise Refused(_DELETED)
    DatasetProfile.objects.filter(dataset=dataset).delete()
    whole = facts.as_json()
    of_sheets = whole.pop("sheets")
    profile = DatasetProfile.objects.create(
        project_id=dataset.project_id,
        dataset=dataset,
        version=VERSION,
        score=facts.score,
        facts=whole,
        seconds=round(seconds, 2),
        made_at=timezone.now(),
    )
    SheetProfile.objects.bulk_create(
        SheetProfile(
            project_id=dataset.project_id,
            profile=profile,
            sheet=sheet,
            score=found["score"],
            facts=found,
        )
        for sheet, found in zip(sheets, of_sheets, strict=True)
    )
