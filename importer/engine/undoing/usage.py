"""Searches who uses records, set by set: one call a field and thousand records, and further ones
only where something is found. Only reads; asks no database of ours.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from importer.engine.undoing.pointing import PointingField
from importer.odoo.errors import AccessRefused, DataRefused, ServerBug
from importer.odoo.protocols import Context, OdooClient

CHUNK = 1000
Freed = Mapping[tuple[str, str], Collection[int]]
"""(model, field) -> ids of users that do not count."""
_PAGE = 2000


@dataclass
class Use:
    """How often one field leads to one record. ``is_more``: at least so often."""

    model: str
    field: str
    count: int = 0
    is_more: bool = False

    @property
    def sentence(self) -> str:
        """``2 records of sale.order (partner_id)``."""
        number = f"at least {self.count}" if self.is_more else str(self.count)
        return f"{number} record{'s' if self.count != 1 else ''} of {self.model} ({self.field})"


@dataclass
class Usage:
    """``outside``: used record -> its uses by records that stay. ``inside``: (user, used) pairs
    within the records to be removed themselves. ``unread``: fields that could not be searched."""

    outside: dict[int, list[Use]] = field(default_factory=dict)
    inside: set[tuple[int, int]] = field(default_factory=set)
    unread: dict[str, str] = field(default_factory=dict)

    def add(self, used: int, one: PointingField) -> None:
        uses = self.outside.setdefault(used, [])
        known = next((u for u in uses if (u.model, u.field) == (one.model, one.field)), None)
        if known is None:
            known = Use(one.model, one.field)
            uses.append(known)
        known.count += 1


def usage_of(
    client: OdooClient,
    fields: Iterable[PointingField],
    ids: Sequence[int],
    *,
    leaving: Collection[int],
    leaving_model: str,
    context: Context,
    freed: Freed,
) -> Usage:
    """Who uses the records ``ids``. Records ``leaving`` of ``leaving_model`` go too, so what they
    use is told apart; those ``freed`` are passed over."""
    usage = Usage()
    for one in fields:
        own = leaving if one.model == leaving_model else ()
        passed = freed.get((one.model, one.field), ())
        try:
            for chunk in chunks(ids, CHUNK):
                _search(client, one, chunk, own, passed, context, usage)
        except (AccessRefused, DataRefused, ServerBug) as error:
            usage.unread[f"{one.model}.{one.field}"] = str(error)
    return usage


def _search(
    client: OdooClient,
    one: PointingField,
    ids: Sequence[int],
    own: Collection[int],
    passed: Collection[int],
    context: Context,
    usage: Usage,
) -> None:
    """Page by page; a record found in use on a full page is not asked for again."""
    wanted, last = set(ids), 0
    while wanted:
        domain = [["id", ">", last], [one.field, "in", sorted(wanted)]]
        page = client.search_read(one.model, domain, [one.field], limit=_PAGE, context=context)
        for record in page:
            if record["id"] in passed:
                continue
            for used in _used(record[one.field], wanted):
                _note(usage, one, record["id"], used, own)
        if len(page) < _PAGE:
            return
        last = page[-1]["id"]
        wanted -= _settled(usage, one, wanted)


def _used(value: int | list[int], wanted: Collection[int]) -> list[int]:
    found = value if isinstance(value, list) else [value]
    return [used for used in found if used in wanted]


def _note(usage: Usage, one: PointingField, user: int, used: int, own: Collection[int]) -> None:
    if user not in own:
        usage.add(used, one)
    elif user != used:
        usage.inside.add((user, used))


def _settled(usage: Usage, one: PointingField, wanted: set[int]) -> set[int]:
    settled = set()
    for used in wanted:
        for use in usage.outside.get(used, ()):
            if (use.model, use.field) == (one.model, one.field):
                use.is_more = True
                settled.add(used)
    return settled


def chunks(ids: Sequence[int], size: int) -> Iterator[list[int]]:
    """The ids in lists of at most ``size``."""
    for start in range(0, len(ids), size):
        yield list(ids[start : start + size])


def blocked_by_inside(kept: Iterable[int], inside: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Records that one of their users, kept itself, still needs: used -> that user, through any
    number of steps."""
    uses: dict[int, list[int]] = {}
    for user, used in inside:
        uses.setdefault(user, []).append(used)
    done = set(kept)
    open_ones, found = list(done), {}
    while open_ones:
        user = open_ones.pop()
        for used in uses.get(user, ()):
            if used not in done:
                done.add(used)
                found[used] = user
                open_ones.append(used)
    return found
