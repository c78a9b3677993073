"""What a rollback would do, over HTTP: asking for a plan, its numbers, the records behind each."""

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from graphs.api.starting import StartedSerializer, started
from graphs.models import GraphRun
from graphs.plan_lists import PlanList
from graphs.rollback_plans import describe_plan, newest_plan, plan_rollback
from importer.api.scoping import ErrorsSerializer, caller
from importer.api.strict import Strict
from importer.undo_plans import LISTS


class PlanRequestSerializer(Strict, serializers.Serializer[Any]):
    """The options of the rollback that is planned."""

    archive = serializers.BooleanField(required=False, default=False)
    remove_edited = serializers.BooleanField(required=False, default=False)


class EditorSerializer(serializers.Serializer[Any]):
    who = serializers.CharField()
    records = serializers.IntegerField()
    last = serializers.CharField(help_text="UTC, as Odoo says it.")


class UserOfRecordsSerializer(serializers.Serializer[Any]):
    """``records`` of ours are used by ``uses`` of the model, in that field."""

    model = serializers.CharField()
    field = serializers.CharField(allow_blank=True)
    records = serializers.IntegerField()
    uses = serializers.IntegerField()


class StepSerializer(serializers.Serializer[Any]):
    step = serializers.CharField()
    records = serializers.IntegerField()


class NumbersSerializer(serializers.Serializer[Any]):
    removable = serializers.IntegerField()
    restorable = serializers.IntegerField()
    archivable = serializers.IntegerField()
    edited = serializers.IntegerField()
    used = serializers.IntegerField()
    needs_step = serializers.IntegerField()
    kept_otherwise = serializers.IntegerField()
    nothing_to_do = serializers.IntegerField()


class PlannedNodeSerializer(NumbersSerializer):
    node = serializers.CharField()
    model = serializers.CharField()
    edited_by = EditorSerializer(many=True)
    used_by = UserOfRecordsSerializer(many=True)
    steps = StepSerializer(many=True)
    not_looked_at = serializers.ListField(child=serializers.CharField())


class RollbackPlanSerializer(serializers.Serializer[Any]):
    """``id`` is the dry rollback run that looked; ``is_ready`` once every node is planned."""

    id = serializers.UUIDField()
    run = serializers.UUIDField()
    status = serializers.CharField()
    is_ready = serializers.BooleanField()
    looked_at = serializers.DateTimeField(allow_null=True)
    options = serializers.DictField()
    totals = NumbersSerializer()
    nodes = PlannedNodeSerializer(many=True)
    not_looked_at = serializers.ListField(child=serializers.CharField())
    later_runs = serializers.ListField(child=serializers.CharField())
    error_message = serializers.CharField(allow_blank=True)


class PlannedRecordSerializer(serializers.Serializer[Any]):
    node = serializers.CharField()
    model = serializers.CharField()
    odoo_id = serializers.IntegerField()
    key = serializers.CharField(allow_blank=True)
    row = serializers.IntegerField()
    verdict = serializers.CharField()
    code = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    given_back = serializers.CharField(allow_blank=True, help_text="Fields, by commas.")
    edited_fields = serializers.CharField(allow_blank=True, help_text="They stay.")
    editor = serializers.CharField(allow_blank=True)
    edited_at = serializers.CharField(allow_blank=True)
    used_by = serializers.CharField(allow_blank=True)


_WHICH = [
    OpenApiParameter("list", str, enum=list(LISTS), description="By default removable."),
    OpenApiParameter("node", str),
]


class RollbackPlanActions:
    """Actions of :class:`graphs.api.runs.RunViewSet`."""

    @extend_schema(responses={200: RollbackPlanSerializer, 404: ErrorsSerializer})
    @action(detail=True, methods=["get"], url_path="rollback-plan", filter_backends=[])
    def rollback_plan(self: Any, request: Request, pk: str) -> Response:
        """The newest plan of a rollback of this run that still holds."""
        plan = _plan_of(self.get_object())
        return Response(RollbackPlanSerializer(describe_plan(plan)).data)

    @extend_schema(request=PlanRequestSerializer, responses={202: StartedSerializer})
    @rollback_plan.mapping.post
    def make_rollback_plan(self: Any, request: Request, pk: str) -> Response:
        """Look what a rollback would do; nothing is sent. The answer names the run that looks."""
        given = PlanRequestSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        plan = plan_rollback(self.get_object(), by=caller(request), **given.validated_data)
        message = "The plan is being made; nothing is sent."
        return Response(started(plan, message), status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses=PlannedRecordSerializer(many=True), parameters=_WHICH)
    @action(detail=True, methods=["get"], url_path="rollback-plan/records", filter_backends=[])
    def rollback_plan_records(self: Any, request: Request, pk: str) -> Response:
        """The records behind one number of the newest plan."""
        page = self.paginate_queryset(_list_of(self.get_object(), request))
        answer: Response = self.get_paginated_response(
            PlannedRecordSerializer(page, many=True).data
        )
        return answer

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR}, parameters=_WHICH)
    @action(
        detail=True,
        methods=["get"],
        url_path="rollback-plan/records.csv",
        filter_backends=[],
        pagination_class=None,
    )
    def rollback_plan_csv(self: Any, request: Request, pk: str) -> StreamingHttpResponse:
        """All of them as one file."""
        return csv_answer(_list_of(self.get_object(), request), request.query_params.get("list"))


def csv_answer(records: PlanList, which: str | None) -> StreamingHttpResponse:
    """A download."""
    name = f"rollback-{which or 'removable'}.csv"
    return StreamingHttpResponse(
        records.as_csv(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _plan_of(run: GraphRun) -> GraphRun:
    plan = newest_plan(run)
    if plan is None:
        raise NotFound("No plan of a rollback holds for this run. Ask for one by POST.")
    return plan


def _list_of(run: GraphRun, request: Request) -> PlanList:
    asked = request.query_params
    return PlanList(_plan_of(run), asked.get("list") or "removable", asked.get("node") or "")
