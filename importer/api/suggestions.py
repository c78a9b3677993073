"""Suggested mappings over HTTP: look at one for a sheet, and accept it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from importer.api.mappings import MappingSerializer
from importer.api.scoping import OwnRow, ScopedViewSet, caller
from importer.api.strict import Strict
from importer.data.suggesting.written import suggestion_json
from importer.models import Connection, Sheet
from importer.suggestions import accept_mapping, suggest_mapping

_PATH = r"sheets/(?P<sheet_id>[0-9]+)"


class ColumnSuggestionSerializer(serializers.Serializer[Any]):
    """``target``: a field, ``country_id.code``, ``name+first`` or ``partner_id@customers``; null
    where the column is left out."""

    column = serializers.CharField()
    target = serializers.CharField(allow_null=True)
    confidence = serializers.FloatField()
    reason = serializers.CharField()
    others = serializers.ListField(child=serializers.CharField())


class SheetSuggestionSerializer(serializers.Serializer[Any]):
    """``model`` is empty where none fits. ``missing``: required fields that no column fills."""

    sheet = serializers.CharField()
    model = serializers.CharField(allow_blank=True)
    model_confidence = serializers.FloatField()
    model_reason = serializers.CharField()
    other_models = serializers.ListField(child=serializers.CharField())
    key = serializers.ListField(child=serializers.CharField())
    key_reason = serializers.CharField(allow_blank=True)
    columns = ColumnSuggestionSerializer(many=True)
    missing = serializers.ListField(child=serializers.CharField())


class SuggestionRequestSerializer(Strict, serializers.Serializer[Any]):
    """``model``: chosen already; without it the model is guessed."""

    connection = OwnRow(queryset=Connection.objects.all())
    model = serializers.CharField(required=False, allow_blank=True, default="", max_length=128)


class AcceptSerializer(Strict, serializers.Serializer[Any]):
    """``targets``: column -> target; columns that are not named are left out."""

    connection = OwnRow(queryset=Connection.objects.all())
    model = serializers.CharField(max_length=128)
    key = serializers.ListField(child=serializers.CharField(), allow_empty=False)
    targets = serializers.DictField(child=serializers.CharField(allow_blank=True))
    name = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    entity = serializers.CharField(required=False, allow_blank=True, default="", max_length=40)


class SuggestedMixin(ScopedViewSet):
    """Suggestions for the sheets of a viewset of datasets."""

    @extend_schema(request=SuggestionRequestSerializer, responses=SheetSuggestionSerializer)
    @action(detail=True, methods=["post"], url_path=f"{_PATH}/suggestion")
    def suggestion(self, request: Request, pk: str, sheet_id: str) -> Response:
        """Which model the sheet holds, its key, and a field for each column. Changes nothing."""
        sheet = self._sheet(sheet_id)
        given = SuggestionRequestSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        said = suggest_mapping(sheet, by=caller(request), **given.validated_data)
        return Response(suggestion_json(said))

    @extend_schema(request=AcceptSerializer, responses={201: MappingSerializer})
    @action(detail=True, methods=["post"], url_path=f"{_PATH}/mapping")
    def mapping(self, request: Request, pk: str, sheet_id: str) -> Response:
        """Make a mapping of what was suggested, or of what was made of it."""
        sheet = self._sheet(sheet_id)
        given = AcceptSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        made = accept_mapping(sheet, by=caller(request), **given.validated_data)
        return Response(MappingSerializer(made).data, status=status.HTTP_201_CREATED)

    def _sheet(self, sheet_id: str) -> Sheet:
        known = len(sheet_id) < 19 and self.get_object().sheets.filter(pk=sheet_id).first()
        if not known:
            raise NotFound("This dataset has no such sheet.")
        sheet: Sheet = known
        return sheet
