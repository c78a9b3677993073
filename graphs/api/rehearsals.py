"""Rehearsals and the certificates that come of them."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import mixins, serializers

from graphs.choices import RehearsalState
from graphs.models import Rehearsal
from importer.api.scoping import ListModelMixin, ScopedViewSet


class RehearsalSerializer(serializers.ModelSerializer[Rehearsal]):
    """Once ``state`` is ``passed`` this is a certificate: release and dataset by their SHA-256, the
    database by its fingerprint. ``differences``: the first of ``n_differences``."""

    graph = serializers.UUIDField(source="version.graph_id")
    version = serializers.IntegerField(source="version.number")
    counts = serializers.DictField()
    differences = serializers.ListField(child=serializers.DictField())
    not_looked_at = serializers.ListField(child=serializers.CharField())
    started_by = serializers.CharField(source="started_by.username", allow_null=True)

    class Meta:
        model = Rehearsal
        fields = (
            "id",
            "project",
            "graph",
            "version",
            "version_sha256",
            "dataset",
            "dataset_sha256",
            "connection",
            "plan",
            "rows_a_node",
            "fingerprint",
            "state",
            "run",
            "rollback",
            "counts",
            "n_differences",
            "differences",
            "not_looked_at",
            "error_message",
            "started_by",
            "created_at",
            "ended_at",
        )


class RehearsalFilter(filters.FilterSet):  # type: ignore[misc]
    graph = filters.UUIDFilter(field_name="version__graph_id")
    dataset = filters.UUIDFilter(field_name="dataset_id")
    connection = filters.UUIDFilter(field_name="connection_id")
    state = filters.ChoiceFilter(choices=RehearsalState.choices)


class RehearsalViewSet(ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Runs that were tried out and undone, with the proof that Odoo was as before."""

    queryset: Any = Rehearsal.objects.select_related("version", "started_by").order_by(
        "-created_at"
    )
    serializer_class = RehearsalSerializer
    filterset_class = RehearsalFilter
