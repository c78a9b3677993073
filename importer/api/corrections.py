"""Corrections over HTTP: cells of a dataset, the dataset made of them, workbooks that came back."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from importer.api.parsing import StorableJSONParser
from importer.api.scoping import ErrorsSerializer, ScopedViewSet, caller, find
from importer.api.strict import Strict
from importer.bad_rows import BadRows, Wanted
from importer.checking import CheckedRows
from importer.corrections import CellEdit, chain_of, correct_cells, make_corrected, newest_of
from importer.data.correcting.workbook_out import CONTENT_TYPE
from importer.data.storage import work_dir
from importer.errors import Refused
from importer.grid import read_grid
from importer.models import Connection, Correction, Dataset, Mapping, ReturnedWorkbook
from importer.workbooks import (
    ANSWERS,
    apply_workbook,
    export_workbook,
    preview_workbook,
    receive_workbook,
)

GRID_PARAMETERS = [
    OpenApiParameter("sheet", str, description="The first with bad rows where it is left out."),
    OpenApiParameter("offset", int),
    OpenApiParameter("limit", int, description="At most 200 rows."),
    OpenApiParameter("code", str, description="Only rows with this cause,"),
    OpenApiParameter("column", str, description="in this column,"),
    OpenApiParameter("value", str, description="of this value."),
    OpenApiParameter("levels", str, enum=["error", "all"]),
]


CHECK_PARAMETERS = [
    OpenApiParameter("mapping", OpenApiTypes.UUID, required=True),
    OpenApiParameter("connection", OpenApiTypes.UUID, required=True),
]


class GridCellSerializer(serializers.Serializer[Any]):
    """``original``: what it said first; ``by``: who corrected it; ``reasons``: what is wrong."""

    column = serializers.CharField()
    value = serializers.CharField(allow_null=True)
    original = serializers.CharField(allow_null=True)
    by = serializers.CharField(allow_blank=True)
    reasons = serializers.ListField(child=serializers.CharField())


class GridRowSerializer(serializers.Serializer[Any]):
    """``right``: checked again after it was corrected; Odoo itself is asked by the next run."""

    row = serializers.IntegerField()
    state = serializers.ChoiceField(["bad", "right", "left_out"])
    reasons = serializers.ListField(child=serializers.CharField())
    cells = GridCellSerializer(many=True)


class GridSerializer(serializers.Serializer[Any]):
    """A page of one sheet's bad rows. ``unchecked``: why corrected rows could not be checked."""

    sheet = serializers.CharField(allow_blank=True)
    sheets = serializers.DictField(child=serializers.IntegerField())
    columns = serializers.ListField(child=serializers.CharField())
    offset = serializers.IntegerField()
    n_rows = serializers.IntegerField()
    rows = GridRowSerializer(many=True)
    waiting = serializers.IntegerField()
    unchecked = serializers.CharField(allow_blank=True)


def grid_of(request: Request, bad: BadRows) -> Response:
    """The page that the query asks for."""
    asked = request.query_params
    grid = read_grid(
        bad,
        sheet=asked.get("sheet", ""),
        offset=_number(asked.get("offset", "0")),
        limit=_number(asked.get("limit", "50")),
    )
    return Response(grid.as_json())


def workbook_of(request: Request, bad: BadRows) -> FileResponse:
    """The workbook for the client."""
    with work_dir() as folder:
        path = folder / "rows.xlsx"
        made = export_workbook(bad, by=caller(request), path=path)
        # The file goes with its folder; what is open stays readable until it is sent.
        name = f"{made.dataset.name} to correct.xlsx"
        return FileResponse(
            path.open("rb"), as_attachment=True, filename=name, content_type=CONTENT_TYPE
        )


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise Refused(f"“{text}” must be a whole number.")
    return int(text)


class CellSerializer(Strict, serializers.Serializer[Any]):
    """``was``: what you saw there; ``new``: null or "" for an empty cell. Without a column it is
    the row: "yes" leaves it out, "" takes it back in."""

    sheet = serializers.CharField()
    row = serializers.IntegerField(min_value=0)
    column = serializers.CharField(required=False, default="", allow_blank=True)
    was = serializers.CharField(
        required=False, default=None, allow_null=True, allow_blank=True, trim_whitespace=False
    )
    new = serializers.CharField(allow_null=True, allow_blank=True, trim_whitespace=False)


