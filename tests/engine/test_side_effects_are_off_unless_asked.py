"""What Odoo does besides storing is off in every writing call, but for what the run lets happen."""

from collections.abc import Iterator
from typing import Any

import pytest

from importer import loads
from importer.engine.contexts import write_context
from tests.engine.loading import Harbour, partners

QUIET = {"tracking_disable": True, "mail_auto_subscribe_no_notify": True}
ALWAYS = {"tz": "UTC", "lang": "en_US"}


@pytest.fixture
def contexts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """The contexts of the calls that write."""
    seen: list[dict[str, Any]] = []
    from importer.odoo.client import Client

    whole = Client.insert_if_absent

    def spied(self: Client, *args: Any, **more: Any) -> Any:
        seen.append(dict(more["context"]))
        return whole(self, *args, **more)

    monkeypatch.setattr(Client, "insert_if_absent", spied)
    yield seen


def quiet(model: str = "res.partner", *wanted: str) -> dict[str, Any]:
    context = write_context(model, {"side_effects": list(wanted)})
    return {key: value for key, value in context.items() if key not in ALWAYS}


def test_all_is_quiet_unless_said_otherwise() -> None:
    assert quiet() == QUIET
    assert write_context("res.partner", {}) == QUIET | ALWAYS


def test_new_users_get_no_mail_unless_they_are_to() -> None:
    assert quiet("res.users") == QUIET | {"no_reset_password": True}
    assert quiet("res.users", "password_mails") == QUIET


def test_what_is_wanted_does_not_bring_the_rest_along() -> None:
    assert quiet("crm.lead", "tracking") == {
        "mail_auto_subscribe_no_notify": True,
        "mail_create_nosubscribe": True,
    }
    assert quiet("crm.lead", "mails", "subscriptions") == {
        "mail_notrack": True,
        "mail_create_nolog": True,
    }
    assert quiet("crm.lead", "tracking", "mails", "subscriptions") == {}


def test_the_mappings_own_context_wins() -> None:
    context = write_context("res.partner", {"context": {"tracking_disable": False, "x": 1}})
    assert (context["tracking_disable"], context["x"]) == (False, 1)


def test_a_load_writes_as_its_run_said_and_its_undo_is_quiet(
    harbour: Harbour, contexts: list[dict[str, Any]]
) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.load(partner, partners(2), side_effects=["tracking"])
    assert load.created == 2
    assert [set(one) & {"tracking_disable", "mail_create_nosubscribe"} for one in contexts] == [
        {"mail_create_nosubscribe"}
    ]
    undo = loads.open_undo(load, archive=False)
    assert write_context("res.partner", undo.mapping)["tracking_disable"] is True
