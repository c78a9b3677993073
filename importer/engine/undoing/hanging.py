"""What hangs on records by model and number: files, activities, messages that people wrote. Odoo
removes all of it along, without a word. Only reads; asks no database of ours.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from importer.engine.undoing.reading import named, names_of, user_names
from importer.engine.undoing.usage import CHUNK, chunks
from importer.odoo.errors import AccessRefused, DataRefused, ServerBug, Unsupported
from importer.odoo.protocols import Context, OdooClient

_PAGE = 2000
_STAMPS = ("create_uid", "create_date", "write_uid", "write_date")


@dataclass(frozen=True, slots=True)
class Kind:
    """``link``: the field with the name of the record's model; its number is in ``res_id``.
    ``who``, ``when``: fields that say who had a hand in it, and when last."""

    model: str
    one: str
    many: str
    link: str
    who: tuple[str, ...]
    when: str
    domain: tuple[Any, ...] = ()

    def counted(self, number: int) -> str:
        return f"{number} {self.one if number == 1 else self.many}"


# Odoo writes a message when somebody marks it with a star, so who wrote to it last says nothing.
# The remark on an activity that is done is a message of the type notification.
KINDS = (
    Kind(
        "ir.attachment",
        "file",
        "files",
        "res_model",
        ("create_uid", "write_uid"),
        "write_date",
        (("res_field", "=", False),),
    ),
    Kind(
        "mail.activity",
        "activity",
        "activities",
        "res_model",
        ("create_uid", "write_uid"),
        "write_date",
    ),
    Kind(
        "mail.message",
        "message",
        "messages",
        "model",
        ("create_uid",),
        "create_date",
        (
            "|",
            ("message_type", "in", ("comment", "email", "email_outgoing")),
            ("mail_activity_type_id", "!=", False),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Thing:
    """``users``: ids of those who made or changed it; ``author``: id of a message's partner, or
    0; ``at``: in UTC, as Odoo says it."""

    kind: Kind
    number: int
    record: int
    users: frozenset[int]
    author: int
    at: str


@dataclass
class Hanging:
    """``unread``: model -> why it could not be looked at."""

    things: list[Thing] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)


def hanging_on(client: OdooClient, model: str, ids: Sequence[int], context: Context) -> Hanging:
    """Everything of the three kinds on the records, whoever made it: a call for each kind and
    thousand records. A kind that this database does not have is nowhere."""
    found = Hanging()
    for kind in KINDS:
        try:
            for chunk in chunks(ids, CHUNK):
                found.things += _read(client, kind, model, chunk, context)
        except Unsupported:
            continue
        except (AccessRefused, DataRefused, ServerBug) as error:
            found.unread[kind.model] = str(error)
    return found


def _read(
    client: OdooClient, kind: Kind, model: str, ids: list[int], context: Context
) -> Iterator[Thing]:
    author = ("author_id",) if kind.model == "mail.message" else ()
    wanted, last = ["res_id", *_STAMPS, *author], 0
    while True:
        where = [[kind.link, "=", model], ["res_id", "in", ids], ["id", ">", last]]
        domain = [*where, *kind.domain]
        page = client.search_read(kind.model, domain, wanted, limit=_PAGE, context=context)
        yield from (_thing(kind, record) for record in page)
        if len(page) < _PAGE:
            return
        last = page[-1]["id"]


def _thing(kind: Kind, record: Mapping[str, Any]) -> Thing:
    users = frozenset(record[name] for name in kind.who if record[name])
    author = record.get("author_id") or 0
    return Thing(kind, record["id"], record["res_id"], users, author, str(record[kind.when]))


def partner_of(client: OdooClient) -> int:
    """The partner of the login, who is the author of its messages; 0 where it does not tell."""
    try:
        found = client.read("res.users", [client.uid], ["partner_id"])
    except (AccessRefused, DataRefused, ServerBug):
        return 0
    return int(found[0]["partner_id"] or 0) if found else 0


def names_of_makers(client: OdooClient, things: Sequence[Thing]) -> dict[Thing, str]:
    """How a sentence calls who made each: the author of a message, else the user."""
    authors = {one.author for one in things if one.author}
    partners = names_of(client, "res.partner", authors) if authors else {}
    makers = {one: _maker(client, one) for one in things if one.author not in partners}
    users = user_names(client, makers.values()) if makers else {}
    return {one: partners.get(one.author) or named(makers[one], users) for one in things}


def _maker(client: OdooClient, one: Thing) -> int:
    """The other one of those who had a hand in it."""
    return next(iter(sorted(one.users - {client.uid})), client.uid)


def counted(things: Iterable[Thing]) -> str:
    """``2 files and 1 message``, in the order of KINDS."""
    numbers = Counter(one.kind for one in things)
    parts = [kind.counted(numbers[kind]) for kind in KINDS if numbers[kind]]
    return _and(parts)


def added(things: Sequence[Thing], makers: Mapping[Thing, str]) -> str:
    """``2 files and 1 message were added by Anna, last on 2026-02-03 04:05:06 UTC``."""
    who = _and(list(dict.fromkeys(makers[one] for one in things)))
    verb = "was" if len(things) == 1 else "were"
    last = max(one.at for one in things)
    return f"{counted(things)} {verb} added by {who}, last on {last} UTC"


def _and(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
