"""Verbs that explain a row: by its record in Odoo, by its key, or by where it stands in a file."""

from collections.abc import Sequence

from importer.data.keys import key_text
from importer.errors import Refused
from importer.explaining.shapes import Explained
from importer.explaining.subjects import Subject, of_key, of_record, of_row
from importer.explaining.telling import tell, tell_keyless
from importer.models import Connection, Entity, Sheet, User
from importer.rights import require

MOST_SUBJECTS = 10
Told = tuple[Explained, ...]


def explain_record(
    *, by: User, connection: Connection, model: str, odoo_id: int, load: int | None = None
) -> Told:
    """From a record in Odoo to the rows it was made of; several where several rows lead to it.
    ``load``: whose steps are told. Raises NotAllowed, Refused where we know nothing of it."""
    require(by, "explain_row", connection.project)
    subjects = of_record(connection, model, odoo_id)
    if not subjects:
        raise Refused(
            f"Nothing is known of {model},{odoo_id} on “{connection}”: no load has made, found or "
            "changed it."
        )
    return _told(subjects, load)


def explain_key(
    *,
    by: User,
    entity: Entity,
    key: Sequence[str],
    connection: Connection | None = None,
    load: int | None = None,
) -> Told:
    """From a source key, on one connection or on every one. Raises NotAllowed, Refused where the
    key has another number of columns, or no load has had such a row."""
    require(by, "explain_row", entity.project)
    if len(key) != len(entity.key_columns):
        raise Refused(
            f"A key of “{entity.name}” has {len(entity.key_columns)} columns "
            f"({', '.join(entity.key_columns)}), not {len(key)}."
        )
    told = _told(of_key(entity, key_text(key), connection), load)
    known = tuple(one for one in told if one.loads or one.record)
    if not known:
        raise Refused(f"No load has had a row of “{entity.name}” with the key {', '.join(key)}.")
    return known


def explain_row(*, by: User, sheet: Sheet, row: int, load: int | None = None) -> Told:
    """From a row of a file to its record, or records. Raises NotAllowed, Refused where the sheet
    has no such row, or nothing was loaded from it."""
    require(by, "explain_row", sheet.project)
    subjects = of_row(sheet, row)
    if not subjects and (told := tell_keyless(sheet, row)):
        return told
    if not subjects:
        raise Refused(
            f"Row {row} of “{sheet.name}” was loaded nowhere: there is no such row, its key is not "
            "whole, or no run has had the sheet."
        )
    return _told(subjects, load)


def _told(subjects: Sequence[Subject], load: int | None) -> Told:
    return tuple(tell(one, fields_of=load) for one in subjects[:MOST_SUBJECTS])
