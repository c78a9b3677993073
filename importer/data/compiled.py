"""What compiling a mapping gives: the SELECT, and what its columns mean."""

from dataclasses import dataclass, field

from importer.data.binaries.judging import CODES
from importer.data.specs import FieldSpec
from importer.data.transforms.stages import Worked
from importer.odoo.protocols import FieldFacts

SOFT_CODES = tuple(dict.fromkeys(("incomplete", "not_found", "ambiguous", *CODES)))
"""Codes that only warn where the mapping says a missing record or file leaves the field empty."""


@dataclass(frozen=True, slots=True)
class CompiledField:
    """One field of the SELECT: its columns are ``cell:<target>``, ``code:<n>``, ``value:<n>``."""

    n: int
    spec: FieldSpec
    facts: FieldFacts
    is_required: bool
    is_unique: bool = False
    """Whether Odoo keeps no two equal values of it."""

    @property
    def kind(self) -> str:
        if self.spec.source == "reference":
            return "reference"
        if self.facts.type == "binary":
            return "binary"
        return "lookup" if self.facts.relation else "plain"

    @property
    def is_soft(self) -> bool:
        return self.spec.may_be_missing and not self.is_required

    @property
    def is_list(self) -> bool:
        return bool(self.spec.separator)

    @property
    def cell(self) -> str:
        return f"cell:{self.spec.label}"

    @property
    def code(self) -> str:
        return f"code:{self.n}"

    @property
    def value(self) -> str:
        return f"value:{self.n}"


@dataclass(frozen=True, slots=True)
class RowCompany:
    """Where each row's company comes from: the sheet's columns, and what may stand there. Its
    columns of the SELECT are ``company`` (an id, 0 where the cell is empty), ``code:company`` and
    ``value:company``."""

    columns: tuple[str, ...]
    known: str


@dataclass(frozen=True, slots=True)
class SkippingInput:
    """An input some of whose values leave the row out, as the value map of that name says."""

    target: str
    columns: tuple[str, ...]
    value_map: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """``select`` reads the view ``source``, one view per entry of ``lookups`` (name of the lookup
    -> view), and the tables of ``worked``. ``totals``: names of the control totals, columns
    ``total:<n>``. ``skips``: where a value may leave its row out; columns ``skip`` (which of them
    does), ``value:skip``."""

    select: str
    fields: tuple[CompiledField, ...]
    key_columns: tuple[str, ...]
    lookups: dict[str, str] = field(default_factory=dict)
    totals: tuple[str, ...] = ()
    has_parent: bool = False
    company: RowCompany | None = None
    skips: tuple[SkippingInput, ...] = ()
    worked: tuple[Worked, ...] = ()
