"""Entities, mappings and value maps."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from importer import mappings, value_maps
from importer.api.scoping import ListModelMixin, ScopedViewSet, body_of, caller, project_for
from importer.api.strict import Strict
from importer.api.value_gaps import ValueGapsMixin
from importer.choices import (
    EmptyCells,
    ExistingPolicy,
    FieldSource,
    Linking,
    MissingReference,
    VanishedPolicy,
    Winner,
)
from importer.models import Entity, Mapping, ValueMap


class EntitySerializer(serializers.ModelSerializer[Entity]):
    class Meta:
        model = Entity
        fields = ("id", "project", "name", "alias", "odoo_model", "key_columns")


class InlineEntitySerializer(serializers.Serializer[Any]):
    """Made when the project has no entity of that name."""

    name = serializers.CharField(max_length=40)
    odoo_model = serializers.CharField(max_length=128)
    key_columns = serializers.ListField(child=serializers.CharField(), allow_empty=False)


class FieldMappingSerializer(serializers.Serializer[Any]):
    """One Odoo field; docs/mappings.md has the shape of ``spec`` for each source."""

    target = serializers.CharField(max_length=128)
    lang = serializers.CharField(max_length=16, required=False, allow_blank=True)
    source = serializers.ChoiceField(FieldSource.choices)  # type: ignore[assignment]
    spec = serializers.DictField()
    default = serializers.CharField(required=False, allow_blank=True)
    value_map = serializers.JSONField(required=False)
    on_missing = serializers.ChoiceField(MissingReference.choices, required=False)
    winner = serializers.ChoiceField(Winner.choices, required=False)
    linking = serializers.ChoiceField(Linking.choices, required=False)


class MatchRuleSerializer(serializers.Serializer[Any]):
    """Mapped fields that together find a record, or a column that holds external ids."""

    fields = serializers.ListField(  # type: ignore[assignment]
        child=serializers.CharField(), allow_empty=False, required=False
    )
    external_id_column = serializers.CharField(required=False)
    ignore_case = serializers.BooleanField(required=False)


class RowCompanySerializer(serializers.Serializer[Any]):
    """The column, or the expression, that names the company of each row."""

    column = serializers.CharField(required=False)
    sql = serializers.CharField(required=False)
    value_map = serializers.JSONField(required=False)


class MappingSerializer(serializers.Serializer[Any]):
    """A mapping with its entity and fields."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=200)
    sheet_name = serializers.CharField(required=False, allow_blank=True)
    entity = InlineEntitySerializer()
    row_filter = serializers.CharField(required=False, allow_blank=True)
    row_company = RowCompanySerializer(required=False)
    on_existing = serializers.ChoiceField(ExistingPolicy.choices, required=False)
    empty_cells = serializers.ChoiceField(EmptyCells.choices, required=False)
    match_rules = MatchRuleSerializer(many=True, required=False)
    vanished = serializers.ChoiceField(VanishedPolicy.choices, required=False)
    vanished_percent = serializers.IntegerField(required=False, min_value=0, max_value=100)
    context = serializers.DictField(required=False)  # type: ignore[assignment]
    control_totals = serializers.ListField(child=serializers.DictField(), required=False)
    fields = FieldMappingSerializer(many=True)  # type: ignore[assignment]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return mappings.freeze_mapping(instance)


class MappingSummarySerializer(serializers.ModelSerializer[Mapping]):
    """A line of the list; the mapping itself has its fields."""

    entity = serializers.CharField(source="entity.name")
    odoo_model = serializers.CharField(source="entity.odoo_model")

    class Meta:
        model = Mapping
        fields = ("id", "project", "name", "entity", "odoo_model", "sheet_name", "on_existing")


class ValueMapSerializer(Strict, serializers.Serializer[ValueMap]):
    """``entries``: what a value becomes, such as {"UK": "GB"}: a text, or what is done with it,
    {"action": "empty"}, "skip" (its rows are left out) or "create" (a stub is made)."""

    id = serializers.UUIDField(read_only=True)
    project = serializers.UUIDField(source="project_id", read_only=True)
    name = serializers.CharField(max_length=200)
    entries = serializers.DictField(child=serializers.JSONField())
    ignore_case = serializers.BooleanField(required=False, default=True)


class EntityViewSet(ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Stable names of what is loaded; made together with a mapping."""

    queryset = Entity.objects.order_by("name")
    serializer_class = EntitySerializer
    filterset_fields = ("odoo_model", "name")


class MappingFilter(filters.FilterSet):  # type: ignore[misc]
    entity = filters.UUIDFilter(field_name="entity_id")
    name = filters.CharFilter()


class MappingViewSet(
    ValueGapsMixin,
    ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    ScopedViewSet,
):
    """How rows of an entity are made."""

    queryset = Mapping.objects.select_related("entity").order_by("name")
    serializer_class = MappingSerializer
    filterset_class = MappingFilter

    def get_serializer_class(self) -> Any:
        return MappingSummarySerializer if self.action == "list" else MappingSerializer

    @extend_schema(responses={201: MappingSerializer})
    def create(self, request: Request) -> Response:
        made = mappings.create_mapping(
            by=caller(request), project=project_for(request), spec=_spec(request)
        )
        return Response(MappingSerializer(made).data, status=status.HTTP_201_CREATED)

    def update(self, request: Request, pk: str) -> Response:
        """Replace the whole mapping."""
        saved = mappings.save_mapping(self.get_object(), by=caller(request), spec=_spec(request))
        return Response(MappingSerializer(saved).data)

    def perform_destroy(self, instance: Mapping) -> None:
        mappings.delete_mapping(instance, by=caller(self.request))


def _spec(request: Request) -> dict[str, Any]:
    """The body, checked. Its nested mappings are read by the verb, so it is not narrowed here."""
    MappingSerializer(data=request.data).is_valid(raise_exception=True)
    return {name: value for name, value in body_of(request).items() if name != "project"}


class ValueMapViewSet(
    ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    ScopedViewSet,
):
    """Source values and what they become."""

    queryset = ValueMap.objects.order_by("name")
    serializer_class = ValueMapSerializer
    filterset_fields = ("name",)

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = value_maps.create_value_map(
            by=caller(self.request), project=project_for(self.request), **serializer.validated_data
        )

    def perform_update(self, serializer: Any) -> None:
        value_maps.change_value_map(
            serializer.instance, by=caller(self.request), **serializer.validated_data
        )

    def perform_destroy(self, instance: ValueMap) -> None:
        value_maps.delete_value_map(instance, by=caller(self.request))
