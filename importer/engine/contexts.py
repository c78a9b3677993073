"""The context of every writing call: side effects off, times read as UTC. Pure."""

from collections.abc import Mapping
from typing import Any

from importer.choices import SideEffect

_QUIET = {
    SideEffect.TRACKING: ("mail_notrack", "mail_create_nolog"),
    SideEffect.MAILS: ("mail_auto_subscribe_no_notify",),
    SideEffect.SUBSCRIPTIONS: ("mail_create_nosubscribe",),
}
"""What keeps each effect away. Where none is wanted ``tracking_disable`` stops more of them, but
not the mail to who is assigned a task."""


def write_context(
    model: str, frozen: Mapping[str, Any], *, by_id: bool = False, adds: bool = False
) -> dict[str, Any]:
    """``frozen``: the load's mapping, whose own context wins; its ``side_effects`` are those that
    the run lets happen. ``by_id``: some column holds database ids, and these must reach archived
    records too. ``adds``: many2many cells are linked besides what is there."""
    context: dict[str, Any] = {**_quiet(model, frozen), "tz": "UTC", "lang": "en_US"}
    if by_id:
        context["active_test"] = False
    if adds:
        context["update_many2many"] = True
    return context | dict(frozen.get("context") or {})


def _quiet(model: str, frozen: Mapping[str, Any]) -> dict[str, Any]:
    wanted = frozenset(frozen.get("side_effects") or ())
    keys = [key for effect, own in _QUIET.items() if effect not in wanted for key in own]
    if not wanted & _QUIET.keys():
        keys = ["tracking_disable", "mail_auto_subscribe_no_notify"]
    if model == "res.users" and SideEffect.PASSWORD_MAILS not in wanted:
        keys.append("no_reset_password")
    return dict.fromkeys(keys, True)


def has_ids(header: list[str]) -> bool:
    return any(name == ".id" or name.endswith("/.id") for name in header)