class CellsSerializer(Strict, serializers.Serializer[Any]):
    cells = CellSerializer(many=True, allow_empty=False)


def edits_of(request: Request) -> list[CellEdit]:
    """The cells that the body corrects."""
    given = CellsSerializer(data=request.data)
    given.is_valid(raise_exception=True)
    return [CellEdit(**one) for one in given.validated_data["cells"]]


class CorrectionSerializer(serializers.ModelSerializer[Correction]):
    """``made`` is null while the correction waits."""

    by = serializers.CharField(source="by.username", default=None)

    class Meta:
        model = Correction
        fields = ("dataset", "made", "sheet", "row", "column", "old", "new", "by", "at", "workbook")


class WhereSerializer(serializers.Serializer[Any]):
    """Where corrections wait, or what was made of them."""

    dataset = serializers.UUIDField()
    name = serializers.CharField()
    waiting = serializers.IntegerField()


def where(dataset: Dataset) -> dict[str, Any]:
    waiting = dataset.corrections.filter(made=None).count()
    return {"dataset": dataset.pk, "name": dataset.name, "waiting": waiting}


class ChangeSerializer(serializers.Serializer[Any]):
    """``given``: what had gone out; ``now``: what is there. No column: the whole row."""

    sheet = serializers.CharField()
    row = serializers.IntegerField()
    column = serializers.CharField(allow_blank=True)
    given = serializers.CharField(allow_null=True)
    now = serializers.CharField(allow_null=True)
    new = serializers.CharField(allow_null=True)


class RemarkSerializer(serializers.Serializer[Any]):
    """What was not taken over."""

    code = serializers.CharField()
    message = serializers.CharField()


