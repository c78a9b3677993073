"""What a dry run has planned, over HTTP: counts, rows, a workbook; agreeing, applying, a canary."""

from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from graphs.agreements import (
    agree_to_changes,
    agree_to_plan,
    agreement_of,
    apply_plan,
    changed_since,
    changes_of,
)
from graphs.api.rehearsals import RehearsalSerializer
from graphs.api.starting import STARTED, StartedSerializer, started
from graphs.canaries import MOST_ROWS, try_canary
from graphs.choices import OnBusy
from graphs.models import GraphRun
from graphs.plan_exports import plan_download
from graphs.plans import VERDICTS, PlannedRows, describe_load_plan
from importer.api.scoping import ErrorsSerializer, caller, find
from importer.api.strict import Strict
from importer.models import Connection
from importer.planned_rows import Wanted

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_DIFFERENCES = 1000


class LoadPlanNodeSerializer(serializers.Serializer[Any]):
    """``verdicts``: verdict -> rows; ``fields``: field -> rows whose update writes it; ``tried``:
    rows that Odoo has tried and rolled back."""

    node = serializers.CharField()
    model = serializers.CharField()
    status = serializers.CharField()
    rows = serializers.IntegerField()
    verdicts = serializers.DictField(child=serializers.IntegerField())
    fields = serializers.DictField(child=serializers.IntegerField())  # type: ignore[assignment]
    depth = serializers.CharField(allow_blank=True)
    tried = serializers.IntegerField()
    not_checked = serializers.ListField(child=serializers.CharField())
    error_message = serializers.CharField(allow_blank=True)


class PlanCanarySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.CharField()
    state_label = serializers.CharField()
    connection = serializers.CharField()
    rows_a_node = serializers.IntegerField()
    run = serializers.UUIDField()
    counts = serializers.DictField(child=serializers.IntegerField())
    error_message = serializers.CharField(allow_blank=True)


class PlanAgreementSerializer(serializers.Serializer[Any]):
    """``changed``: what of data and mapping is otherwise since; then agree again."""

    agreed_by = serializers.CharField()
    agreed_at = serializers.DateTimeField()
    sha256 = serializers.CharField()
    changed = serializers.ListField(child=serializers.CharField())


class LoadPlanSerializer(serializers.Serializer[Any]):
    """``depth``: ``local`` or ``server``; ``not_checked``: what it could not know, in sentences."""

    id = serializers.UUIDField()
    status = serializers.CharField()
    is_ready = serializers.BooleanField()
    depth = serializers.CharField()
    depth_label = serializers.CharField()
    looked_at = serializers.DateTimeField(allow_null=True)
    release = serializers.IntegerField()
    dataset = serializers.CharField()
    connection = serializers.CharField()
    sha256 = serializers.CharField(allow_blank=True)
    totals = serializers.DictField(child=serializers.IntegerField())
    nodes = LoadPlanNodeSerializer(many=True)
    not_checked = serializers.ListField(child=serializers.CharField())
    canaries = PlanCanarySerializer(many=True)
    agreement = PlanAgreementSerializer(allow_null=True)
    error_message = serializers.CharField(allow_blank=True)


class PlannedChangeSerializer(serializers.Serializer[Any]):
    """``before``: what Odoo held when the plan was made; null where it was not read."""

    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.CharField(allow_null=True, allow_blank=True)
    after = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)


class PlannedRowSerializer(serializers.Serializer[Any]):
    node = serializers.CharField()
    model = serializers.CharField()
    sheet = serializers.CharField()
    row = serializers.IntegerField()
    key = serializers.CharField(allow_blank=True)
    verdict = serializers.CharField()
    odoo_id = serializers.IntegerField(allow_null=True)
    is_edited = serializers.BooleanField(help_text="Somebody else wrote to it since we did.")
    reason = serializers.CharField(allow_blank=True)
    changes = PlannedChangeSerializer(many=True)


class PlanDifferenceSerializer(serializers.Serializer[Any]):
    sheet = serializers.CharField()
    row = serializers.IntegerField()
    key = serializers.CharField(allow_blank=True)
    was = serializers.CharField(allow_blank=True, help_text="Verdict agreed to.")
    now = serializers.CharField(allow_blank=True)
    what = serializers.CharField()
    detail = serializers.CharField(allow_blank=True)


class NodeChangesSerializer(serializers.Serializer[Any]):
    """A node whose plan is not the agreed one any more; ``differences``: the first thousand;
    ``sha256``: to agree to these changes and no others."""

    node = serializers.CharField()
    model = serializers.CharField()
    sha256 = serializers.CharField()
    sentence = serializers.CharField()
    rows = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField())
    differences = PlanDifferenceSerializer(many=True)


class PlanAgreeSerializer(Strict, serializers.Serializer[Any]):
    """``sha256``: the plan that was looked at; refused where it is another one by now."""

    sha256 = serializers.CharField(required=False, default="", allow_blank=True)


class ChangesAgreeSerializer(Strict, serializers.Serializer[Any]):
    """``sha256``: of each node's changes that were looked at; refused where they are others."""

    sha256 = serializers.ListField(child=serializers.CharField(), required=False, default=list)


class PlanApplySerializer(Strict, serializers.Serializer[Any]):
    on_busy = serializers.ChoiceField(
        choices=OnBusy.choices, required=False, default=OnBusy.REFUSE.value
    )


