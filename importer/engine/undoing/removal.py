"""Unlinks a list of records: what Odoo refuses is asked about once for the whole list, taken out,
and the rest goes; only where nobody is named is the list halved. Asks no database of ours.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from importer.engine.undoing.refusals import Blocker, blocker_in
from importer.odoo.errors import AccessRefused, DataRefused, OdooError, ServerBug
from importer.odoo.protocols import Context, OdooClient

ROUNDS = 6
BISECT_CALLS = 60
_REFUSALS = (DataRefused, ServerBug)
_OUT_OF_CALLS = (
    "Odoo refused a list that this record was in, without naming who; it was not tried alone"
)

FindUsers = Callable[[Blocker, Sequence[int]], dict[int, str]]
"""(who is in the way, ids) -> the ids among them that are used, each with a reason."""


@dataclass
class Removal:
    """``refused``: id -> reason, the end of a sentence."""

    removed: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    calls: int = 0


def remove(
    client: OdooClient,
    model: str,
    ids: Sequence[int],
    *,
    find_users: FindUsers,
    context: Context,
) -> Removal:
    """Everything of ``ids`` that Odoo lets go; records that are gone already count as removed.
    Raises what is no refusal (transient, in doubt, unreachable, key refused)."""
    done = Removal()
    left = _remove_rounds(client, model, list(ids), find_users, context, done)
    if left:
        _bisect(client, model, left, context, done)
    done.removed = list(dict.fromkeys(done.removed))
    return done


def _remove_rounds(
    client: OdooClient,
    model: str,
    left: list[int],
    find_users: FindUsers,
    context: Context,
    done: Removal,
) -> list[int]:
    """The ids that are still there, and for which Odoo names nobody."""
    for _ in range(ROUNDS):
        refusal = _try(client, model, left, context, done) if left else None
        if refusal is None:
            return []
        after = _take_out(client, model, left, refusal, find_users, context, done)
        if len(after) == len(left):
            break
        left = after
    return left


def _try(
    client: OdooClient, model: str, ids: Sequence[int], context: Context, done: Removal
) -> OdooError | None:
    """None when all of them went."""
    done.calls += 1
    try:
        client.unlink(model, ids, context=context)
    except (*_REFUSALS, AccessRefused) as refusal:
        return refusal
    done.removed += ids
    return None


def _take_out(
    client: OdooClient,
    model: str,
    ids: list[int],
    refusal: OdooError,
    find_users: FindUsers,
    context: Context,
    done: Removal,
) -> list[int]:
    """The ids that may be tried again."""
    left = _still_there(client, model, ids, context, done)
    if not left:
        return []
    if isinstance(refusal, AccessRefused) and _is_closed(client, model, left[0], context, done):
        done.refused |= dict.fromkeys(left, str(refusal))
        return []
    blocker = blocker_in(str(refusal))
    used = find_users(blocker, left) if blocker else {}
    done.refused |= used
    return [one for one in left if one not in used]


def _still_there(
    client: OdooClient, model: str, ids: Sequence[int], context: Context, done: Removal
) -> list[int]:
    """After a refusal: it may have come from after Odoo's commit, and then they went."""
    there = set(client.search(model, [["id", "in", list(ids)]], context=context))
    done.removed += [one for one in ids if one not in there]
    return [one for one in ids if one in there]


def _is_closed(client: OdooClient, model: str, one: int, context: Context, done: Removal) -> bool:
    """Whether the login may remove nothing of the model, rather than not this record."""
    return isinstance(_try(client, model, [one], context, done), AccessRefused)


def _bisect(
    client: OdooClient, model: str, ids: list[int], context: Context, done: Removal
) -> None:
    budget = done.calls + BISECT_CALLS
    lists = [ids] if len(ids) == 1 else _halves(ids)
    while lists:
        some = lists.pop()
        if done.calls >= budget:
            done.refused |= dict.fromkeys(some, _OUT_OF_CALLS)
            continue
        refusal = _try(client, model, some, context, done)
        left = _still_there(client, model, some, context, done) if refusal else []
        if refusal and len(left) == 1 == len(some):
            done.refused[left[0]] = _one_line(refusal)
        elif left:
            lists += _halves(left) if len(left) > 1 else [left]


def _halves(ids: list[int]) -> list[list[int]]:
    middle = len(ids) // 2
    return [ids[middle:], ids[:middle]]


def _one_line(refusal: OdooError) -> str:
    return " ".join(f"Odoo refused to remove it: {refusal}".split())
