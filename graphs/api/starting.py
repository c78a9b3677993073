"""What requests that start work in the background look like, and how they are answered."""

from typing import Any

from rest_framework import serializers

from graphs.models import GraphRun

STARTED = "The run was started; follow its progress."


class StartedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.CharField()
    task_id = serializers.CharField()
    message = serializers.CharField()


class RunRequestSerializer(serializers.Serializer[Any]):
    """What is left out is taken from the graph. ``keys``: {entity: [key, ...]} loads only those."""

    dataset_id = serializers.UUIDField(required=False)
    connection_id = serializers.UUIDField(required=False)
    dry_run = serializers.BooleanField(required=False, default=False)
    keys = serializers.DictField(required=False)


class StartSerializer(RunRequestSerializer):
    graph_id = serializers.UUIDField()


def started(run: GraphRun, message: str) -> dict[str, Any]:
    """The answer of everything that begins work in the background."""
    return {
        "id": run.pk,
        "status": run.status,
        "task_id": str(run.pk),
        "message": message,
    }
