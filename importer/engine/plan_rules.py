"""What the planner is told and what it gives back. Pure shapes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from importer.data.wording import where

MERGED_LEVEL_ROWS = 200
MERGED_CALL_ROWS = 500
CREATE_GROUPS = 8
UPDATE_GROUPS = 16
SENT = ("create", "update")
FREE_STREAM = 32767
"""The stream of rows that have no parent to share: its batches may be under way beside each other.
"""


@dataclass(frozen=True, slots=True)
class PlanField:
    """One mapped field. ``kind``: plain, reference, lookup, binary or lines. ``fill``: the text of
    the field's plain default, where it has one; ``is_fillable``: its value as Odoo reads it out can
    be sent back as it is; ``is_restored``: ``active``, not mapped, sent as 1 to records that a
    rollback archived; ``follows``: mapped fields whose change makes Odoo compute this one anew,
    so that it is sent along with them. ``columns``: the sheet's, behind the field. ``is_held``:
    another load of the entity sends it (a reference cut out of a cycle, or all the others while
    that one is written): it has no cell here, and what the key map holds of it stays. ``adds``: its
    records are linked besides those that are there, none is taken out. ``is_apart``: a file that
    new records get in a call of its own, once they are made; ``is_number``: a reference by a field
    that holds nothing but the record's number. ``label``: its name in the layout where that is not
    the target, as of a second language."""

    target: str
    kind: str = "plain"
    columns: tuple[str, ...] = ()
    entity: str = ""
    via: str = ""
    is_list: bool = False
    may_be_missing: bool = False
    is_sensitive: bool = False
    fill: str | None = None
    is_fillable: bool = False
    is_restored: bool = False
    follows: tuple[str, ...] = ()
    is_held: bool = False
    adds: bool = False
    is_apart: bool = False
    is_number: bool = False
    label: str = ""

    @property
    def slot(self) -> str:
        """The name of its hash in a key map entry."""
        return self.label or self.target

    @property
    def cell(self) -> str:
        return f'"cell:{self.target}"'

    @property
    def place(self) -> str:
        """How a sentence about one of its cells begins."""
        return where(self.columns, self.target)


@dataclass(frozen=True, slots=True)
class ParentFiles:
    """What is known of a referenced entity. ``live``: CSV of key and ``d`` (only a database id
    leads to it) or ``x``; ``failed``: CSV of key, sheet, row; ``planned``: the plan files of the
    parent and of its stubs, given in a dry run only; ``refused``: CSV of the keys in them that Odoo
    has refused when it tried them."""

    live: Path
    failed: Path
    planned: tuple[Path, ...] = ()
    refused: Path | None = None


@dataclass(frozen=True, slots=True)
class PlanRules:
    """How verdicts are made. ``layouts``: order of the fields in a key map entry's field hashes,
    by number. ``keys``: only these; ``only_rows``: CSV of sheet rows, only these. ``is_link``: the
    load only writes references that were cut out of a cycle, to records that are there by now;
    ``made``: the plan that makes these records, given in a dry run only. ``stub_fields``: where the
    load makes stubs, the fields that ask for them; ``stub_place``: how a sentence about their cells
    begins. ``labels``: the layout, where it has fields that other loads of the entity send.
    ``by_company``: each row has its company, and a call has rows of one only. ``has_skips``: the
    prepared rows say which of them a value map leaves out. ``vanished``: CSV of known records that
    are in no row and are to be archived."""

    entity: str
    fields: tuple[PlanField, ...]
    layouts: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    on_existing: str = "upsert"
    empty_cells: str = "keep"
    streams: int = 1
    keys: tuple[str, ...] | None = None
    only_rows: Path | None = None
    together: str = ""
    is_link: bool = False
    made: Path | None = None
    stub_fields: str = ""
    stub_place: str = ""
    labels: tuple[str, ...] = ()
    by_company: bool = False
    has_skips: bool = False
    vanished: Path | None = None

    @property
    def is_stub(self) -> bool:
        return bool(self.stub_fields)

    @property
    def slots(self) -> tuple[str, ...]:
        """The order of a row's hashes in the key map."""
        return self.labels or tuple(one.slot for one in self.fields if not one.is_restored)

    @property
    def sent(self) -> tuple[PlanField, ...]:
        """The fields whose cells the prepared rows have."""
        return tuple(one for one in self.fields if not one.is_held)

    @property
    def own_references(self) -> tuple[PlanField, ...]:
        """Those of them that lead to rows of the entity itself."""
        return tuple(
            one for one in self.sent if one.kind == "reference" and one.entity == self.entity
        )

    @property
    def by_target(self) -> dict[str, PlanField]:
        return {one.target: one for one in self.fields}


@dataclass(frozen=True, slots=True)
class Portion:
    """Neighbouring rows of the plan that may share calls: one stage, verdict, group, company,
    stream. ``heavy``: where they are more than one call takes, the numbers of rows after which the
    next one would be too much."""

    stage: int
    verdict: str
    group: int
    stream: int
    first: int
    n_rows: int
    n_bytes: int
    depths: int
    header: tuple[str, ...]
    heavy: tuple[int, ...] = ()
    company: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """``counts``: verdict -> rows. ``issues``: Parquet of sheet_row, position, key, level,
    field, code, message, value. ``unknown_keys``: chosen, but of no row."""

    path: Path
    issues: Path
    counts: dict[str, int]
    portions: tuple[Portion, ...]
    unknown_keys: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One planned row; ``cells``: target -> cell, None where empty. ``origin``: adopted or found,
    where the record is there and its key map entry is still to be made; ``is_edited``: somebody
    else wrote to the record since we did; ``cut``: references that are left out when the record is
    made and written by a later pass, with their cells."""

    plan_row: int
    position: int
    sheet_row: int
    key: str
    depth: int
    fields: tuple[str, ...]
    odoo_id: int | None
    ref: str
    field_hashes: bytes
    row_hash: bytes
    cells: dict[str, str | None]
    origin: str = ""
    is_edited: bool = False
    cut: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_adopted(self) -> bool:
        """Whether this row counts as adopted, whatever is written of it."""
        return self.origin == "adopted"

    def sends(self, target: str) -> bool:
        """Whether this row has a say in the field: updates only in what changed."""
        return self.odoo_id is None or target in self.fields
