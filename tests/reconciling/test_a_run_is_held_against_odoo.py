"""What a sheet said and what Odoo says: equal after a run, and every later difference is named."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from graphs.choices import ReconciliationOrigin
from graphs.difference_lists import Asked, DifferenceList
from graphs.models import GraphRun, Reconciliation
from graphs.reconciliations import reconcile_run
from graphs.reconciling import make_report
from importer.connections import open_client
from importer.engine.reconciling import section
from importer.errors import NotAllowed
from importer.jobs import execute_job
from importer.models import Job, KeyMap
from importer.odoo.client import connect
from tests.graphs.harbour import Harbour
from tests.odoo.sandboxes import DATABASE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
EVIL = "=cmd|' /C calc'!A0 Ελληνικά 漢字"


def product(sku: str) -> int:
    return KeyMap.objects.get(source_key=f'["{sku}"]', odoo_model="product.product").odoo_id


def spoil(port: Harbour) -> None:
    """Somebody edits two fields, moves a product, archives one, removes one; an entry is left of a
    row that is no more."""
    time.sleep(1.1)  # Odoo's write dates have no fractions
    client = open_client(port.connection)
    client.unlink("product.product", [product("P-003")])
    client.write("product.product", [product("P-004")], {"active": False})
    others = client.search("product.category", [["name", "=", "Paint"]])
    client.close()
    low = connect(port.url, DATABASE, "low", "low")
    low.write("product.product", [product("P-001")], {"list_price": 1.005, "name": EVIL})
    if others:
        low.write("product.product", [product("P-002")], {"categ_id": others[0]})
    low.close()
    left = KeyMap.objects.get(source_key='["P-005"]', odoo_model="product.product")
    left.pk, left.source_key, left.key_hash = None, '["P-999"]', b"0" * 16
    left.save()


def test_a_run_ends_with_a_report_and_later_differences_are_named(
    port: Harbour,
    run: GraphRun,
    make_member: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = Reconciliation.objects.get(run=run)
    assert (first.state, first.error_message, first.n_differences) == ("ready", "", 1)
    (bad,) = DifferenceList(first)
    assert (bad["kind"], bad["key"], bad["sheet_row"]) == ("missing", "P-034", 35)
    assert "on request" in bad["reason"]
    by_node = {one["node"]: one for one in first.report["sections"]}
    categories = by_node["categories"]
    assert categories["is_equal"] and categories["counts"]["in_odoo"] == 5
    assert categories["keys"]["source"] == categories["keys"]["odoo"]
    counts = by_node["products"]["counts"]
    assert (counts["rows"], counts["keys"], counts["in_odoo"], counts["values"]) == (75, 75, 74, 0)
    (price,) = by_node["products"]["sums"]
    (group,) = price["groups"]
    assert group["source"] == group["odoo"] != "0" and group["difference"] == "0"
    assert by_node["products"]["keys"]["source"] != by_node["products"]["keys"]["odoo"]
    assert run.logs.filter(message__contains="1 are not there, 0 values differ").count() == 1

    spoil(port)
    with pytest.raises(NotAllowed):
        reconcile_run(run, by=make_member("viewer", project=port.project))
    made = reconcile_run(run, by=port.admin)
    assert reconcile_run(run, by=port.admin) == made
    execute_job(str(Job.objects.get(object_id=made.pk).pk))
    made.refresh_from_db()
    assert (made.state, made.is_equal, made.error_message) == ("ready", False, "")
    found = {(one["kind"], one["key"], one["field"]): one for one in DifferenceList(made)}
    assert found.keys() == {
        ("missing", "P-034", ""),
        ("missing", "P-003", ""),
        ("different", "P-001", "list_price"),
        ("different", "P-001", "name"),
        ("different", "P-002", "categ_id"),
        ("extra", "P-999", ""),
    }
    assert "not in Odoo any more" in found["missing", "P-003", ""]["reason"]
    name = found["different", "P-001", "name"]
    assert (name["source"], name["odoo"]) == ("mooring rope S", EVIL)
    assert name["is_edited"] and name["written_by"] and name["written_at"]
    moved = found["different", "P-002", "categ_id"]
    assert (moved["source"], moved["odoo"]) == ("Rope", "Paint")
    (price,) = {one["node"]: one for one in made.report["sections"]}["products"]["sums"]
    assert price["groups"][0]["difference"] != "0"

    assert len(DifferenceList(made, Asked(kind="different", text="paint"))) == 1
    monkeypatch.setattr(section, "SMALL", 0)
    light = Reconciliation.objects.create(
        project=run.project,
        run=run,
        attempt=1,
        origin=ReconciliationOrigin.ASKED,
        state="running",
    )
    make_report(light, full=False, tell=lambda done, total: None)
    light.refresh_from_db()
    assert {(one["kind"], one["key"], one["field"]) for one in DifferenceList(light)} == {
        *found.keys()
    }, "what was written to since is read again in a quick look too"
    assert not light.report["sections"][1]["is_full"]
