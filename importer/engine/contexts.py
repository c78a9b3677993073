"""The contexts of writing and reading calls: side effects off, times as UTC, one place. Pure."""

from collections.abc import Mapping
from typing import Any

from importer.choices import SideEffect

BASE_LANGUAGE = "en_US"
Place = tuple[str, int]
"""(language, company) in which values are written and read; ("", 0): the base language, and the
login's own company."""

_QUIET = {
    SideEffect.TRACKING: ("mail_notrack", "mail_create_nolog"),
    SideEffect.MAILS: ("mail_auto_subscribe_no_notify",),
    SideEffect.SUBSCRIPTIONS: ("mail_create_nosubscribe",),
}
"""What keeps each effect away. Where none is wanted ``tracking_disable`` stops more of them, but
not the mail to who is assigned a task."""


def write_context(
    model: str,
    frozen: Mapping[str, Any],
    own: Mapping[str, Any] | None = None,
    *,
    by_id: bool = False,
    adds: bool = False,
) -> dict[str, Any]:
    """``frozen``: the load's mapping, whose own context wins; its ``side_effects`` are those that
    the run lets happen. ``own``: the batch's. ``by_id``: some column holds database ids, and these
    must reach archived records too. ``adds``: many2many cells are linked besides what is there."""
    context: dict[str, Any] = {**_quiet(model, frozen), "tz": "UTC", "lang": BASE_LANGUAGE}
    if by_id:
        context["active_test"] = False
    if adds:
        context["update_many2many"] = True
    return context | dict(frozen.get("context") or {}) | dict(own or {})


def _quiet(model: str, frozen: Mapping[str, Any]) -> dict[str, Any]:
    wanted = frozenset(frozen.get("side_effects") or ())
    keys = [key for effect, own in _QUIET.items() if effect not in wanted for key in own]
    if not wanted & _QUIET.keys():
        keys = ["tracking_disable", "mail_auto_subscribe_no_notify"]
    if model == "res.users" and SideEffect.PASSWORD_MAILS not in wanted:
        keys.append("no_reset_password")
    return dict.fromkeys(keys, True)


def place_of(frozen: Mapping[str, Any], own: Mapping[str, Any] | None = None) -> Place:
    """Where a batch of a load writes; ``own``: the batch's context."""
    context = dict(frozen.get("context") or {}) | dict(own or {})
    lang = str(context.get("lang") or BASE_LANGUAGE)
    companies = context.get("allowed_company_ids") or [0]
    return "" if lang == BASE_LANGUAGE else lang, int(companies[0])


def place_context(place: Place) -> dict[str, object]:
    """The context that reads and writes the values of a place."""
    lang, company = place
    return {"lang": lang or BASE_LANGUAGE, **company_context(company)}


def company_context(company: int) -> dict[str, object]:
    """What a call in this company has besides; nothing in the login's own (0)."""
    return {"allowed_company_ids": [company]} if company else {}


def read_context(
    frozen: Mapping[str, Any], own: Mapping[str, Any] | None = None
) -> dict[str, object]:
    """Reads what a batch writes, archived records too."""
    return {"active_test": False, **place_context(place_of(frozen, own))}


def has_ids(header: list[str]) -> bool:
    return any(name == ".id" or name.endswith("/.id") for name in header)
