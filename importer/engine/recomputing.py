"""Fields that Odoo may compute anew when others of the same record are written, although they may
be given a value of their own: a price that follows the quantity. Pure.

Whoever writes what such a field depends on writes it too, or Odoo's idea of it replaces ours.
"""

from collections.abc import Iterable, Mapping

from importer.odoo.protocols import FieldFacts


def recomputed(written: Iterable[str], fields: Mapping[str, FieldFacts]) -> set[str]:
    """Names of the stored fields, open to writing, that depend on ``written``, at any remove."""
    reached = level = set(written)
    while level:
        level = {
            name
            for name, one in fields.items()
            if name not in reached and any(_root(path) in level for path in one.depends)
        }
        reached = reached | level
    return {name for name in reached - set(written) if _is_own(fields[name])}


def _root(path: str) -> str:
    return path.partition(".")[0]


def _is_own(one: FieldFacts) -> bool:
    """Whether a value may be kept in the field itself."""
    return one.store and not one.readonly and one.type != "one2many"
