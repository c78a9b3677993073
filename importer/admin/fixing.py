"""The grid of bad rows, for a run as for a dataset: only the bad rows, the bad cells marked with
their reason; what is typed is kept and checked at once. Also the workbook that goes to the client.
"""

import json
from collections.abc import Mapping
from typing import Any, BinaryIO, cast
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse

from importer.admin.doing import do
from importer.admin.scoping import allowed, user_of
from importer.bad_rows import BadRows
from importer.corrections import CellEdit, correct_cells
from importer.data.correcting.workbook_out import CONTENT_TYPE
from importer.data.storage import work_dir
from importer.errors import Refused, StowageError
from importer.grid import read_grid, read_grid_rows
from importer.models import ReturnedWorkbook
from importer.odoo.errors import OdooError
from importer.workbooks import export_workbook, receive_workbook

PAGE = 50


def grid_page(request: HttpRequest, bad: BadRows, around: Mapping[str, Any]) -> HttpResponse:
    """The page; ``around``: what a page of the admin needs, ``urls`` and ``run`` among it."""
    asked = request.GET
    page = _page(asked.get("page", ""))
    grid = do(
        request,
        lambda: read_grid(bad, sheet=asked.get("sheet", ""), offset=page * PAGE, limit=PAGE),
    )
    may_correct = allowed(request, "correct_dataset")
    kept = {name: asked[name] for name in ("code", "column", "value", "levels") if name in asked}
    context = {
        **around,
        "grid": grid,
        "dataset": bad.dataset,
        "may_correct": may_correct,
        "may_run": may_correct and allowed(request, "start_run"),
        "filter": urlencode({**around.get("chosen", {}), **kept}),
        "chosen_query": urlencode(around.get("chosen", {})),
        "kept": kept,
        "page": page,
        "earlier": page - 1 if page else None,
        "later": page + 1 if grid and (page + 1) * PAGE < grid.n_rows else None,
    }
    if grid is not None:
        context["data"] = grid.as_json() | {"mayCorrect": may_correct, **around["urls"]}
        context["first"] = grid.offset + 1
        context["last"] = grid.offset + len(grid.rows)
    return TemplateResponse(request, "importer/grid.html", context)


def _page(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 8 else 0


def save_cells(request: HttpRequest, bad: BadRows) -> JsonResponse:
    """What the grid sends: ``{"sheet", "edits": [{row, column, was, new}]}``. The answer has the
    rows as they are then, checked again; 409 with sentences where nothing was kept."""
    try:
        sheet, edits = _read_edits(request.body)
        rows = [one.row for one in edits]
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"errors": ["The request cannot be read."]}, status=400)
    try:
        correct_cells(bad.dataset, by=user_of(request), edits=edits)
    except (StowageError, OdooError) as refusal:
        now = read_grid_rows(bad, sheet, rows).as_json()
        return JsonResponse({"errors": [str(refusal)], **now}, status=409)
    return JsonResponse({"errors": [], **read_grid_rows(bad, sheet, rows).as_json()})


def _read_edits(body: bytes) -> tuple[str, list[CellEdit]]:
    sent = json.loads(body)
    sheet = str(sent["sheet"])
    edits = [
        CellEdit(sheet, int(one["row"]), str(one["column"]), _text(one["was"]), _text(one["new"]))
        for one in sent["edits"]
    ]
    return sheet, edits


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def exchange_workbook(
    request: HttpRequest, bad: BadRows, back: HttpResponse, after: str = ""
) -> HttpResponseBase:
    """By POST: with ``export`` the workbook for the client, else the one that came back is taken in
    and shown, ``after`` at the end of that page's address. ``back``: where else to go."""
    if request.method != "POST":
        return back
    if "export" in request.POST:
        return _given(request, bad) or back
    if not allowed(request, "correct_dataset"):
        raise PermissionDenied
    came = do(request, lambda: _received(request, bad))
    if came is None:
        return back
    page = reverse("admin:importer_dataset_workbook", args=(came.dataset_id, came.pk))
    return HttpResponseRedirect(page + after)


def _given(request: HttpRequest, bad: BadRows) -> HttpResponseBase | None:
    with work_dir() as folder:
        path = folder / "rows.xlsx"
        made = do(request, lambda: export_workbook(bad, by=user_of(request), path=path))
        if made is None:
            return None
        # The file goes with its folder; what is open stays readable until it is sent.
        return FileResponse(
            path.open("rb"),
            as_attachment=True,
            filename=f"{made.dataset.name} to correct.xlsx",
            content_type=CONTENT_TYPE,
        )


def _received(request: HttpRequest, bad: BadRows) -> ReturnedWorkbook:
    file = request.FILES.get("workbook")
    if not isinstance(file, UploadedFile) or not file.name:
        raise Refused("Choose the workbook that came back first.")
    source = cast(BinaryIO, file)
    return receive_workbook(bad.dataset, by=user_of(request), name=file.name, source=source)
