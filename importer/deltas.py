"""Verbs that compare two sheets of one entity: a newer file with an older one, or with what was
loaded last into a connection. Reads our own files only; sends nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db.models import Exists, OuterRef

from importer.choices import DatasetState, LoadKind, LoadState
from importer.data.delta import Comparison, Side, comparing
from importer.data.storage import local_path, work_dir
from importer.datasets import empty_words_of
from importer.errors import Refused
from importer.models import Connection, Entity, Load, Sheet, User
from importer.rights import require


@contextmanager
def compare_sheets(
    *, by: User, old: Sheet, new: Sheet, key_columns: Sequence[str]
) -> Iterator[Comparison]:
    """What is new, changed, unchanged and vanished in ``new``; open while its rows are read.
    Raises NotAllowed, Refused (other projects, datasets not read, a key column that is missing)."""
    require(by, "compare_sheets", new.project)
    if old.project_id != new.project_id:
        raise Refused("The two sheets belong to different projects.")
    if old.pk == new.pk:
        raise Refused("This is one and the same sheet. Choose another one to compare it with.")
    for sheet in (old, new):
        if sheet.dataset.state != DatasetState.READY:
            raise Refused(f"The dataset “{sheet.dataset}” has not been read yet.")
    with (
        work_dir() as folder,
        comparing(_side(old), _side(new), key_columns, work=folder) as found,
    ):
        yield found


def _side(sheet: Sheet) -> Side:
    return Side(
        f"{sheet.name} of {sheet.dataset}",
        local_path(sheet.stored_as),
        tuple(sheet.column_names),
        tuple(empty_words_of(sheet.dataset)),
    )


def last_loaded(entity: Entity, connection: Connection) -> Sheet:
    """The sheet of the entity that was last loaded whole into the connection, and not undone.
    Raises Refused where there is none."""
    undone = Load.objects.filter(
        reverts=OuterRef("pk"), kind=LoadKind.UNDO, dry_run=False, state=LoadState.DONE
    )
    found = (
        Load.objects.filter(
            kind=LoadKind.LOAD,
            entity=entity,
            connection=connection,
            dry_run=False,
            keys=None,
            state=LoadState.DONE,
            sheet__isnull=False,
        )
        .exclude(mapping__has_any_keys=["is_link", "stub", "lang"])
        .exclude(Exists(undone))
        .select_related("sheet__dataset", "sheet__project")
        .order_by("-pk")
        .first()
    )
    if found is None or found.sheet is None:
        raise Refused(f"No whole sheet of “{entity}” was loaded into “{connection}” yet.")
    return found.sheet
