"""Says which records of a list must stay, and why: their state, and who else uses them or what
goes along with them. Only reads; asks no database of ours.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from importer.engine.undoing.companions import Companion, goes_along
from importer.engine.undoing.pointing import PointingField
from importer.engine.undoing.reading import in_forbidden_state
from importer.engine.undoing.refusals import Blocker
from importer.engine.undoing.state_rules import state_rules
from importer.engine.undoing.usage import Freed, Usage, Use, blocked_by_inside, chunks, usage_of
from importer.odoo.protocols import OdooClient

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a record stays; ``sentence`` is whole and for people. ``uses``: (model, field, number)
    of those who use it."""

    code: str
    sentence: str
    uses: tuple[tuple[str, str, int], ...] = ()


@dataclass
class Verdicts:
    """``stay``: id -> reason. ``unread``: model.field -> why it could not be searched."""

    stay: dict[int, Reason] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judge:
    """``pointers``: the fields to search. ``leaving``: ids of the model that this undo has yet to
    remove; their own uses are no reason. ``freed``: (model, field) -> ids whose use counts for
    nothing, as something else takes it away first. ``fields``: names of the model's fields."""

    client: OdooClient
    model: str
    fields: Collection[str]
    pointers: tuple[PointingField, ...]
    leaving: Collection[int]
    context: Mapping[str, Any]
    freed: Freed = field(default_factory=dict)

    def verdicts(self, ids: Sequence[int]) -> Verdicts:
        """Which of ``ids`` must stay."""
        said = Verdicts()
        rules = state_rules(self.model, self.fields)
        states = in_forbidden_state(self.client, self.model, rules, ids, self.context)
        said.stay |= {one: Reason("state", f"Kept: {why}.") for one, why in states.items()}
        usage = self._usage(self.model, ids)
        said.unread |= usage.unread
        for one, uses in usage.outside.items():
            said.stay.setdefault(one, used_outside(uses))
        for companion in goes_along(self.model):
            self._judge_companions(companion, ids, said)
        for one, user in blocked_by_inside(said.stay, usage.inside).items():
            sentence = f"Kept: used by {self.model} {user}, which is kept too."
            said.stay[one] = Reason("used_outside", sentence, ((self.model, "", 1),))
        return said

    def users_named(self, blocker: Blocker, ids: Sequence[int]) -> dict[int, str]:
        """The ids that the records Odoo named in its refusal use, each with the reason."""
        target = self._target_of(blocker)
        one = PointingField(blocker.model, blocker.field, target, is_list=False)
        if target == self.model:
            found = self._search([one], ids)
            return {used: uses_sentence(uses) for used, uses in found.outside.items()}
        owners = self._companions(_companion(self.model, target), ids)
        found = self._search([one], sorted(owners))
        return {
            owner: uses_sentence(uses)
            for used, uses in found.outside.items()
            for owner in owners[used]
        }

    def _target_of(self, blocker: Blocker) -> str:
        """The model or companion that the named field points at."""
        for one in self.pointers:
            if (one.model, one.field) == (blocker.model, blocker.field):
                return one.target
        return self.model

    def _usage(self, target: str, ids: Sequence[int]) -> Usage:
        return self._search([one for one in self.pointers if one.target == target], ids)

    def _search(self, fields: Sequence[PointingField], ids: Sequence[int]) -> Usage:
        return usage_of(
            self.client,
            fields,
            ids,
            leaving=self.leaving,
            leaving_model=self.model,
            context=self.context,
            freed=self.freed,
        )

    def _judge_companions(self, companion: Companion, ids: Sequence[int], said: Verdicts) -> None:
        """Records that Odoo removes along are looked at as if they were asked for."""
        owners = self._companions(companion, ids)
        going = sorted(set(owners) - self._shared(companion, sorted(owners)))
        usage = self._usage(companion.model, going)
        said.unread |= usage.unread
        for used, uses in usage.outside.items():
            for owner in owners[used]:
                said.stay.setdefault(owner, used_outside(uses, of=companion.model))

    def _shared(self, companion: Companion, ids: Sequence[int]) -> set[int]:
        """Companions that a record which stays needs too (a template with another variant)."""
        shared: set[int] = set()
        for chunk in chunks(ids, 500):
            found = self.client.search_read(
                self.model,
                [[companion.field, "in", chunk]],
                [companion.field],
                context=self.context,
            )
            for record in found:
                value = record[companion.field]
                if record["id"] not in self.leaving and not isinstance(value, list):
                    shared.add(value)
        return shared

    def _companions(self, companion: Companion, ids: Sequence[int]) -> dict[int, list[int]]:
        """Companion's id -> ids of the records it goes along with."""
        owners: dict[int, list[int]] = {}
        for chunk in chunks(ids, 500):
            read = self.client.read(self.model, chunk, [companion.field], context=self.context)
            for record in read:
                value = record[companion.field]
                for one in value if isinstance(value, list) else [value]:
                    if one:
                        owners.setdefault(one, []).append(record["id"])
        return owners


def _companion(model: str, target: str) -> Companion:
    return next(one for one in goes_along(model) if one.model == target)


def used_outside(uses: Sequence[Use], *, of: str = "") -> Reason:
    """Models, fields and numbers of those who use a record."""
    what = f"its {of} is used" if of else "used"
    counted = tuple((use.model, use.field, use.count) for use in uses)
    return Reason("used_outside", f"Kept: {what} by {_named(uses)}.", counted)


def uses_sentence(uses: Sequence[Use]) -> str:
    return f"used by {_named(uses)}"


def _named(uses: Sequence[Use]) -> str:
    ordered = sorted(uses, key=lambda use: (-use.count, use.model, use.field))
    more = f" and by {len(ordered) - _SHOWN} more fields" if len(ordered) > _SHOWN else ""
    return ", ".join(use.sentence for use in ordered[:_SHOWN]) + more
