"""Suggested graphs over HTTP: look at one for a dataset, and accept it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from graphs.drafts import LEAST_CONFIDENCE, accept_graph, suggest_graph
from importer.api.scoping import OwnRow, ScopedViewSet, caller
from importer.api.strict import Strict
from importer.api.suggestions import SheetSuggestionSerializer
from importer.data.suggesting.written import suggestion_json
from importer.models import Connection, Dataset


class EdgeSuggestionSerializer(serializers.Serializer[Any]):
    """``sheet`` waits for ``to_sheet``."""

    sheet = serializers.CharField()
    to_sheet = serializers.CharField()
    column = serializers.CharField()
    field = serializers.CharField()
    confidence = serializers.FloatField()
    reason = serializers.CharField()


class DraftSuggestionSerializer(serializers.Serializer[Any]):
    sheets = SheetSuggestionSerializer(many=True)
    edges = EdgeSuggestionSerializer(many=True)


class DraftRequestSerializer(Strict, serializers.Serializer[Any]):
    """``models``: sheet -> model, where they are chosen already."""

    dataset = OwnRow(queryset=Dataset.objects.all())
    connection = OwnRow(queryset=Connection.objects.all())
    models = serializers.DictField(child=serializers.CharField(), required=False, default=dict)


class AcceptDraftSerializer(DraftRequestSerializer):
    """``sheets``: only these; ``least``: fields that are less sure are left out."""

    name = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    sheets = serializers.ListField(child=serializers.CharField(), required=False)
    least = serializers.FloatField(
        required=False, min_value=0, max_value=1, default=LEAST_CONFIDENCE
    )


class LeftOutSerializer(serializers.Serializer[Any]):
    sheet = serializers.CharField()
    reason = serializers.CharField()


class DraftMadeSerializer(serializers.Serializer[Any]):
    """Ids of what was made."""

    graph = serializers.UUIDField()
    mappings = serializers.ListField(child=serializers.UUIDField())
    left_out = LeftOutSerializer(many=True)


class DraftedMixin(ScopedViewSet):
    """Drafts, for the viewset of graphs."""

    @extend_schema(request=DraftRequestSerializer, responses=DraftSuggestionSerializer)
    @action(detail=False, methods=["post"])
    def suggestion(self, request: Request) -> Response:
        """What each sheet of a dataset is, and what waits for what. Changes nothing."""
        given = _read(DraftRequestSerializer, request)
        said = suggest_graph(
            given["dataset"], given["connection"], by=caller(request), chosen=given["models"]
        )
        edges = EdgeSuggestionSerializer(said.edges, many=True).data
        return Response({"sheets": [suggestion_json(one) for one in said.sheets], "edges": edges})

    @extend_schema(request=AcceptDraftSerializer, responses={201: DraftMadeSerializer})
    @action(detail=False, methods=["post"])
    def draft(self, request: Request) -> Response:
        """Make mappings and a draft graph of what is suggested."""
        given = _read(AcceptDraftSerializer, request)
        made = accept_graph(
            given["dataset"],
            given["connection"],
            by=caller(request),
            name=given["name"],
            chosen=given["models"],
            sheets=given.get("sheets"),
            least=given["least"],
        )
        answer = {
            "graph": made.graph.pk,
            "mappings": [one.pk for one in made.mappings],
            "left_out": [{"sheet": sheet, "reason": why} for sheet, why in made.left_out],
        }
        return Response(DraftMadeSerializer(answer).data, status=status.HTTP_201_CREATED)


def _read(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = serializer(data=request.data, context={"request": request})
    given.is_valid(raise_exception=True)
    read: dict[str, Any] = given.validated_data
    return read
