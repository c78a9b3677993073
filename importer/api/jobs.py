"""Background jobs that are no run."""

from rest_framework import mixins, serializers

from importer.api.scoping import ListModelMixin, ScopedViewSet
from importer.models import Job


class JobSerializer(serializers.ModelSerializer[Job]):
    class Meta:
        model = Job
        fields = (
            "id",
            "kind",
            "object_id",
            "state",
            "done",
            "total",
            "message",
            "created_at",
            "started_at",
            "ended_at",
        )


class JobViewSet(ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Reading files, refreshing schemas."""

    queryset = Job.objects.order_by("-created_at")
    serializer_class = JobSerializer
    filterset_fields = ("kind", "state", "object_id")
