"""Two sheets compared by the key of their entity."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from importer.api.facts import serializer_for
from importer.api.scoping import ScopedViewSet, caller, find
from importer.api.strict import Strict
from importer.data.delta import KINDS, DeltaCounts, DeltaRow
from importer.deltas import compare_sheets, last_loaded
from importer.errors import Refused
from importer.models import Connection, Entity, Sheet


class DeltaAskedSerializer(Strict, serializers.Serializer[Any]):
    """``sheet``: the newer one. Compared with the sheet ``against``, or with what was last loaded
    of ``entity`` into ``connection``. ``key``: columns, those of the entity where left out."""

    sheet = serializers.IntegerField()
    against = serializers.IntegerField(required=False)
    entity = serializers.UUIDField(required=False)
    connection = serializers.UUIDField(required=False)
    key = serializers.ListField(child=serializers.CharField(), required=False)
    kind = serializers.MultipleChoiceField(choices=KINDS, required=False)
    column = serializers.CharField(required=False, help_text="Only rows in which it changed.")
    offset = serializers.IntegerField(required=False, default=0, min_value=0)
    limit = serializers.IntegerField(required=False, default=100, min_value=0, max_value=1000)


class DeltaSerializer(serializers.Serializer[Any]):
    sheet = serializers.IntegerField()
    against = serializers.IntegerField()
    key = serializers.ListField(child=serializers.CharField())
    counts = serializer_for(DeltaCounts)()
    total = serializers.IntegerField(help_text="Rows to page through.")
    rows = serializer_for(DeltaRow)(many=True)


class DeltaViewSet(ScopedViewSet):
    """What is new, changed, unchanged and vanished in a newer sheet. Nothing is sent or kept."""

    queryset = Sheet.objects.select_related("dataset", "project")
    serializer_class = DeltaSerializer

    @extend_schema(request=DeltaAskedSerializer, responses=DeltaSerializer)
    def create(self, request: Request) -> Response:
        """Compare two sheets."""
        given = DeltaAskedSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(_compared(request, given.validated_data))


def _compared(request: Request, asked: dict[str, Any]) -> dict[str, Any]:
    sheets = Sheet.objects.select_related("dataset", "project")
    new = find(sheets, request, asked["sheet"], "sheet")
    own = {"project": new.project_id}
    entity = _found(request, Entity.objects.filter(**own), asked.get("entity"), "entity")
    target = _found(
        request, Connection.objects.filter(**own), asked.get("connection"), "connection"
    )
    old = _found(request, sheets.filter(**own), asked.get("against"), "sheet")
    if old is None:
        if entity is None or target is None:
            raise Refused("Name the sheet to compare it with, or an entity and a connection.")
        old = last_loaded(entity, target)
    key = asked.get("key") or (list(entity.key_columns) if entity else [])
    kinds, column = sorted(asked.get("kind") or ()), asked.get("column", "")
    with compare_sheets(by=caller(request), old=old, new=new, key_columns=key) as found:
        return {
            "sheet": new.pk,
            "against": old.pk,
            "key": key,
            "counts": found.counts.as_json(),
            "total": found.count(kinds, column),
            "rows": [
                row.as_json()
                for row in found.rows(kinds, column, offset=asked["offset"], limit=asked["limit"])
            ],
        }


def _found(request: Request, rows: Any, pk: Any, what: str) -> Any:
    return find(rows, request, pk, what) if pk else None
