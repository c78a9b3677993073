"""What preparing a sheet gives: files, their fields, counts and control totals."""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from importer.data.compiled import CompiledField


@dataclass(frozen=True, slots=True)
class PreparedField:
    """A column ``cell:<target>``. ``kind``: plain (the text to send), reference (the target's key
    text; where ``is_list``, a JSON array of keys, see ``keys.split_keys``), lookup (an external id
    or ``.id:<number>``; where ``is_list``, several joined by commas)."""

    target: str
    kind: str
    type: str
    entity: str = ""
    via: str = ""
    relation: str = ""
    is_list: bool = False
    may_be_missing: bool = False


@dataclass(frozen=True, slots=True)
class PreparedLines:
    """The lines of one one2many field, inside ``lines``."""

    field: str
    entity: str
    model: str
    fields: tuple[PreparedField, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """``path``: rows in load order; ``issues_path``: what is wrong; both Parquet. ``n_rows`` of
    which ``n_failed`` cannot be sent and ``n_skipped`` are left out by a value map; totals count
    only rows that are sent."""

    path: Path
    issues_path: Path
    sha256: str
    n_rows: int
    n_failed: int
    n_warnings: int
    fields: tuple[PreparedField, ...]
    sql: str
    lines: tuple[PreparedLines, ...] = ()
    totals: dict[str, Decimal] = field(default_factory=dict)
    n_skipped: int = 0


def prepared_field(one: CompiledField) -> PreparedField:
    """The field as the engine sees it."""
    return PreparedField(
        target=one.spec.target,
        kind=one.kind,
        type=one.facts.type,
        entity=one.spec.entity,
        via=one.spec.via,
        relation=one.facts.relation,
        is_list=one.is_list or one.facts.type == "many2many",
        may_be_missing=one.spec.may_be_missing,
    )
