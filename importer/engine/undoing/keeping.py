"""Writes what became of records into our own tables: key map entries, issues. Inside the batch's
transaction, set by set.
"""

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection

from importer.choices import IssueLevel, IssueStage, KeyMapOrigin, KeyMapState
from importer.engine.issues import RowProblem, add_problems
from importer.engine.keymaps import restore_entry
from importer.engine.undoing.judging import Reason
from importer.engine.undoing.plan_rows import UndoRow
from importer.models import Batch, Change, KeyMap, Load

_CHUNK = 1000


def forget(rows: Iterable[UndoRow]) -> None:
    """The records are gone: nothing is known of their keys any more."""
    KeyMap.objects.filter(pk__in=[row.keymap for row in rows if row.keymap]).delete()


def mark(said: Sequence[tuple[UndoRow, Reason]], state: KeyMapState) -> None:
    """State and reason onto the entries of records that stay."""
    known = [(row.keymap, reason.sentence) for row, reason in said if row.keymap]
    if not known:
        return
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [str(state), [one for one, _ in known], [why for _, why in known]])


_MARK = """
UPDATE importer_keymap AS k SET state = %s, note = u.note
FROM unnest(%s::bigint[], %s::text[]) AS u(id, note) WHERE k.id = u.id"""


def say(
    load: Load,
    stage: IssueStage,
    said: Iterable[tuple[UndoRow, Reason]],
    level: IssueLevel = IssueLevel.BLOCKED,
) -> None:
    """One issue for each record that was not undone as one would wish."""
    add_problems(
        load,
        stage,
        [
            RowProblem(
                position=row.plan_row,
                row=row.sheet_row,
                key=row.key,
                code=reason.code,
                message=reason.sentence,
                value=row.record,
                level=level,
            )
            for row, reason in said
        ],
    )


def give_back_entries(original: Load, rows: Sequence[UndoRow]) -> None:
    """Entries of restored records say again what they said before the reverted load; those that
    there were not before go, unless a later load has used them."""
    own = Batch.objects.filter(load=original).values("pk")
    KeyMap.objects.filter(
        pk__in=[row.keymap for row in rows if row.keymap], created_batch__in=own, last_batch__in=own
    ).exclude(origin=KeyMapOrigin.CREATED).delete()
    before = _entries_before(original, rows)
    for entry in KeyMap.objects.filter(pk__in=list(before)):
        restore_entry(entry, before[entry.pk])


def _entries_before(original: Load, rows: Sequence[UndoRow]) -> dict[int, Mapping[str, object]]:
    """Key map id -> what it said before the load's first touch."""
    changes = Change.objects.filter(
        load=original, keymap_id__in=[row.keymap for row in rows], keymap_before__isnull=False
    ).order_by("-batch_id")
    return {
        entry: before
        for entry, before in changes.values_list("keymap_id", "keymap_before")
        if entry is not None and before is not None
    }
