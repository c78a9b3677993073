"""Fields of other records that Odoo rewrites when a record's own field is written. Pure.

An update that touches such a field takes images of the other records too, so that a rollback can
give them back what they held.
"""

from collections.abc import Iterable
from dataclasses import dataclass

ADDRESS = ("street", "street2", "zip", "city", "state_id", "country_id")
COMMERCIAL = ("vat", "company_registry", "credit_limit", "industry_id")


@dataclass(frozen=True, slots=True)
class Spill:
    """Writing one of ``sources`` may rewrite ``fields`` of other records of the same model:
    those that ``via`` leads to, or, with ``is_inverse``, those whose ``via`` leads to it, and so
    on downwards."""

    sources: tuple[str, ...]
    via: str
    is_inverse: bool
    fields: tuple[str, ...]


_PARTNER = (*ADDRESS, *COMMERCIAL)
_SPILLS: dict[str, tuple[Spill, ...]] = {
    "res.partner": (
        Spill((*_PARTNER, "parent_id", "type"), "parent_id", False, _PARTNER),
        Spill((*_PARTNER, "parent_id"), "parent_id", True, _PARTNER),
    ),
}


@dataclass(frozen=True, slots=True)
class FirstChild:
    """Creating the first record below one whose ``fields`` are all empty fills them."""

    via: str
    children: str
    fields: tuple[str, ...]


_FIRST_CHILDREN = {"res.partner": FirstChild("parent_id", "child_ids", ADDRESS)}


def first_child_of(model: str, written: Iterable[str]) -> FirstChild | None:
    """What creating with these fields may fill elsewhere."""
    rule = _FIRST_CHILDREN.get(model)
    return rule if rule and rule.via in set(written) else None


def spills_of(model: str, written: Iterable[str]) -> tuple[Spill, ...]:
    """What writing these fields may rewrite elsewhere."""
    names = set(written)
    return tuple(one for one in _SPILLS.get(model, ()) if names & set(one.sources))


def own_fields(model: str, written: Iterable[str]) -> tuple[str, ...]:
    """Fields of the written record itself that change along with those written."""
    names = set(written)
    if model == "res.partner" and names & {"parent_id", "type", *_PARTNER}:
        return tuple(name for name in _PARTNER if name not in names)
    return ()


def flowing_fields(model: str) -> frozenset[str]:
    """Fields of the model's records that Odoo rewrites when another record is written."""
    return frozenset(name for one in _SPILLS.get(model, ()) for name in one.fields)
