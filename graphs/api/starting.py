"""What requests that start work in the background look like, and how they are answered."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from graphs.choices import OnBusy
from graphs.models import Graph, GraphRun
from graphs.runs import start_run
from importer.api.scoping import caller, find
from importer.api.strict import Strict
from importer.choices import Depth, SideEffect, VanishedPolicy
from importer.models import Connection, Dataset

STARTED = "The run was started; follow its progress."


class StartedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.CharField()
    task_id = serializers.CharField()
    message = serializers.CharField()


class RunRequestSerializer(Strict, serializers.Serializer[Any]):
    """What is left out is taken from the graph. ``keys``: {entity: [key, ...]} loads only those.
    ``follows``: a run of the graph; its release and connection are used again with the corrected
    ``dataset_id``. ``on_busy``: whether it is refused or waits while another run writes.
    ``side_effects``: what Odoo may do besides storing; nothing unless named. ``vanished``:
    {entity: policy} for rows that are in the file no more, where that is not the mapping's;
    ``vanished_agreed``: they are archived however many they are. ``depth``: how deep a dry
    run looks."""

    dataset_id = serializers.UUIDField(required=False, allow_null=True)
    connection_id = serializers.UUIDField(required=False, allow_null=True)
    dry_run = serializers.BooleanField(required=False, default=False)
    depth = serializers.ChoiceField(
        choices=Depth.choices, required=False, default=Depth.LOCAL.value
    )
    keys = serializers.DictField(required=False, allow_null=True)
    follows = serializers.UUIDField(required=False, allow_null=True)
    on_busy = serializers.ChoiceField(
        choices=OnBusy.choices, required=False, default=OnBusy.REFUSE.value
    )
    side_effects = serializers.MultipleChoiceField(
        choices=SideEffect.choices, required=False, default=set
    )
    vanished = serializers.DictField(
        child=serializers.ChoiceField(VanishedPolicy.choices), required=False, allow_null=True
    )
    vanished_agreed = serializers.BooleanField(required=False, default=False)


class RehearsalRequestSerializer(Strict, serializers.Serializer[Any]):
    """What is left out is taken from the graph."""

    dataset_id = serializers.UUIDField(required=False)
    connection_id = serializers.UUIDField(required=False)


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


def start(graph: Graph, request: Request, asked: dict[str, Any]) -> Response:
    """Start a run of the graph as ``asked``; rows of other projects are not found."""
    links = links_of(graph, request, asked, ("dataset", "connection", "follows"))
    run = start_run(
        graph,
        by=caller(request),
        dry_run=asked["dry_run"],
        depth=asked["depth"],
        keys=asked.get("keys"),
        on_busy=asked["on_busy"],
        side_effects=asked["side_effects"],
        vanished=asked.get("vanished"),
        vanished_agreed=asked["vanished_agreed"],
        **links,
    )
    message = run.error_message if run.waiting_since else STARTED
    return Response(started(run, message), status=status.HTTP_202_ACCEPTED)


def links_of(
    graph: Graph, request: Request, asked: dict[str, Any], names: Iterable[str]
) -> dict[str, Any]:
    """The rows of the graph's project that a request names; None where it names none."""
    found: dict[str, Any] = {}
    for name in names:
        model, given, what = _LINKS[name]
        pk, own = asked.get(given), model.objects.filter(project=graph.project_id)
        found[name] = find(own, request, pk, what) if pk else None
    return found


_LINKS: dict[str, tuple[Any, str, str]] = {
    "dataset": (Dataset, "dataset_id", "dataset"),
    "connection": (Connection, "connection_id", "connection"),
    "follows": (GraphRun, "follows", "run"),
}
