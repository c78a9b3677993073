"""The context of every writing call: side effects off, times read as UTC. Pure."""

from collections.abc import Mapping
from typing import Any


def write_context(model: str, own: Mapping[str, Any], *, by_id: bool = False) -> dict[str, Any]:
    """``own``: the mapping's context, which wins. ``by_id``: some column holds database ids, and
    these must reach archived records too."""
    context: dict[str, Any] = {"tracking_disable": True, "tz": "UTC", "lang": "en_US"}
    if model == "res.users":
        context["no_reset_password"] = True
    if by_id:
        context["active_test"] = False
    return context | dict(own)


def has_ids(header: list[str]) -> bool:
    return any(name == ".id" or name.endswith("/.id") for name in header)
