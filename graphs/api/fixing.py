"""The bad rows of a run over HTTP: corrected, handed out as a workbook, and run again."""

from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from graphs.api.starting import STARTED, StartedSerializer, started
from graphs.choices import OnBusy
from graphs.fixing import RunRows, fix_and_run
from importer.api.corrections import (
    GRID_PARAMETERS,
    CellsSerializer,
    GridSerializer,
    edits_of,
    grid_of,
    workbook_of,
)
from importer.api.scoping import ErrorsSerializer, ScopedViewSet, caller
from importer.api.strict import Strict
from importer.bad_rows import Wanted
from importer.corrections import correct_cells
from importer.data.correcting.workbook_out import CONTENT_TYPE
from importer.grid import read_grid_rows


class FixSerializer(Strict, serializers.Serializer[Any]):
    """``on_busy``: whether it is refused or waits while another run writes."""

    on_busy = serializers.ChoiceField(
        choices=OnBusy.choices, required=False, default=OnBusy.REFUSE.value
    )


class FixingActions(ScopedViewSet):
    """What may be done with the bad rows of each row of a viewset of runs."""

    def _bad(self, request: Request) -> RunRows:
        return RunRows(self.get_object(), Wanted.asked(request.query_params))

    @extend_schema(methods=["GET"], responses=GridSerializer, parameters=GRID_PARAMETERS)
    @extend_schema(
        methods=["POST"],
        request=CellsSerializer,
        responses={200: GridSerializer(many=True), 400: ErrorsSerializer},
    )
    @action(
        detail=True,
        methods=["get", "post"],
        url_path="bad-rows",
        filter_backends=[],
        pagination_class=None,
    )
    def bad_rows(self, request: Request, pk: str) -> Response:
        """Rows that the run found bad; those that were corrected since are checked again. POST
        corrects cells, all or none; the answer has their rows, by sheet, as they are then."""
        bad = self._bad(request)
        if request.method != "POST":
            return grid_of(request, bad)
        edits = edits_of(request)
        correct_cells(bad.dataset, by=caller(request), edits=edits)
        sheets = dict.fromkeys(one.sheet for one in edits)
        rows = {name: [one.row for one in edits if one.sheet == name] for name in sheets}
        return Response([read_grid_rows(bad, name, rows[name]).as_json() for name in sheets])

    @extend_schema(
        request=None,
        responses={(200, CONTENT_TYPE): OpenApiTypes.BINARY},
        parameters=GRID_PARAMETERS[3:],
    )
    @action(
        detail=True,
        methods=["post"],
        url_path="bad-rows/workbook",
        filter_backends=[],
        pagination_class=None,
    )
    def bad_rows_workbook(self, request: Request, pk: str) -> FileResponse:
        """The same rows as a workbook; what waits is made a corrected dataset first. Give it back
        to the dataset."""
        return workbook_of(request, self._bad(request))

    @extend_schema(request=FixSerializer, responses={202: StartedSerializer, 409: ErrorsSerializer})
    @action(detail=True, methods=["post"], filter_backends=[], pagination_class=None)
    def fix(self, request: Request, pk: str) -> Response:
        """Make the corrected dataset of what waits and start the run that follows with it: only
        what is new or changed is sent. After a dry run it is another dry run."""
        given = FixSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        run = fix_and_run(self.get_object(), by=caller(request), **given.validated_data)
        message = run.error_message if run.waiting_since else STARTED
        return Response(started(run, message), status=status.HTTP_202_ACCEPTED)
