"""Values that fit nothing, over HTTP: look at those of a mapping, and say what becomes of them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from importer.api.scoping import OwnRow, ScopedViewSet, caller
from importer.api.strict import Strict
from importer.models import Connection, Dataset
from importer.value_choices import CHOICES, Choice, choose_values
from importer.value_gaps import sheet_for, value_gaps


class GapRequestSerializer(Strict, serializers.Serializer[Any]):
    """``sheet``: the name of a sheet of the dataset; without it the mapping's usual one."""

    dataset = OwnRow(queryset=Dataset.objects.all())
    connection = OwnRow(queryset=Connection.objects.all())
    sheet = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


class MeantSerializer(serializers.Serializer[Any]):
    """A suggestion; its confidence never is 1, and nothing is applied by itself."""

    to = serializers.CharField()
    confidence = serializers.FloatField()
    reason = serializers.CharField()


class GapSerializer(serializers.Serializer[Any]):
    """``beside``: what the field's other inputs say."""

    value = serializers.CharField()
    beside = serializers.ListField(child=serializers.CharField(allow_null=True))
    rows = serializers.IntegerField()
    first_rows = serializers.ListField(child=serializers.IntegerField())
    code = serializers.CharField()
    suggestions = MeantSerializer(many=True)


class PossibleSerializer(serializers.Serializer[Any]):
    to = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]


class FieldGapsSerializer(serializers.Serializer[Any]):
    """``values`` and ``rows`` count all values of the field that fit nothing; ``gaps`` has those
    with the most rows. ``value_map``: where choices go, empty for one inside the mapping."""

    field = serializers.CharField()
    lang = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(("selection", "boolean", "lookup", "reference", "company"))
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    column = serializers.CharField(allow_blank=True)
    model = serializers.CharField(allow_blank=True)
    entity = serializers.CharField(allow_blank=True)
    values = serializers.IntegerField()
    rows = serializers.IntegerField()
    gaps = GapSerializer(many=True)
    choices = PossibleSerializer(many=True)
    may = serializers.ListField(child=serializers.CharField())
    value_map = serializers.CharField(allow_blank=True)
    used_by = serializers.ListField(child=serializers.CharField())


class ChoiceSerializer(Strict, serializers.Serializer[Any]):
    """``to``: the text that the value is mapped to."""

    field = serializers.CharField(max_length=160)
    lang = serializers.CharField(required=False, allow_blank=True, default="", max_length=16)
    value = serializers.CharField(max_length=1000, trim_whitespace=False)
    action = serializers.ChoiceField(CHOICES)
    to = serializers.CharField(required=False, allow_blank=True, default="", max_length=1000)


class ChoicesSerializer(Strict, serializers.Serializer[Any]):
    choices = ChoiceSerializer(many=True, allow_empty=False)


class ChosenSerializer(serializers.Serializer[Any]):
    """The value maps that were changed. A graph is published again to use them."""

    value_maps = serializers.ListField(child=serializers.CharField())


class ValueGapsMixin(ScopedViewSet):
    """Value gaps, for the viewset of mappings."""

    @extend_schema(request=GapRequestSerializer, responses=FieldGapsSerializer(many=True))
    @action(
        detail=True,
        methods=["post"],
        url_path="value-gaps",
        filter_backends=[],
        pagination_class=None,
    )
    def value_gaps(self, request: Request, pk: str) -> Response:
        """The values of a sheet that fit no choice, record, key or company. Changes nothing."""
        given = GapRequestSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        mapping, asked = self.get_object(), given.validated_data
        sheet = sheet_for(mapping, asked["dataset"], asked["sheet"])
        found = value_gaps(mapping, sheet, asked["connection"], by=caller(request))
        return Response(FieldGapsSerializer(found, many=True).data)

    @extend_schema(request=ChoicesSerializer, responses=ChosenSerializer)
    @action(detail=True, methods=["post"], url_path="value-choices")
    def value_choices(self, request: Request, pk: str) -> Response:
        """Say what becomes of values: another text, a stub, an empty field, or no row."""
        given = ChoicesSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        chosen = [Choice(**one) for one in given.validated_data["choices"]]
        changed = choose_values(self.get_object(), chosen, by=caller(request))
        return Response({"value_maps": [one.name for one in changed]})
