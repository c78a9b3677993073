"""Runs: progress, steps, logs, problems, and what may be done with a run."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from graphs import runs
from graphs.abandoning import abandon_run
from graphs.api.causes import CausesRequestSerializer, CausesSerializer
from graphs.api.fixing import FixingActions
from graphs.api.load_plans import LoadPlanActions
from graphs.api.reconciliations import ReconciliationActions
from graphs.api.rehearsals import RehearsalSerializer
from graphs.api.rollback_plans import RollbackPlanActions
from graphs.api.starting import StartedSerializer, StartSerializer, start, started
from graphs.api.vanishing import PageSerializer, ResumeSerializer, VanishedSerializer
from graphs.causes import run_causes
from graphs.choices import LogLevel, OnBusy, RunKind, RunStatus
from graphs.models import Graph, GraphRun, RunLog
from graphs.progress import progress_of
from graphs.rehearsals import certificate_of
from graphs.vanishing import vanished_rows
from importer.api.scoping import ErrorsSerializer, ListModelMixin, ScopedViewSet, caller, find
from importer.api.strict import Strict
from importer.errors import Refused
from importer.models import Issue


class NodeProgressSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    model = serializers.CharField()
    status = serializers.CharField()
    rows_done = serializers.IntegerField()
    rows_total = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    adopted = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    skipped = serializers.IntegerField()
    failed = serializers.IntegerField()
    blocked = serializers.IntegerField()
    stubs = serializers.IntegerField(help_text="Of the created ones: stubs of missing records.")
    removed = serializers.IntegerField(required=False, help_text="Of a rollback only.")
    restored = serializers.IntegerField(required=False, help_text="Of a rollback only.")
    archived = serializers.IntegerField(
        help_text="Records whose row vanished; of a rollback those that had to stay."
    )
    kept = serializers.IntegerField(required=False, help_text="Of a rollback only.")


class ProgressDetailSerializer(serializers.Serializer[Any]):
    """``percentage``: rows that have an end of all rows; it never falls, 100 only at the end."""

    current_node = serializers.CharField(allow_null=True)
    current_nodes = serializers.ListField(child=serializers.CharField())
    current_index = serializers.IntegerField()
    total_nodes = serializers.IntegerField()
    percentage = serializers.FloatField()
    nodes = NodeProgressSerializer(many=True)


class StatsSerializer(serializers.Serializer[Any]):
    nodes_executed = serializers.IntegerField()
    nodes_failed = serializers.IntegerField()
    stubs = serializers.IntegerField()
    total_records = serializers.IntegerField()
    node_results = serializers.DictField()


class ProgressSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.CharField()
    progress = ProgressDetailSerializer()
    stats = StatsSerializer()
    notices = serializers.ListField(
        child=serializers.CharField(), help_text="What this run cannot promise."
    )
    error_message = serializers.CharField(allow_blank=True, allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)


class RunSerializer(serializers.ModelSerializer[GraphRun]):
    graph = serializers.UUIDField(source="version.graph_id")
    graph_name = serializers.CharField(source="version.graph.name")
    version = serializers.IntegerField(source="version.number")
    depth = serializers.CharField(help_text="How deep a dry run looks: local or server.")

    class Meta:
        model = GraphRun
        fields = (
            "id",
            "project",
            "kind",
            "graph",
            "graph_name",
            "version",
            "dataset",
            "connection",
            "reverts",
            "follows",
            "status",
            "waiting_since",
            "attempt",
            "dry_run",
            "depth",
            "applies",
            "options",
            "percentage",
            "error_message",
            "created_at",
            "started_at",
            "ended_at",
        )


class RollbackSerializer(Strict, serializers.Serializer[Any]):
    """``archive`` what Odoo refuses to remove; ``without_later``: leave out records that a later
    run touched instead of refusing; ``remove_edited``: created records go even where somebody else
    edited them since."""

    archive = serializers.BooleanField(required=False, default=False)
    without_later = serializers.BooleanField(required=False, default=False)
    remove_edited = serializers.BooleanField(required=False, default=False)


class LogSerializer(serializers.ModelSerializer[RunLog]):
    class Meta:
        model = RunLog
        fields = ("id", "at", "node_id", "batch", "level", "message", "error_type")


class IssueSerializer(serializers.ModelSerializer[Issue]):
    class Meta:
        model = Issue
        fields = (
            "id",
            "sheet",
            "row",
            "column",
            "value",
            "field",
            "level",
            "stage",
            "code",
            "message",
        )


_TRUE_OR_FALSE = (("true", "true"), ("false", "false"))


def _is_true(text: str) -> bool:
    return text == "true"


class RunFilter(filters.FilterSet):  # type: ignore[misc]
    graph = filters.UUIDFilter(field_name="version__graph_id")
    dataset = filters.UUIDFilter(field_name="dataset_id")
    connection = filters.UUIDFilter(field_name="connection_id")
    reverts = filters.UUIDFilter(field_name="reverts_id")
    follows = filters.UUIDFilter(field_name="follows_id")
    status = filters.ChoiceFilter(choices=RunStatus.choices)
    kind = filters.ChoiceFilter(choices=RunKind.choices)
    dry_run = filters.TypedChoiceFilter(choices=_TRUE_OR_FALSE, coerce=_is_true)


class RetrySerializer(Strict, serializers.Serializer[Any]):
    """``winner``: whose value stays where a field was changed in Odoo and in the sheet.
    ``on_busy``: whether it is refused or waits while another run writes."""

    winner = serializers.ChoiceField(["source", "odoo"], required=False, default="")
    on_busy = serializers.ChoiceField(
        choices=OnBusy.choices, required=False, default=OnBusy.REFUSE.value
    )


class RunViewSet(
    FixingActions,
    LoadPlanActions,
    ReconciliationActions,
    RollbackPlanActions,
    ListModelMixin,
    mixins.RetrieveModelMixin,
    ScopedViewSet,
):
    """Runs of graphs, loads and rollbacks alike."""

    queryset = GraphRun.objects.select_related("version__graph").order_by("-created_at")
    serializer_class = RunSerializer
    filterset_class = RunFilter

    @extend_schema(
        request=StartSerializer, responses={202: StartedSerializer, 400: ErrorsSerializer}
    )
    def create(self, request: Request) -> Response:
        """Start a run of a graph's newest release."""
        given = StartSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        graph = find(Graph.objects.all(), request, asked["graph_id"], "graph")
        return start(graph, request, asked)

    @extend_schema(responses=ProgressSerializer)
    @action(detail=True, methods=["get"])
    def progress(self, request: Request, pk: str) -> Response:
        """How far the run is, with the counters of each node."""
        return Response(ProgressSerializer(progress_of(self.get_object())).data)

    @extend_schema(request=None, responses={202: StartedSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Send nothing new; what is in doubt is settled first."""
        run = runs.cancel_run(self.get_object(), by=caller(request))
        message = "The run ends as soon as nothing that was sent is in doubt."
        return Response(started(run, message), status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={202: StartedSerializer})
    @action(detail=True, methods=["post"])
    def abandon(self, request: Request, pk: str) -> Response:
        """End a paused or cancelled run without knowing whether Odoo kept what is in doubt; each
        such row is an issue ``left_in_doubt``. Project admins only."""
        run = abandon_run(self.get_object(), by=caller(request))
        message = "The run ends; the rows left in doubt are among its issues."
        return Response(started(run, message), status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=RetrySerializer, responses={202: StartedSerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Only failed and blocked rows, from the same dataset. ``winner`` decides conflicts."""
        given = RetrySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        run = runs.retry_run(self.get_object(), by=caller(request), **given.validated_data)
        on_their_way = "The rows that failed or were blocked are on their way again."
        message = run.error_message if run.waiting_since else on_their_way
        return Response(started(run, message), status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={202: StartedSerializer})
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Stop after the batches under way, until somebody resumes."""
        run = runs.pause_run(self.get_object(), by=caller(request))
        message = "The run stops after the batches that are under way."
        return Response(started(run, message), status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=ResumeSerializer, responses={202: StartedSerializer})
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Go on with a paused run; ``vanished`` answers one that asks about rows that vanished."""
        given = ResumeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        run = runs.resume_run(self.get_object(), by=caller(request), **given.validated_data)
        return Response(started(run, "The run goes on."), status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        request=RollbackSerializer, responses={202: StartedSerializer, 409: ErrorsSerializer}
    )
    @action(detail=True, methods=["post"])
    def rollback(self, request: Request, pk: str) -> Response:
        """Undo the run by a run of kind rollback; the answer names that one."""
        given = RollbackSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        run = runs.start_rollback(self.get_object(), by=caller(request), **given.validated_data)
        return Response(
            started(run, "The rollback was started; follow its progress."),
            status=status.HTTP_202_ACCEPTED,
        )

    @extend_schema(responses={200: RehearsalSerializer, 404: ErrorsSerializer})
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def certificate(self, request: Request, pk: str) -> Response:
        """The newest rehearsal that passed with this run's release and dataset."""
        found = certificate_of(self.get_object())
        if found is None:
            raise NotFound("This release was not rehearsed with this dataset, or did not pass.")
        return Response(RehearsalSerializer(found).data)

    @extend_schema(
        responses=VanishedSerializer,
        parameters=[OpenApiParameter("offset", int), OpenApiParameter("limit", int)],
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def vanished(self, request: Request, pk: str) -> Response:
        """Records whose rows were in the run's file no more."""
        given = PageSerializer(data=request.query_params)
        given.is_valid(raise_exception=True)
        found = vanished_rows(self.get_object(), **given.validated_data)
        return Response(VanishedSerializer(found).data)

    @extend_schema(responses=NodeProgressSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def steps(self, request: Request, pk: str) -> Response:
        """The nodes with their counters."""
        nodes = progress_of(self.get_object())["progress"]["nodes"]
        return Response(NodeProgressSerializer(nodes, many=True).data)

    @extend_schema(
        responses=LogSerializer(many=True),
        parameters=[
            OpenApiParameter("level", str, enum=LogLevel.values),
            OpenApiParameter("node", str),
        ],
    )
    @action(detail=True, methods=["get"], filter_backends=[])
    def logs(self, request: Request, pk: str) -> Response:
        lines = self.get_object().logs.order_by("id")
        level = request.query_params.get("level")
        if level and level not in LogLevel.values:
            raise Refused(f"“{level}” is no level. Choose one of {', '.join(LogLevel.values)}.")
        for asked, column in (("level", "level"), ("node", "node_id")):
            if request.query_params.get(asked):
                lines = lines.filter(**{column: request.query_params[asked]})
        return self._paged(lines, LogSerializer)

    @extend_schema(responses=IssueSerializer(many=True), parameters=[OpenApiParameter("code", str)])
    @action(detail=True, methods=["get"], filter_backends=[])
    def issues(self, request: Request, pk: str) -> Response:
        """Every row's problem: sheet, row, column, value, what to do."""
        issues = Issue.objects.filter(load__node_run__run=self.get_object()).order_by("id")
        if request.query_params.get("code"):
            issues = issues.filter(code=request.query_params["code"])
        return self._paged(issues, IssueSerializer)

    @extend_schema(
        responses=CausesSerializer,
        parameters=[OpenApiParameter("limit", int), OpenApiParameter("offset", int)],
    )
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def causes(self, request: Request, pk: str) -> Response:
        """The problems grouped by cause, those first that block most rows."""
        asked = CausesRequestSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = run_causes(self.get_object(), **asked.validated_data)
        return Response(CausesSerializer(found).data)

    def _paged(self, rows: Any, serializer: Any) -> Response:
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(serializer(page, many=True).data)
