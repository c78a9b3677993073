"""One row explained, over HTTP."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from graphs.explaining import as_json, with_runs
from importer.api.facts import serializer_for
from importer.api.scoping import ErrorsSerializer, caller, find
from importer.api.strict import Strict
from importer.errors import Refused
from importer.explaining.asking import Told, explain_key, explain_record, explain_row
from importer.explaining.shapes import Explained
from importer.models import Connection, Entity, Sheet

_LARGEST = 2**63 - 1


class AskedSerializer(Strict, serializers.Serializer[Any]):
    """Either ``connection``, ``model`` and ``odoo_id``; or ``entity`` and ``key``, perhaps with a
    ``connection``; or ``sheet`` and ``row``."""

    connection = serializers.UUIDField(required=False)
    model = serializers.CharField(required=False)
    odoo_id = serializers.IntegerField(required=False, min_value=1, max_value=_LARGEST)
    entity = serializers.UUIDField(required=False)
    key = serializers.ListField(child=serializers.CharField(), required=False)
    sheet = serializers.IntegerField(required=False)
    row = serializers.IntegerField(required=False, min_value=1, max_value=_LARGEST)
    load = serializers.IntegerField(required=False, help_text="Whose steps are told.")


class ToldSerializer(serializers.Serializer[Any]):
    """Several where several rows lead to the record, or a row to several records."""

    rows = serializer_for(Explained)(many=True)


class ExplainView(APIView):
    """Everything about one row: file, cells, steps, plans, calls, answers, images, runs."""

    @extend_schema(
        parameters=[
            OpenApiParameter("connection", str),
            OpenApiParameter("model", str),
            OpenApiParameter("odoo_id", int),
            OpenApiParameter("entity", str),
            OpenApiParameter("key", str, many=True),
            OpenApiParameter("sheet", int),
            OpenApiParameter("row", int),
            OpenApiParameter("load", int, description="Whose steps are told."),
        ],
        responses={200: ToldSerializer, 400: ErrorsSerializer},
    )
    def get(self, request: Request) -> Response:
        """Explain a row by its record, its key, or its place in a file."""
        given = AskedSerializer(data=_parameters(request))
        given.is_valid(raise_exception=True)
        return Response({"rows": as_json(with_runs(_explained(request, given.validated_data)))})


def _parameters(request: Request) -> dict[str, Any]:
    asked = request.query_params
    return {name: asked.getlist(name) if name == "key" else asked[name] for name in asked}


def _explained(request: Request, asked: dict[str, Any]) -> Told:
    by, load, target = caller(request), asked.get("load"), None
    if "connection" in asked:
        target = find(
            Connection.objects.select_related("project"), request, asked["connection"], "connection"
        )
    if target is not None and {"model", "odoo_id"} <= asked.keys():
        return explain_record(
            by=by, connection=target, model=asked["model"], odoo_id=asked["odoo_id"], load=load
        )
    if {"entity", "key"} <= asked.keys():
        entities = Entity.objects.select_related("project")
        entity = find(entities, request, asked["entity"], "entity")
        return explain_key(by=by, entity=entity, key=asked["key"], connection=target, load=load)
    if {"sheet", "row"} <= asked.keys():
        sheets = Sheet.objects.select_related("dataset", "project")
        sheet = find(sheets, request, asked["sheet"], "sheet")
        return explain_row(by=by, sheet=sheet, row=asked["row"], load=load)
    raise Refused("Name a connection, model and odoo_id; or an entity and key; or a sheet and row.")
