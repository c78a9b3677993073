"""A run held against Odoo, over HTTP: ask for a report, read it, its differences and its files,
sign it."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from graphs.choices import ReconciliationState
from graphs.difference_lists import KINDS, Asked, DifferenceList
from graphs.models import GraphRun, Reconciliation
from graphs.reconciliations import (
    is_intact,
    newest_reconciliation,
    reconcile_run,
    sign_reconciliation,
)
from graphs.reporting.exporting import TYPES, exported, file_name
from importer.api.scoping import ErrorsSerializer, caller
from importer.api.strict import Strict


class ReconciliationSerializer(serializers.ModelSerializer[Reconciliation]):
    """``report``: counts, keys, sums, dates and control totals a node, and how each number came
    about. ``is_intact``: it is still that over which ``sha256`` was taken."""

    report = serializers.DictField()
    asked_by = serializers.CharField(source="asked_by.username", allow_null=True, default=None)
    signed_by = serializers.CharField(source="signed_by.username", allow_null=True, default=None)
    is_intact = serializers.SerializerMethodField()

    class Meta:
        model = Reconciliation
        fields = (
            "id",
            "project",
            "run",
            "attempt",
            "origin",
            "state",
            "is_equal",
            "n_differences",
            "sha256",
            "is_intact",
            "report",
            "error_message",
            "asked_by",
            "created_at",
            "ended_at",
            "signed_by",
            "signed_name",
            "signed_role",
            "signed_at",
            "comment",
        )

    def get_is_intact(self, made: Reconciliation) -> bool:
        return is_intact(made)


class SignSerializer(Strict, serializers.Serializer[Any]):
    """``sha256``: of the report that was read; ``comment``: required where it has differences."""

    sha256 = serializers.RegexField("^[0-9a-f]{64}$")
    comment = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)


class DifferenceSerializer(serializers.Serializer[Any]):
    """``kind``: missing (no record in Odoo), different (``field`` has another value), extra (a
    record under our external ids that no row has)."""

    node = serializers.CharField()
    entity = serializers.CharField()
    model = serializers.CharField()
    kind = serializers.ChoiceField(KINDS)
    key = serializers.CharField(allow_blank=True)
    sheet_row = serializers.IntegerField(allow_null=True)
    odoo_id = serializers.IntegerField(allow_null=True)
    field = serializers.CharField(allow_blank=True)
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    odoo = serializers.CharField(allow_blank=True)
    written_at = serializers.CharField(allow_blank=True, help_text="UTC, as Odoo says it.")
    written_by = serializers.CharField(allow_blank=True)
    is_edited = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)


_WHICH = [
    OpenApiParameter("node", str),
    OpenApiParameter("kind", str, enum=KINDS),
    OpenApiParameter("text", str, description="In key, values, who or reason."),
]


class ReconciliationActions:
    """Part of the runs' viewset: the newest report of a run."""

    @extend_schema(
        methods=["GET"], responses={200: ReconciliationSerializer, 404: ErrorsSerializer}
    )
    @extend_schema(
        methods=["POST"],
        request=None,
        responses={202: ReconciliationSerializer, 400: ErrorsSerializer},
    )
    @action(detail=True, methods=["get", "post"], filter_backends=[], pagination_class=None)
    def reconciliation(self: Any, request: Request, pk: str) -> Response:
        """The newest report; a POST asks for another one, of what Odoo says now."""
        run = self.get_object()
        if request.method == "POST":
            made = reconcile_run(run, by=caller(request))
            said = ReconciliationSerializer(made).data
            return Response(said, status=status.HTTP_202_ACCEPTED)
        return Response(ReconciliationSerializer(_newest(run)).data)

    @extend_schema(
        request=SignSerializer,
        responses={200: ReconciliationSerializer, 400: ErrorsSerializer, 404: ErrorsSerializer},
    )
    @action(detail=True, methods=["post"], url_path="reconciliation/sign")
    def reconciliation_sign(self: Any, request: Request, pk: str) -> Response:
        """Sign the newest report, once and for ever. Approvers and admins; not who started the run
        where somebody else may."""
        given = SignSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        made = sign_reconciliation(
            _newest(self.get_object()), by=caller(request), **given.validated_data
        )
        return Response(ReconciliationSerializer(made).data)

    @extend_schema(responses=DifferenceSerializer(many=True), parameters=_WHICH)
    @action(detail=True, methods=["get"], url_path="reconciliation/differences", filter_backends=[])
    def reconciliation_differences(self: Any, request: Request, pk: str) -> Response:
        """What differs, a row each."""
        asked = Asked(*(request.query_params.get(one, "") for one in ("node", "kind", "text")))
        found = DifferenceList(_ready(self.get_object()), asked)
        page = self.paginate_queryset(found)
        answer: Response = self.get_paginated_response(DifferenceSerializer(page, many=True).data)
        return answer

    @extend_schema(responses={(200, TYPES["xlsx"]): OpenApiTypes.BINARY})
    @action(
        detail=True,
        methods=["get"],
        url_path="reconciliation.xlsx",
        filter_backends=[],
        pagination_class=None,
    )
    def reconciliation_xlsx(self: Any, request: Request, pk: str) -> HttpResponse:
        """The report as a workbook."""
        return _file(_ready(self.get_object()), "xlsx")

    @extend_schema(responses={(200, TYPES["pdf"]): OpenApiTypes.BINARY})
    @action(
        detail=True,
        methods=["get"],
        url_path="reconciliation.pdf",
        filter_backends=[],
        pagination_class=None,
    )
    def reconciliation_pdf(self: Any, request: Request, pk: str) -> HttpResponse:
        """The report as a PDF."""
        return _file(_ready(self.get_object()), "pdf")


def _newest(run: GraphRun) -> Reconciliation:
    made = newest_reconciliation(run)
    if made is None:
        raise NotFound("This run has no reconciliation yet. Ask for one by POST.")
    return made


def _ready(run: GraphRun) -> Reconciliation:
    made = _newest(run)
    if made.state != ReconciliationState.READY:
        raise NotFound("The reconciliation of this run is not ready.")
    return made


def _file(made: Reconciliation, form: str) -> HttpResponse:
    return HttpResponse(
        exported(made, form),
        content_type=TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="{file_name(made, form)}"'},
    )
