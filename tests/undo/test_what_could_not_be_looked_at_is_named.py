"""A login that may not read the list of fields, or a model, undoes what it can and says so."""

import pytest

from importer.models import ConnectionSecret, Issue
from importer.odoo.client import Client
from importer.odoo.errors import AccessRefused
from importer.odoo.protocols import Record
from importer.secrets import seal
from tests.engine.loading import Harbour, partners
from tests.undo.undoing import create, ids_of, reasons, undo

CLOSED = {"ir.model", "ir.model.fields"}


def close(monkeypatch: pytest.MonkeyPatch, models: set[str]) -> None:
    """As if the login had no right to read these models."""
    search_read = Client.search_read

    def guarded(self: Client, model: str, *args: object, **more: object) -> list[Record]:
        if model in models:
            raise AccessRefused(f"Odoo does not allow this login to read {model}.")
        return search_read(self, model, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Client, "search_read", guarded)


def test_without_the_list_of_fields_widely_used_models_are_searched(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = harbour.load(harbour.entity("customer", "res.partner"), partners(3))
    create(harbour, "sale.order", {"partner_id": ids_of(harbour, "res.partner")["Q0001"]})
    close(monkeypatch, CLOSED)
    done = undo(harbour, load)
    assert (done.removed, done.kept) == (2, 1)
    assert "1 record of sale.order (" in reasons(done)['["Q0001"]']
    (unseen,) = done.verification["not_looked_at"]
    assert unseen.startswith("this login may not read Odoo's list of fields")
    assert harbour.notes.said("Not looked at: this login may not read")


def test_a_model_that_is_closed_to_the_login_is_named_and_odoo_decides(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = harbour.load(harbour.entity("customer", "res.partner"), partners(3))
    create(harbour, "sale.order", {"partner_id": ids_of(harbour, "res.partner")["Q0001"]})
    close(monkeypatch, {"sale.order"})
    done = undo(harbour, load)
    assert (done.removed, done.kept, harbour.names()) == (2, 1, ["Q0001"])
    assert any(
        one.startswith("sale.order.partner_id: ") for one in done.verification["not_looked_at"]
    )
    assert Issue.objects.get(load=done).code == "refused"


def test_a_login_that_may_not_remove_keeps_everything_and_says_why(harbour: Harbour) -> None:
    load = harbour.load(harbour.entity("customer", "res.partner"), partners(3))
    ConnectionSecret.objects.update(login="reader", secret=seal("reader"), uid=None)
    done = undo(harbour, load)
    assert (done.removed, done.kept) == (0, 3)
    assert "does not allow this login" in reasons(done)['["Q0000"]']
    assert len(harbour.names()) == 3
