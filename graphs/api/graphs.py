"""Graphs: draft, checks, releases, starting a run."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from graphs import versions
from graphs.api.drafts import DraftedMixin
from graphs.api.rehearsals import RehearsalSerializer
from graphs.api.starting import (
    RehearsalRequestSerializer,
    RunRequestSerializer,
    StartedSerializer,
    links_of,
    start,
)
from graphs.models import Graph, GraphVersion
from graphs.rehearsals import rehearse_run
from importer.api.scoping import (
    ErrorsSerializer,
    ListModelMixin,
    OwnRow,
    ProblemSerializer,
    ScopedViewSet,
    caller,
    project_for,
)
from importer.api.strict import Strict
from importer.models import Connection, Dataset


class GraphSerializer(Strict, serializers.ModelSerializer[Graph]):
    """``spec``: {nodes: [{id, type, data: {odooModel, mapping, onError, ...}}], edges:
    [{source, target}]}."""

    spec = serializers.DictField()
    connection = OwnRow(queryset=Connection.objects.all(), allow_null=True, required=False)
    dataset = OwnRow(queryset=Dataset.objects.all(), allow_null=True, required=False)

    class Meta:
        model = Graph
        fields = (
            "id",
            "project",
            "name",
            "description",
            "spec",
            "connection",
            "dataset",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("project",)


class VersionSerializer(serializers.ModelSerializer[GraphVersion]):
    class Meta:
        model = GraphVersion
        fields = ("number", "sha256", "released_at")


class ValidationSerializer(serializers.Serializer[Any]):
    valid = serializers.BooleanField()
    errors = ProblemSerializer(many=True)  # type: ignore[assignment]
    warnings = ProblemSerializer(many=True)


class PlanNodeSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    position = serializers.IntegerField()
    level = serializers.IntegerField()
    model = serializers.CharField()
    entity = serializers.CharField()
    mapping = serializers.CharField()
    parents = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField(allow_blank=True)


class EdgeSerializer(serializers.Serializer[Any]):
    source = serializers.CharField()  # type: ignore[assignment]
    target = serializers.CharField()


class PlanSerializer(serializers.Serializer[Any]):
    """What a run would do, in order; ``added_edges`` come from references."""

    order = serializers.ListField(child=serializers.CharField())
    levels = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    nodes = PlanNodeSerializer(many=True)
    added_edges = EdgeSerializer(many=True)
    errors = ProblemSerializer(many=True)  # type: ignore[assignment]
    warnings = ProblemSerializer(many=True)


class GraphFilter(filters.FilterSet):  # type: ignore[misc]
    name = filters.CharFilter()
    connection = filters.UUIDFilter(field_name="connection_id")
    dataset = filters.UUIDFilter(field_name="dataset_id")


class GraphViewSet(
    DraftedMixin,
    ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    ScopedViewSet,
):
    """Graphs of models to load."""

    queryset = Graph.objects.order_by("name")
    serializer_class = GraphSerializer
    filterset_class = GraphFilter

    def perform_create(self, serializer: Any) -> None:
        project = project_for(self.request)
        serializer.instance = versions.create_graph(
            by=caller(self.request), project=project, **serializer.validated_data
        )

    def perform_update(self, serializer: Any) -> None:
        versions.save_graph(
            serializer.instance, by=caller(self.request), **serializer.validated_data
        )

    def perform_destroy(self, instance: Graph) -> None:
        versions.delete_graph(instance, by=caller(self.request))

    @extend_schema(request=None, responses=ValidationSerializer)
    @action(detail=True, methods=["post"])
    def validate(self, request: Request, pk: str) -> Response:
        """Every problem at once. Nothing is changed."""
        problems = versions.validate_graph(self.get_object())
        errors = [p.as_dict() for p in problems if p.is_error]
        warnings = [p.as_dict() for p in problems if not p.is_error]
        return Response({"valid": not errors, "errors": errors, "warnings": warnings})

    @extend_schema(responses={200: PlanSerializer, 400: ErrorsSerializer})
    @action(detail=True, methods=["get"])
    def plan(self, request: Request, pk: str) -> Response:
        """The order in which the nodes are loaded."""
        return Response(PlanSerializer(versions.execution_plan(self.get_object())).data)

    @extend_schema(request=None, responses={200: VersionSerializer, 400: ErrorsSerializer})
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Freeze the draft as the next version."""
        version = versions.publish_graph(self.get_object(), by=caller(request))
        return Response(VersionSerializer(version).data)

    @extend_schema(
        request=RehearsalRequestSerializer,
        responses={202: RehearsalSerializer, 400: ErrorsSerializer, 409: ErrorsSerializer},
    )
    @action(detail=True, methods=["post"])
    def rehearse(self, request: Request, pk: str) -> Response:
        """Run, undo and compare on a sandbox or staging connection; follow ``rehearsals/{id}``."""
        graph = self.get_object()
        given = RehearsalRequestSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        links = links_of(graph, request, given.validated_data, ("dataset", "connection"))
        rehearsal = rehearse_run(graph, by=caller(request), **links)
        return Response(RehearsalSerializer(rehearsal).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        request=RunRequestSerializer,
        responses={202: StartedSerializer, 400: ErrorsSerializer, 409: ErrorsSerializer},
    )
    @action(detail=True, methods=["post"])
    def run(self, request: Request, pk: str) -> Response:
        """Start a run of the newest release; a graph never released is released first."""
        graph = self.get_object()
        given = RunRequestSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return start(graph, request, given.validated_data)
