"""Transforms over HTTP: which there are, and what they make of a sheet's first rows."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from importer.api.scoping import OwnRow, caller
from importer.api.strict import Strict
from importer.data.transforms.trying import SHOWN
from importer.models import Sheet
from importer.transforming import list_transforms, try_transforms


class TransformExampleSerializer(serializers.Serializer[Any]):
    """``cells``: other columns of the row that it reads."""

    before = serializers.CharField()
    after = serializers.CharField()
    transforms = serializers.ListField(child=serializers.DictField())
    cells = serializers.DictField()


class TransformSerializer(serializers.Serializer[Any]):
    """``schema``: JSON Schema of one step of a field's ``transforms``."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    group = serializers.CharField()
    says = serializers.CharField()
    schema = serializers.DictField()
    example = TransformExampleSerializer()


class TrialSerializer(Strict, serializers.Serializer[Any]):
    """Either ``column`` or ``sql``; ``transforms`` as in a field's spec."""

    sheet = OwnRow(queryset=Sheet.objects.select_related("dataset"))
    column = serializers.CharField(required=False, allow_blank=True, default="")
    sql = serializers.CharField(required=False, allow_blank=True, default="")
    transforms = serializers.ListField(child=serializers.DictField(), default=list)
    shown = serializers.IntegerField(
        required=False, default=SHOWN, min_value=1, max_value=200, help_text="rows at most"
    )


class TriedStepSerializer(serializers.Serializer[Any]):
    """``problem``: a sentence where the step could not read what it was given."""

    name = serializers.CharField()
    value = serializers.CharField(allow_null=True)
    problem = serializers.CharField(allow_blank=True)
    is_error = serializers.BooleanField()


class TriedRowSerializer(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)
    problem = serializers.CharField(allow_blank=True)
    steps = TriedStepSerializer(many=True)


class TriedSerializer(serializers.Serializer[Any]):
    """``looked_at`` rows from the beginning of the sheet, of which some are shown."""

    looked_at = serializers.IntegerField()
    changed = serializers.IntegerField()
    unreadable = serializers.IntegerField()
    rows = TriedRowSerializer(many=True)


class TransformViewSet(viewsets.ViewSet):
    """What a mapping can make of a cell's text."""

    @extend_schema(operation_id="transforms_list", responses=TransformSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Every transform with its arguments and an example."""
        return Response(list_transforms())

    @extend_schema(request=TrialSerializer, responses=TriedSerializer)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """What transforms make of real rows, before and after, step by step. Changes nothing."""
        given = TrialSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        asked = dict(given.validated_data)
        return Response(try_transforms(asked.pop("sheet"), by=caller(request), **asked))