class WorkbookSerializer(serializers.Serializer[Any]):
    """What a workbook that came back would change. ``conflicts``: cells that somebody else has
    corrected otherwise meanwhile. At most 1 000 of each are listed."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    dataset = serializers.UUIDField(help_text="Whose cells are changed: the newest of its chain.")
    made = serializers.UUIDField(allow_null=True, help_text="The dataset that was made of it.")
    rows = serializers.IntegerField(help_text="Rows that came back.")
    changed_cells = serializers.IntegerField()
    changed_rows = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="Corrections of others that go along.")
    changes = ChangeSerializer(many=True)
    conflicts = ChangeSerializer(many=True)
    remarks = RemarkSerializer(many=True)


class ReturnSerializer(serializers.Serializer[Any]):
    workbook = serializers.FileField()


class AnswerSerializer(Strict, serializers.Serializer[Any]):
    sheet = serializers.CharField()
    row = serializers.IntegerField()
    column = serializers.CharField(allow_blank=True)
    answer = serializers.ChoiceField(["workbook", "current"])


class ApplySerializer(Strict, serializers.Serializer[Any]):
    """Who wins where a cell was corrected otherwise meanwhile; ``ask`` refuses and names them."""

    conflicts = serializers.ChoiceField(list(ANSWERS), required=False, default="ask")
    answers = AnswerSerializer(many=True, required=False, default=list)


_LISTED = 1_000


def written(workbook: ReturnedWorkbook, request: Request) -> dict[str, Any]:
    """The preview as JSON."""
    found = preview_workbook(workbook, by=caller(request))
    return {
        "id": workbook.pk,
        "name": workbook.name,
        "dataset": found.dataset.pk,
        "made": workbook.made_id,
        "rows": found.n_rows,
        "changed_cells": len(found.changes),
        "changed_rows": found.n_changed_rows,
        "waiting": found.waiting,
        "changes": ChangeSerializer(found.changes[:_LISTED], many=True).data,
        "conflicts": ChangeSerializer(found.conflicts[:_LISTED], many=True).data,
        "remarks": RemarkSerializer(found.remarks[:_LISTED], many=True).data,
    }


class CorrectedMixin(ScopedViewSet):
    """Corrections of each row of a viewset of datasets."""

    def _checked(self, request: Request) -> CheckedRows:
        asked, dataset = request.query_params, self.get_object()
        own = {"project": dataset.project_id}
        mapping = find(Mapping.objects.filter(**own), request, asked.get("mapping"), "mapping")
        target = find(
            Connection.objects.filter(**own), request, asked.get("connection"), "connection"
        )
        return CheckedRows(dataset, mapping, target, Wanted.asked(asked))

    @extend_schema(responses=GridSerializer, parameters=[*CHECK_PARAMETERS, *GRID_PARAMETERS])
    @action(
        detail=True, methods=["get"], url_path="bad-rows", filter_backends=[], pagination_class=None
    )
    def bad_rows(self, request: Request, pk: str) -> Response:
        """Rows that the mapping finds bad, without any run; corrected ones are checked again."""
        return grid_of(request, self._checked(request))

    @extend_schema(
        request=None,
        responses={(200, CONTENT_TYPE): OpenApiTypes.BINARY},
        parameters=[*CHECK_PARAMETERS, *GRID_PARAMETERS[3:]],
    )
    @action(
        detail=True,
        methods=["post"],
        url_path="bad-rows/workbook",
        filter_backends=[],
        pagination_class=None,
    )
    def bad_rows_workbook(self, request: Request, pk: str) -> FileResponse:
        """The same rows as a workbook; what waits is made a corrected dataset first."""
        return workbook_of(request, self._checked(request))

    @extend_schema(methods=["GET"], responses=CorrectionSerializer(many=True))
    @extend_schema(
        methods=["POST"],
        request=CellsSerializer,
        responses={200: WhereSerializer, 400: ErrorsSerializer},
    )
    @action(detail=True, methods=["get", "post"], filter_backends=[])
    def corrections(self, request: Request, pk: str) -> Response:
        """Every correction of the dataset and of what was derived from it. POST keeps further
        ones: all or, with a sentence for each that does not fit, none."""
        dataset: Dataset = self.get_object()
        if request.method == "POST":
            newest = correct_cells(dataset, by=caller(request), edits=edits_of(request))
            return Response(WhereSerializer(where(newest)).data)
        told = Correction.objects.filter(dataset__in=chain_of(dataset)).select_related("by")
        page = self.paginate_queryset(told.order_by("pk"))
        return self.get_paginated_response(CorrectionSerializer(page, many=True).data)

    @extend_schema(methods=["GET"], responses=WhereSerializer)
    @extend_schema(methods=["POST"], request=None, responses={201: WhereSerializer})
    @action(detail=True, methods=["get", "post"], filter_backends=[], pagination_class=None)
    def corrected(self, request: Request, pk: str) -> Response:
        """The newest dataset of the chain. POST makes the corrected dataset of what waits."""
        dataset: Dataset = self.get_object()
        if request.method != "POST":
            return Response(WhereSerializer(where(newest_of(dataset))).data)
        made = make_corrected(dataset, by=caller(request))
        return Response(WhereSerializer(where(made)).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        request={"multipart/form-data": ReturnSerializer}, responses={201: WorkbookSerializer}
    )
    @action(detail=True, methods=["post"], filter_backends=[], pagination_class=None)
    def workbooks(self, request: Request, pk: str) -> Response:
        """Give a workbook back; the answer says what it would change. Nothing is changed yet."""
        file = request.FILES.get("workbook")
        if file is None:
            raise Refused("Send the workbook that came back as “workbook”.")
        came = receive_workbook(self.get_object(), by=caller(request), name=file.name, source=file)
        return Response(written(came, request), status=status.HTTP_201_CREATED)


class ReturnedWorkbookViewSet(mixins.RetrieveModelMixin, ScopedViewSet):
    """Workbooks of rows to correct that came back."""

    queryset: "QuerySet[ReturnedWorkbook]" = ReturnedWorkbook.objects.order_by("-created_at")
    serializer_class = WorkbookSerializer
    parser_classes = (StorableJSONParser, MultiPartParser, FormParser)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What it would change as things are now."""
        return Response(written(self.get_object(), request))

    @extend_schema(request=ApplySerializer, responses={201: WhereSerializer, 400: ErrorsSerializer})
    @action(detail=True, methods=["post"], filter_backends=[], pagination_class=None)
    def apply(self, request: Request, pk: str) -> Response:
        """Make the corrected dataset of what it changes."""
        given = ApplySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        answers = {
            (one["sheet"], one["row"], one["column"]): one["answer"] for one in asked["answers"]
        }
        made = apply_workbook(
            self.get_object(), by=caller(request), conflicts=asked["conflicts"], answers=answers
        )
        return Response(WhereSerializer(where(made)).data, status=status.HTTP_201_CREATED)
