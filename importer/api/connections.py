"""Connections to Odoo."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from importer import connections
from importer.api.jobs import JobSerializer
from importer.api.scoping import ListModelMixin, ScopedViewSet, caller, project_for
from importer.api.strict import Strict
from importer.choices import Environment
from importer.models import Connection, OdooField


def _paced(name: str) -> serializers.IntegerField:
    least, most = connections.PACE_RANGES[name]
    return serializers.IntegerField(min_value=least, max_value=most, required=False)


class ConnectionSerializer(serializers.ModelSerializer[Connection]):
    class Meta:
        model = Connection
        fields = (
            "id",
            "project",
            "name",
            "url",
            "database",
            "environment",
            "state",
            "state_message",
            "version",
            "fingerprint",
            "streams",
            "answer_limit_seconds",
            "answer_target_seconds",
            "schema_taken_at",
            "tested_at",
        )


class NewConnectionSerializer(Strict, serializers.Serializer[Any]):
    """``secret`` (password or API key) is stored encrypted and never given out."""

    name = serializers.CharField(max_length=200)
    url = serializers.URLField(max_length=500)
    database = serializers.CharField(max_length=200)
    login = serializers.CharField(max_length=200)
    secret = serializers.CharField(write_only=True)
    environment = serializers.ChoiceField(Environment.choices, default=Environment.STAGING)
    project = serializers.UUIDField(required=False)


class ConnectionChangesSerializer(Strict, serializers.Serializer[Any]):
    """Only what is given is changed."""

    name = serializers.CharField(max_length=200, required=False)
    url = serializers.URLField(max_length=500, required=False)
    database = serializers.CharField(max_length=200, required=False)
    environment = serializers.ChoiceField(Environment.choices, required=False)
    streams = _paced("streams")
    answer_limit_seconds = _paced("answer_limit_seconds")
    answer_target_seconds = _paced("answer_target_seconds")


class DecisionSerializer(Strict, serializers.Serializer[Any]):
    """What a changed fingerprint means: the same database, the same one gone back to a
    backup, or another one."""

    decision = serializers.ChoiceField(["restored", "other_database", "went_back"])


class SecretSerializer(Strict, serializers.Serializer[Any]):
    login = serializers.CharField(max_length=200)
    secret = serializers.CharField(write_only=True)


class ReportSerializer(serializers.Serializer[Any]):
    """What testing a connection found."""

    ok = serializers.BooleanField()
    sentence = serializers.CharField()
    version = serializers.CharField(allow_blank=True)


class OdooFieldSerializer(serializers.ModelSerializer[OdooField]):
    class Meta:
        model = OdooField
        fields = ("name", "label", "type", "required", "readonly", "store", "relation", "selection")


class ConnectionViewSet(ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """One Odoo database each."""

    queryset = Connection.objects.order_by("name")
    serializer_class = ConnectionSerializer
    filterset_fields = ("environment", "state")

    @extend_schema(request=NewConnectionSerializer, responses={201: ConnectionSerializer})
    def create(self, request: Request) -> Response:
        given = NewConnectionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        project = project_for(request)
        values = {k: v for k, v in given.validated_data.items() if k != "project"}
        made = connections.add_connection(by=caller(request), project=project, **values)
        return Response(ConnectionSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ConnectionChangesSerializer, responses=ConnectionSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change some of it. With another address it is untested again."""
        connection = self.get_object()
        given = ConnectionChangesSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        connections.change_connection(connection, by=caller(request), **given.validated_data)
        return Response(ConnectionSerializer(connection).data)

    @extend_schema(request=DecisionSerializer, responses=ConnectionSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Say what a changed fingerprint means; until then no run starts."""
        connection = self.get_object()
        given = DecisionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        connections.confirm_fingerprint(
            connection, by=caller(request), decision=given.validated_data["decision"]
        )
        return Response(ConnectionSerializer(connection).data)

    @extend_schema(request=SecretSerializer, responses=ConnectionSerializer)
    @action(detail=True, methods=["post"])
    def secret(self, request: Request, pk: str) -> Response:
        """Replace login and secret."""
        given = SecretSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        connection = self.get_object()
        connections.change_secret(by=caller(request), connection=connection, **given.validated_data)
        return Response(ConnectionSerializer(connection).data)

    @extend_schema(request=None, responses=ReportSerializer)
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Log in and look, now; answers in plain words."""
        report = connections.test_connection(self.get_object(), by=caller(request))
        version = report.version.text if report.version else ""
        sentence = " ".join((report.sentence, *report.notes))
        return Response({"ok": report.ok, "sentence": sentence, "version": version})

    @extend_schema(request=None, responses={202: JobSerializer})
    @action(detail=True, methods=["post"])
    def refresh(self, request: Request, pk: str) -> Response:
        """Read the schema again, in the background."""
        job = connections.ask_for_schema(self.get_object(), by=caller(request))
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses=OdooFieldSerializer(many=True))
    @action(
        detail=True,
        methods=["get"],
        url_path=r"models/(?P<model>[a-z0-9_.]+)/fields",
        pagination_class=None,
        filter_backends=[],
    )
    def model_fields(self, request: Request, pk: str, model: str) -> Response:
        """The fields of a model as last read."""
        fields = OdooField.objects.filter(
            odoo_model__connection=self.get_object(), odoo_model__name=model
        )
        return Response(OdooFieldSerializer(fields, many=True).data)
