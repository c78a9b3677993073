"""The one small interface behind which JSON-2 and JSON-RPC stand, and the shapes it speaks.

It has ``insert_if_absent`` and ``update`` and no bare create: a create that is repeated makes
duplicates, these two may be repeated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Context = Mapping[str, Any]
Domain = Sequence[Any]
Record = dict[str, Any]
Values = Mapping[str, Any]
Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """An Odoo server's version, as it says it: ``ServerVersion(19, 0, "19.0")``."""

    major: int
    minor: int
    text: str


@dataclass(frozen=True, slots=True)
class LoadMessage:
    """One message of ``load``. Row numbers count from 0 within the rows sent; ``None`` where
    the message names no row (the cut-off warning does not)."""

    text: str
    is_error: bool
    first_row: int | None
    last_row: int | None
    field: str | None
    moreinfo: Any = None


@dataclass(frozen=True, slots=True)
class LoadAnswer:
    """The answer of ``load``: ids in row order, or ``None`` when nothing of the call was kept."""

    ids: tuple[int, ...] | None
    messages: tuple[LoadMessage, ...]


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """What ``fields_get`` says of one field, reduced to what mapping and checking need.
    ``labels``: (language, label) where another installed language has another one."""

    name: str
    label: str
    type: str
    required: bool
    readonly: bool
    store: bool
    relation: str = ""
    relation_field: str = ""
    size: int | None = None
    translate: bool = False
    company_dependent: bool = False
    depends: tuple[str, ...] = ()
    selection: tuple[tuple[str, str], ...] = ()
    searchable: bool = True
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One model as mapping and checking see it: its fields, and what ``default_get`` gives.
    ``unread_defaults`` names fields whose default Odoo refused to tell."""

    model: str
    fields: Mapping[str, FieldFacts]
    defaults: Mapping[str, Any]
    unread_defaults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReferenceFound:
    """``check_object_reference``: the record behind an external id, archived or not. ``id`` is
    ``None`` when it is not visible to this login, or when 17 and later only remember it from a
    ``load`` that was rolled back (per Odoo worker, until its caches are cleared): no proof."""

    model: str
    id: int | None


class OdooClient(Protocol):
    """One login on one Odoo database. Every method raises an ``importer.odoo.errors.OdooError``
    and nothing else for anything the server or the network does."""

    @property
    def version(self) -> ServerVersion: ...

    @property
    def uid(self) -> int: ...

    def close(self) -> None: ...

    def fields_get(self, model: str) -> dict[str, FieldFacts]: ...

    def field_labels(self, model: str, lang: str) -> dict[str, str]:
        """Field -> its label in an installed language."""
        ...

    def default_get(self, model: str, fields: Sequence[str]) -> Record: ...

    def search(
        self,
        model: str,
        domain: Domain,
        *,
        order: str = "id",
        limit: int | None = None,
        offset: int = 0,
        context: Context | None = None,
    ) -> list[int]: ...

    def search_count(
        self, model: str, domain: Domain, *, context: Context | None = None
    ) -> int: ...

    def search_read(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        order: str = "id",
        limit: int | None = None,
        offset: int = 0,
        context: Context | None = None,
    ) -> list[Record]:
        """Records as Odoo's ``read`` gives them with ``load=""``: a many2one is a bare id or
        False, x2many a list of ids."""
        ...

    def read(
        self,
        model: str,
        ids: Sequence[int],
        fields: Sequence[str],
        *,
        context: Context | None = None,
    ) -> list[Record]:
        """Like :meth:`search_read` by ids; ids that are gone are left out of the answer."""
        ...

    def insert_if_absent(
        self,
        model: str,
        fields: Sequence[str],
        rows: Sequence[Cells],
        *,
        context: Context | None = None,
    ) -> LoadAnswer:
        """``load`` with ``mode=update, noupdate``: creates what is missing by its ``id`` column,
        leaves what exists untouched, answers all ids in row order. ``fields`` must hold ``id``."""
        ...

    def update(
        self,
        model: str,
        fields: Sequence[str],
        rows: Sequence[Cells],
        *,
        context: Context | None = None,
    ) -> LoadAnswer:
        """Plain ``load`` on records that exist; ``fields`` must hold ``id`` or ``.id``."""
        ...

    def write(
        self, model: str, ids: Sequence[int], values: Values, *, context: Context | None = None
    ) -> None: ...

    def unlink(self, model: str, ids: Sequence[int], *, context: Context | None = None) -> None: ...

    def external_ids(self, model: str, ids: Sequence[int]) -> dict[int, str]:
        """``get_external_id``: id -> ``module.name``; ids without one are left out. Any login."""
        ...

    def find_reference(self, external_id: str) -> ReferenceFound | None:
        """``ir.model.data.check_object_reference``; ``None`` when there is no such external id.
        Any login, about 10 ms. Absence proves nothing while a call that creates it may run."""
        ...

    def may(self, model: str, operation: str) -> bool:
        """Whether the login's groups allow to create, read, write or unlink records of the model;
        record rules may still refuse some of them."""
        ...

    def create_record(self, model: str, values: Values) -> int:
        """Bare create, for Stowage's own bookkeeping rows in Odoo only (a fence in
        ``ir.model.data``, a ``base_import.import`` wizard); never for a user's rows."""
        ...

    def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None = None,
        *,
        arguments: Mapping[str, Any] | None = None,
        context: Context | None = None,
    ) -> Any:
        """Any other public method, by named arguments (``base_import.import.execute_import``)."""
        ...