class CanaryAskedSerializer(Strict, serializers.Serializer[Any]):
    """Without ``connection_id``: the plan's own, if that is a sandbox."""

    connection_id = serializers.UUIDField(required=False)
    rows = serializers.IntegerField(required=False, default=5, min_value=1, max_value=MOST_ROWS)


_FILTERS = [
    OpenApiParameter("verdict", str, enum=[str(one) for one in VERDICTS]),
    OpenApiParameter("node", str),
    OpenApiParameter("field", str, description="Rows that would write this field."),
    OpenApiParameter("text", str, description="In the key, a cell or what is said of the row."),
]


class LoadPlanActions:
    """Actions of :class:`graphs.api.runs.RunViewSet`."""

    @extend_schema(responses={200: LoadPlanSerializer, 400: ErrorsSerializer})
    @action(detail=True, methods=["get"], filter_backends=[])
    def plan(self: Any, request: Request, pk: str) -> Response:
        """What a dry run has planned: the counts, how deep it went, who agreed."""
        run = self.get_object()
        found = describe_load_plan(run) | {"agreement": _agreement(run)}
        return Response(LoadPlanSerializer(found).data)

    @extend_schema(responses=PlannedRowSerializer(many=True), parameters=_FILTERS)
    @action(detail=True, methods=["get"], url_path="plan/rows", filter_backends=[])
    def plan_rows(self: Any, request: Request, pk: str) -> Response:
        """The planned rows, each with its verdict and what it would write."""
        page = self.paginate_queryset(_rows(self.get_object(), request))
        answer: Response = self.get_paginated_response(PlannedRowSerializer(page, many=True).data)
        return answer

    @extend_schema(responses={(200, _XLSX): OpenApiTypes.BINARY}, parameters=_FILTERS)
    @action(
        detail=True,
        methods=["get"],
        url_path="plan.xlsx",
        filter_backends=[],
        pagination_class=None,
    )
    def plan_workbook(self: Any, request: Request, pk: str) -> FileResponse:
        """The same rows as a workbook, the counts first."""
        run = self.get_object()
        return plan_download(run, _rows(run, request))

    @extend_schema(request=PlanAgreeSerializer, responses={200: PlanAgreementSerializer})
    @action(detail=True, methods=["post"], url_path="plan/agree")
    def plan_agree(self: Any, request: Request, pk: str) -> Response:
        """Agree to the plan of a dry run. Approvers and admins."""
        given = PlanAgreeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        run = self.get_object()
        agree_to_plan(run, by=caller(request), **given.validated_data)
        return Response(PlanAgreementSerializer(_agreement(run)).data)

    @extend_schema(
        request=PlanApplySerializer, responses={202: StartedSerializer, 409: ErrorsSerializer}
    )
    @action(detail=True, methods=["post"], url_path="plan/apply")
    def plan_apply(self: Any, request: Request, pk: str) -> Response:
        """A run that comes to exactly the agreed plan, or pauses and asks; the answer names it."""
        given = PlanApplySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        run = apply_plan(self.get_object(), by=caller(request), **given.validated_data)
        message = run.error_message if run.waiting_since else STARTED
        return Response(started(run, message), status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=CanaryAskedSerializer, responses={202: RehearsalSerializer})
    @action(detail=True, methods=["post"], url_path="plan/canary")
    def plan_canary(self: Any, request: Request, pk: str) -> Response:
        """Load few rows of each node into a sandbox connection and roll them back."""
        given = CanaryAskedSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        run, asked = self.get_object(), given.validated_data.get("connection_id")
        own = Connection.objects.filter(project=run.project_id)
        connection = find(own, request, asked, "connection") if asked else None
        rows = given.validated_data["rows"]
        canary = try_canary(run, by=caller(request), connection=connection, rows=rows)
        return Response(RehearsalSerializer(canary).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses=NodeChangesSerializer(many=True))
    @action(
        detail=True,
        methods=["get"],
        url_path="plan/changes",
        filter_backends=[],
        pagination_class=None,
    )
    def plan_changes(self: Any, request: Request, pk: str) -> Response:
        """Of a run that is paused because its plan is not the agreed one: what differs."""
        found = changes_of(self.get_object(), limit=_MOST_DIFFERENCES)
        return Response(NodeChangesSerializer(found, many=True).data)

    @extend_schema(request=ChangesAgreeSerializer, responses={202: StartedSerializer})
    @action(detail=True, methods=["post"], url_path="plan/changes/agree")
    def plan_changes_agree(self: Any, request: Request, pk: str) -> Response:
        """Agree to what has changed; the run goes on. Approvers and admins."""
        given = ChangesAgreeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        run = agree_to_changes(self.get_object(), by=caller(request), **given.validated_data)
        return Response(started(run, "The run goes on."), status=status.HTTP_202_ACCEPTED)


def _rows(run: GraphRun, request: Request) -> PlannedRows:
    asked = request.query_params
    wanted = Wanted(*(asked.get(name, "") for name in ("verdict", "text", "field")))
    return PlannedRows(run, wanted, asked.get("node", ""))


def _agreement(run: GraphRun) -> dict[str, Any] | None:
    found = agreement_of(run)
    if found is None:
        return None
    return {
        "agreed_by": str(found.agreed_by or ""),
        "agreed_at": found.created_at,
        "sha256": found.sha256,
        "changed": changed_since(found),
    }
