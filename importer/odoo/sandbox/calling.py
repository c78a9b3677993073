"""From a call's arguments to its answer: one transaction, with the faults a test asked for.

A call that meets another's records waits and starts again, as servers do; ``load`` does not.
"""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from importer.odoo.sandbox import loading
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.facts import Catalogue
from importer.odoo.sandbox.faults import Faults
from importer.odoo.sandbox.methods import Method, method_of
from importer.odoo.sandbox.places import languages
from importer.odoo.sandbox.refusals import (
    AccessRefusal,
    PythonFault,
    SerializationConflict,
    UserRefusal,
)
from importer.odoo.sandbox.store import Store

WAIT_SECONDS = 20.0
Delay = Callable[[], None]


@dataclass(frozen=True)
class Call:
    """A method with its arguments by name, ready to run."""

    uid: int
    model: str
    name: str
    method: Method
    ids: list[Any]
    arguments: dict[str, Any]
    context: Mapping[str, Any]


class Caller:
    """Runs calls on one store."""

    def __init__(self, store: Store, catalogue: Catalogue, faults: Faults, is_null: bool) -> None:
        self.store = store
        self.catalogue = catalogue
        self.faults = faults
        self.is_null = is_null
        self.counts: Counter[tuple[str, str]] = Counter()
        self._numbers = itertools.count(1)
        self._counting = threading.Lock()
        self.under_way = 0

    def method(self, model: str, name: str) -> Method | None:
        return method_of(self.catalogue.version, model, name)

    def env(self, uid: int, context: Mapping[str, Any] | None = None) -> Env:
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
        wishes = self.faults.refused_rows()
        return Env(self.store, self.catalogue, uid, now, context or {}, wishes, self.is_null)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Counts a call as one under way, from its coming in to its end."""
        with self._counting:
            self.under_way += 1
        try:
            yield
        finally:
            with self._counting:
                self.under_way -= 1

    def run(self, call: Call, delay: Delay | None = None, since: int | None = None) -> Any:
        """The answer; raises a Refusal. ``delay`` is waited between the work and its commit.
        ``since``: how often the store had been emptied when the call came in; raises Emptied when
        it was emptied again meanwhile."""
        since = self.store.times_emptied if since is None else since
        self.store.check(since)
        with self._counting:
            self.counts[call.model, call.name] += 1
            number = next(self._numbers)
        env = self.env(call.uid, call.context)
        _check_context(env)
        if call.name == "load" and not self.is_null:
            return self._load(env, call, number, delay, since)
        return self._patiently(env, call, number, delay, since)

    def _load(self, env: Env, call: Call, number: int, delay: Delay | None, since: int) -> Any:
        fields, data = call.arguments["fields"], call.arguments["data"]
        if self.faults.take("serialization", call.model, call.name):
            return loading.conflict_answer(data)
        try:
            self.store.announce(number, loading.names_in(env, fields, data))
        except SerializationConflict:
            return loading.conflict_answer(data)
        try:
            return self._once(env, call, number, delay, since)
        finally:
            self.store.forget(number)

    def _patiently(self, env: Env, call: Call, number: int, delay: Delay | None, since: int) -> Any:
        if self.faults.take("serialization", call.model, call.name):
            raise SerializationConflict
        for attempt in range(5):
            try:
                return self._once(env, call, number, delay, since)
            except SerializationConflict:
                if attempt == 4:
                    raise
                with self.store.ended:
                    self.store.ended.wait(WAIT_SECONDS / 5)
            finally:
                if delay is not None:
                    self.store.forget(number)
        raise SerializationConflict

    def _once(self, env: Env, call: Call, number: int, delay: Delay | None, since: int) -> Any:
        with self.store.transaction(since):
            answer = call.method.run(env, call.model, call.ids, call.arguments)
            if delay is None:
                self.store.commit()
                return answer
            hidden = self.store.hide(number)
        delay()
        self.store.show(hidden, since)
        return answer


def _check_context(env: Env) -> None:
    """Companies that the login has not are refused; a language that is not installed only by
    version 19."""
    companies = env.context.get("allowed_company_ids") or []
    own = env.value("res.users", env.uid, "company_ids") or ()
    if any(company not in own for company in companies):
        raise AccessRefusal("Access to unauthorized or invalid companies.")
    language = env.context.get("lang")
    if env.version < 19 or not language:
        return
    if language not in languages(env):
        raise UserRefusal(f"Invalid language code: {language}")


def context_of(raw: Any) -> dict[str, Any]:
    """A context must be a mapping; anything else is the fault a server answers."""
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise PythonFault("ValueError", "The context is not a mapping.")
    return raw
