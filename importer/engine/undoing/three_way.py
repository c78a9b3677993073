"""Decides field by field what an undo gives back: before, after and now of one record. Pure.

Only what Odoo said is compared with what Odoo says, so that its rounding, cleaning and cutting
make no difference of their own.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Image = Mapping[str, Any]
_NOT_FIELDS = frozenset(("id", "write_date", "write_uid", "create_date", "create_uid"))
_LISTS = frozenset(("many2many", "one2many"))


@dataclass(frozen=True, slots=True)
class Touched:
    """What one load did to one record: ``before`` its first touch, ``after`` its last; ``linked``:
    field -> records that its calls have linked there."""

    before: Image
    after: Image
    linked: Mapping[str, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Restoration:
    """``values``: what to write; ``edited``: fields that hold something else since, and stay."""

    values: dict[str, Any] = field(default_factory=dict)
    edited: tuple[str, ...] = ()

    @property
    def is_needless(self) -> bool:
        return not self.values and not self.edited


def touched(images: Iterable[tuple[Image | None, Image | None, Image | None]]) -> Touched | None:
    """One record's (before, after, closing) in the order of the batches, as one touch. A field
    without an after-image counts as left alone: the call that would have changed it was refused.
    None where nothing is known of what the record was."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    linked: dict[str, frozenset[int]] = {}
    for first, last, closing in images:
        before = {**(first or {}), **before}
        after = {**after, **(last or {}), **(closing or {})}
        for name, added in _linked(first or {}, last or {}).items():
            linked[name] = linked.get(name, frozenset()) | added
    return Touched(before, {**before, **after}, linked) if before else None


def _linked(first: Image, last: Image) -> dict[str, frozenset[int]]:
    """Of lists: what is there after a call and was not before it."""
    return {
        name: added
        for name, was in first.items()
        if isinstance(was, list) and (added := frozenset(last.get(name) or ()) - frozenset(was))
    }


def restoration(
    one: Touched,
    now: Image,
    types: Mapping[str, str],
    *,
    flowing: Collection[str] = (),
    stays: Collection[str] = (),
    adds: Collection[str] = (),
    follows: Callable[[Iterable[str]], Collection[str]] = frozenset,
) -> Restoration:
    """``types``: field -> type as ``fields_get`` says. ``flowing``: fields that this undo itself
    may have changed, so that a value which is neither before nor after is no person's edit.
    ``stays``: fields that were found edited before. ``adds``: lists to which the load has only
    added: what it added is taken out, whatever became of the rest. ``follows``: written fields ->
    those that Odoo would compute anew, which are therefore written along as they are now."""
    values: dict[str, Any] = {}
    edited: list[str] = []
    for name in restored_fields(one, types):
        kind = types[name]
        if name in adds and name in now:
            ours = one.linked.get(name, frozenset()) & frozenset(now[name] or ())
            values |= {name: [[3, record, 0] for record in sorted(ours)]} if ours else {}
            continue
        if name not in now or same(kind, now[name], one.before[name]):
            continue
        if name not in stays and (name in flowing or same(kind, now[name], one.after[name])):
            values[name] = as_value(kind, one.before[name])
        else:
            edited.append(name)
    steady = set(follows(values)) - set(values) if values else set()
    for name in steady & set(restored_fields(one, types)) & set(now):
        values[name] = as_value(types[name], now[name])
    return Restoration(values, tuple(edited))


def restored_fields(one: Touched, types: Mapping[str, str]) -> list[str]:
    """Fields of the images. Lines are records of their own and not given back here."""
    return [
        name
        for name in one.before
        if name not in _NOT_FIELDS and types.get(name, "one2many") != "one2many"
    ]


def same(kind: str, one: Any, other: Any) -> bool:
    """Whether two values that Odoo read out are one; lists have no order."""
    if kind in _LISTS:
        return set(one or ()) == set(other or ())
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def as_value(kind: str, read: Any) -> Any:
    """A value as Odoo read it out, as ``write`` takes it."""
    return [[6, 0, list(read or ())]] if kind == "many2many" else read
