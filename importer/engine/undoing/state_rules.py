"""Which states of a record forbid its removal, and what one press of a button changes. Pure.

Known before the first try, so that Odoo's refusal of a whole list is the exception.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StateRule:
    """Records of the model that match ``domain`` are kept; ``reason`` ends a sentence."""

    domain: tuple[tuple[str, str, Any], ...]
    reason: str

    @property
    def fields(self) -> set[str]:
        return {field.partition(".")[0] for field, _, _ in self.domain}


@dataclass(frozen=True, slots=True)
class Step:
    """Odoo wants this method called on records that match ``domain`` before it removes them.
    Only for records that the load made itself and that nobody has taken further."""

    domain: tuple[tuple[str, str, Any], ...]
    method: str


_RULES: dict[str, tuple[StateRule, ...]] = {
    "sale.order": (
        StateRule(
            (("state", "not in", ("draft", "cancel")),),
            "it is sent or confirmed; cancel it in Odoo first",
        ),
    ),
    "sale.order.line": (
        StateRule(
            (("state", "in", ("sale", "done")), ("display_type", "=", False)),
            "its order is confirmed; cancel the order in Odoo first",
        ),
    ),
    "purchase.order": (
        StateRule(
            (("state", "not in", ("draft", "cancel")),),
            "it is sent or confirmed; cancel it in Odoo first",
        ),
    ),
    "purchase.order.line": (
        StateRule(
            (("state", "in", ("purchase", "done")), ("display_type", "=", False)),
            "its order is confirmed; cancel the order in Odoo first",
        ),
    ),
    "account.move": (
        StateRule((("state", "=", "posted"),), "it is posted; set it back to draft in Odoo first"),
    ),
    "account.move.line": (
        StateRule(
            (("parent_state", "=", "posted"),),
            "its entry is posted; set the entry back to draft in Odoo first",
        ),
    ),
    "account.payment": (
        StateRule(
            (("state", "not in", ("draft", "cancel", "canceled")),),
            "it is posted or paid; set it back to draft in Odoo first",
        ),
    ),
    "stock.picking": (StateRule((("state", "=", "done"),), "it is done"),),
    "stock.move": (
        StateRule((("state", "not in", ("draft", "cancel")),), "it is neither draft nor cancelled"),
    ),
    "mrp.production": (StateRule((("state", "=", "done"),), "it is done"),),
}

_STEPS: dict[str, Step] = {
    # Odoo removes only cancelled purchase orders, drafts neither.
    "purchase.order": Step((("state", "=", "draft"),), "button_cancel"),
}


def state_rules(model: str, fields: Collection[str]) -> tuple[StateRule, ...]:
    """The model's rules, as far as this server's version has their fields."""
    return tuple(rule for rule in _RULES.get(model, ()) if rule.fields <= set(fields))


def step_before_removal(model: str) -> Step | None:
    return _STEPS.get(model)
