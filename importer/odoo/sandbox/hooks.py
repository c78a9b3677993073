"""Where the rules of single models are hung in: before and after a record is written.

The rules live in ``rules/``; this registry knows none of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.tables import Record

Values = dict[str, Any]
Prepare = Callable[[Env, Values], None]
After = Callable[[Env, list[int], frozenset[str]], None]
Before = Callable[[Env, list[int]], None]
Gone = Callable[[Env, list[Record]], None]


def _prepare_nothing(env: Env, values: Values) -> None:
    """Most models need nothing filled in."""


def _after_nothing(env: Env, ids: list[int], fields: frozenset[str]) -> None:
    """Most models do nothing afterwards."""


def _before_nothing(env: Env, ids: list[int]) -> None:
    """Most models may be removed."""


def _gone_nothing(env: Env, records: list[Record]) -> None:
    """Most models leave nothing to put right."""


@dataclass(frozen=True)
class Rules:
    """``prepare`` fills what a new record lacks; ``created`` and ``written`` run after all
    records of a call are in, with the names of the fields given; ``removing`` may refuse,
    ``removed`` sees the records that went."""

    prepare: Prepare = _prepare_nothing
    created: After = _after_nothing
    written: After = _after_nothing
    removing: Before = _before_nothing
    removed: Gone = _gone_nothing


NO_RULES = Rules()
_known: dict[str, Rules] = {}


def register(model: str, rules: Rules) -> None:
    _known[model] = rules


def rules_of(model: str) -> Rules:
    return _known.get(model, NO_RULES)
