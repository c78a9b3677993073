"""A report is signed once, by somebody who may and has read it, and then nothing changes it; its
page, files, API and commands show the same."""

import io
import json
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken
from rest_framework.test import APIClient

from graphs.models import GraphRun, Reconciliation
from graphs.reconciliations import is_intact, reconcile_run, sign_reconciliation
from graphs.reporting.exporting import exported
from importer.connections import open_client
from importer.errors import NotAllowed, Refused
from importer.jobs import execute_job
from importer.models import Job, User
from tests.graphs.harbour import Harbour
from tests.reconciling.test_a_run_is_held_against_odoo import EVIL, product

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


def report_with_a_difference(port: Harbour, run: GraphRun) -> Reconciliation:
    client = open_client(port.connection)
    client.write("product.product", [product("P-001")], {"name": EVIL})
    client.close()
    made = reconcile_run(run, by=port.admin)
    execute_job(str(Job.objects.get(object_id=made.pk).pk))
    made.refresh_from_db()
    return made


def page_of(user: User, made: Reconciliation) -> tuple[Client, str]:
    User.objects.filter(pk=user.pk).update(is_staff=True, current_project=made.project)
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client, reverse("admin:graphs_reconciliation_change", args=(made.pk,))


def test_a_report_is_signed_once_and_shown_alike_everywhere(
    port: Harbour, run: GraphRun, make_member: Callable[..., Any], tmp_path: Any
) -> None:
    first = Reconciliation.objects.get(run=run)
    out = io.StringIO()
    call_command(  # nobody else of the project may sign it
        "reconciliation_sign",
        *(str(run.pk), "--sha256", first.sha256, "--comment", "P-034 has no price yet"),
        *("--user", port.admin.username),
        stdout=out,
    )
    assert f"Signed by {port.admin.username}." in out.getvalue()
    made = report_with_a_difference(port, run)
    operator = make_member("operator", project=port.project)
    approver = make_member("approver", project=port.project)
    with pytest.raises(NotAllowed):
        sign_reconciliation(made, by=operator, comment="fine")
    with pytest.raises(Refused, match="You started this run"):
        sign_reconciliation(made, by=port.admin, comment="fine")
    with pytest.raises(Refused, match="Say in a comment"):
        sign_reconciliation(made, by=approver)
    with pytest.raises(Refused, match="not the report that you have read"):
        sign_reconciliation(made, by=approver, comment="fine", sha256="0" * 64)

    for status, why in (("rolled_back", "is undone"), ("running", "taken up again")):
        GraphRun.objects.filter(pk=run.pk).update(status=status)
        with pytest.raises(Refused, match=why):
            sign_reconciliation(Reconciliation.objects.get(pk=made.pk), by=approver, comment="ok")
    GraphRun.objects.filter(pk=run.pk).update(status=run.status)

    client, page = page_of(approver, made)
    shown = client.get(f"{page}?kind=different").content.decode()
    assert "P-001" in shown and "Ελληνικά" in shown and made.sha256 in shown
    assert client.get(reverse("admin:graphs_graphrun_change", args=(run.pk,))).status_code == 200
    said = {"comment": "Renamed on purpose", "sha256": made.sha256}
    client.post(reverse("admin:graphs_reconciliation_sign", args=(made.pk,)), said)
    made.refresh_from_db()
    assert (made.signed_by, made.comment) == (approver, "Renamed on purpose")
    assert approver.username in client.get(page).content.decode()
    with pytest.raises(Refused, match="signed this report already"):
        sign_reconciliation(made, by=approver, comment="again")
    changes: list[dict[str, Any]] = [{"comment": "other"}, {"report": {}}, {"signed_at": None}]
    for change in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            Reconciliation.objects.filter(pk=made.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        made.delete()
    assert is_intact(made)

    book = openpyxl.load_workbook(io.BytesIO(exported(made, "xlsx")))
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    assert f"'{EVIL}" in [cell.value for cell in cells]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    assert "Renamed on purpose" in [cell.value for cell in book["Summary"]["B"]]
    paper = exported(made, "pdf")
    assert paper.startswith(b"%PDF") and paper == exported(made, "pdf")
    assert b"STSong-Light" in paper

    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Token {AuthToken.objects.create(operator)[1]}")
    told = api.get(f"/api/runs/{run.pk}/reconciliation").json()
    assert (told["sha256"], told["is_intact"]) == (made.sha256, True)
    assert told["signed_by"] == approver.username
    listed = api.get(f"/api/runs/{run.pk}/reconciliation/differences?kind=different").json()
    assert [one["odoo"] for one in listed["results"]] == [EVIL]
    assert api.get(f"/api/runs/{run.pk}/reconciliation.pdf").content == paper
    refused = api.post(f"/api/runs/{run.pk}/reconciliation/sign", {"sha256": made.sha256})
    assert refused.status_code == 403

    out, file = io.StringIO(), tmp_path / "report.xlsx"
    with pytest.raises(SystemExit) as ended:
        call_command(
            "run_reconcile",
            *(str(run.pk), "--newest", "--json", "--user", operator.username),
            xlsx=str(file),
            stdout=out,
        )
    assert ended.value.code == 3 and file.stat().st_size > 5000
    told = json.loads(out.getvalue())
    assert [one["key"] for one in told["differences"]] == ["P-034", "P-001"]
    assert api.post(f"/api/runs/{run.pk}/reconciliation").json()["state"] == "pending"
