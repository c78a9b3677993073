"""What is told of one row: plain immutable shapes, each with a JSON form. Pure."""

from dataclasses import dataclass

from importer.data.profiling.as_facts import Facts


@dataclass(frozen=True, slots=True)
class FileCell(Facts):
    """One cell as the file has it; ``text`` is null where it has nothing."""

    column: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Place(Facts):
    """Where a row stands. ``derived_from``: the dataset that a corrected one was made of, empty
    where it was uploaded; ``lines``: rows of the same document, below it or in another sheet."""

    dataset_id: str
    dataset: str
    derived_from: str
    file: str
    sheet_id: int
    sheet: str
    row: int
    cells: tuple[FileCell, ...]
    is_line: bool = False


@dataclass(frozen=True, slots=True)
class ValueStep(Facts):
    """What was done with a value, and what it was afterwards."""

    what: str
    value: str | None


@dataclass(frozen=True, slots=True)
class FieldStory(Facts):
    """How one field got its value, step by step; the last one is what was prepared."""

    field: str
    source: str
    steps: tuple[ValueStep, ...]


@dataclass(frozen=True, slots=True)
class Sent(Facts):
    """One column of a call and its cell for this row."""

    column: str
    value: str


@dataclass(frozen=True, slots=True)
class AttemptTold(Facts):
    """One try of a batch. Times in UTC, ISO."""

    n: int
    sent_at: str
    ended_at: str
    outcome: str
    milliseconds: int | None
    message: str


@dataclass(frozen=True, slots=True)
class BatchTold(Facts):
    """The call a row was in. ``was_taken_out``: the row left it, refused or with nothing to do."""

    id: int
    number: int
    kind: str
    state: str
    was_taken_out: bool
    sent: tuple[Sent, ...]
    attempts: tuple[AttemptTold, ...]


@dataclass(frozen=True, slots=True)
class RowIssue(Facts):
    """One issue of the row."""

    stage: str
    level: str
    column: str
    value: str
    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class FieldImage(Facts):
    """A field of the record before and after a call, as JSON; ``closing``: at the end of the run,
    where that is another value."""

    field: str
    before: str | None
    after: str | None
    closing: str | None


@dataclass(frozen=True, slots=True)
class ImageTold(Facts):
    """What a batch found in the record and left there, in one language and company."""

    batch: int
    lang: str
    company: int
    fields: tuple[FieldImage, ...]


@dataclass(frozen=True, slots=True)
class VerdictTold(Facts):
    """What a plan said of the row, or of another row with its key. ``fields``: those that
    changed."""

    pass_number: int
    row: int | None
    verdict: str
    code: str
    reason: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoadTold(Facts):
    """One load, or one undo of a load, and what it did with the row. ``row``: in its sheet, null
    where it did not have the row; ``undone_by``: undo loads."""

    load: int
    kind: str
    entity: str
    mapping: str
    dry_run: bool
    state: str
    at: str
    dataset: str
    sheet_id: int | None
    sheet: str
    row: int | None
    verdicts: tuple[VerdictTold, ...]
    batches: tuple[BatchTold, ...]
    problems: tuple[RowIssue, ...]
    images: tuple[ImageTold, ...]
    reverts: int | None
    undone_by: tuple[int, ...]
    run: str = ""
    run_name: str = ""
    run_status: str = ""
    node: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class RecordTold(Facts):
    """The record in Odoo, as our key map has it. ``waits``: references that are still to be
    written."""

    model: str
    odoo_id: int
    external_id: str
    origin: str
    state: str
    note: str
    write_date: str
    waits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explained(Facts):
    """Everything about one key of an entity on one connection. ``record`` is null where none is
    known; ``fields``: as load ``fields_of`` prepared them; ``loads``: the newest first, ``more``
    where there are older ones than these; ``notes``: what could not be told, and why."""

    entity: str
    model: str
    connection_id: str
    connection: str
    key: tuple[str, ...]
    record: RecordTold | None
    places: tuple[Place, ...]
    fields_of: int | None
    fields: tuple[FieldStory, ...]
    loads: tuple[LoadTold, ...]
    more: bool
    notes: tuple[str, ...]
