"""Joins a batch with those that follow it, where calls are so quick that their own cost counts.

Only batches of which nothing was ever sent: what may be in Odoo is never cut anew.
"""

from collections.abc import Sequence

from django.db import connection

from importer.choices import BatchKind
from importer.engine.cutting import MOST_ROWS
from importer.models import Batch


def join_neighbours(batch: Batch, most_rows: int) -> bool:
    """Inside the claim: take the rows of the batches right behind this one as well, up to
    ``most_rows`` together, and delete these. Whether there were any. Small batches stay: they were
    cut so on purpose, as were those with large files."""
    if batch.kind != BatchKind.CREATE or most_rows < batch.n_rows + MOST_ROWS:
        return False
    if batch.n_rows < MOST_ROWS or not _is_untouched(batch):
        return False
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, [batch.pk, batch.first_pos + most_rows, MOST_ROWS])
        taken, n_rows = _in_a_row(cursor.fetchall(), batch.first_pos + batch.n_rows)
        if taken:
            cursor.execute("DELETE FROM importer_batch WHERE id = ANY(%s)", [taken])
    if taken:
        Batch.objects.filter(pk=batch.pk).update(n_rows=batch.n_rows + n_rows)
    return bool(taken)


def _is_untouched(batch: Batch) -> bool:
    return not (batch.attempt or batch.ejected or batch.refs)


def _in_a_row(found: Sequence[tuple[int, int, int]], end: int) -> tuple[list[int], int]:
    """Of (id, first row, rows) in order those without a gap between them, and their rows."""
    taken: list[int] = []
    start = end
    for pk, first, n_rows in found:
        if first != end:
            break
        taken.append(pk)
        end += n_rows
    return taken, end - start


_BEHIND = """
SELECT n.id, n.first_pos, n.n_rows FROM importer_batch b JOIN importer_batch n
  ON n.load_id = b.load_id AND n.plan_id = b.plan_id AND n.kind = b.kind AND n.level = b.level
  AND n."group" = b."group" AND n.stream = b.stream AND n.fields = b.fields
  AND n.context = b.context AND n.first_pos > b.first_pos
WHERE b.id = %s AND n.first_pos + n.n_rows <= %s AND n.n_rows >= %s AND n.state = 'ready'
  AND n.attempt = 0 AND n.ejected = '{}' AND n.refs = '{}' AND n.not_before IS NULL
ORDER BY n.first_pos FOR UPDATE OF n SKIP LOCKED"""
