"""Entities, mappings and value maps."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from importer import mappings
from importer.api.scoping import ScopedViewSet, caller, project_for
from importer.choices import EmptyCells, ExistingPolicy, FieldSource, MissingReference
from importer.models import Entity, Mapping, ValueMap
from importer.rights import require


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
    source = serializers.ChoiceField(FieldSource.choices)  # type: ignore[assignment]
    spec = serializers.DictField()
    default = serializers.CharField(required=False, allow_blank=True)
    value_map = serializers.JSONField(required=False)
    on_missing = serializers.ChoiceField(MissingReference.choices, required=False)


class MappingSerializer(serializers.Serializer[Any]):
    """A mapping with its entity and fields."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=200)
    sheet_name = serializers.CharField(required=False, allow_blank=True)
    entity = InlineEntitySerializer()
    row_filter = serializers.CharField(required=False, allow_blank=True)
    on_existing = serializers.ChoiceField(ExistingPolicy.choices, required=False)
    empty_cells = serializers.ChoiceField(EmptyCells.choices, required=False)
    context = serializers.DictField(required=False)  # type: ignore[assignment]
    control_totals = serializers.ListField(child=serializers.DictField(), required=False)
    fields = FieldMappingSerializer(many=True)  # type: ignore[assignment]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return mappings.freeze_mapping(instance)


class ValueMapSerializer(serializers.ModelSerializer[ValueMap]):
    class Meta:
        model = ValueMap
        fields = ("id", "project", "name", "entries", "ignore_case")
        read_only_fields = ("project",)


class EntityViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Stable names of what is loaded; made together with a mapping."""

    queryset = Entity.objects.order_by("name")
    serializer_class = EntitySerializer
    filterset_fields = ("odoo_model", "name")


class MappingViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, ScopedViewSet
):
    """How rows of an entity are made."""

    queryset = Mapping.objects.select_related("entity").order_by("name")
    serializer_class = MappingSerializer
    filterset_fields = ("entity", "name")

    @extend_schema(responses={201: MappingSerializer})
    def create(self, request: Request) -> Response:
        MappingSerializer(data=request.data).is_valid(raise_exception=True)
        made = mappings.create_mapping(
            by=caller(request), project=project_for(request), spec=dict(request.data)
        )
        return Response(MappingSerializer(made).data, status=status.HTTP_201_CREATED)

    def update(self, request: Request, pk: str) -> Response:
        """Replace the whole mapping."""
        MappingSerializer(data=request.data).is_valid(raise_exception=True)
        saved = mappings.save_mapping(
            self.get_object(), by=caller(request), spec=dict(request.data)
        )
        return Response(MappingSerializer(saved).data)

    def perform_destroy(self, instance: Mapping) -> None:
        require(caller(self.request), "edit_mapping", instance.project)
        instance.delete()


class ValueMapViewSet(
    mixins.ListModelMixin,
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
        project = project_for(self.request)
        require(caller(self.request), "edit_mapping", project)
        serializer.save(project=project)

    def perform_update(self, serializer: Any) -> None:
        require(caller(self.request), "edit_mapping", serializer.instance.project)
        serializer.save(project=serializer.instance.project)

    def perform_destroy(self, instance: ValueMap) -> None:
        require(caller(self.request), "edit_mapping", instance.project)
        instance.delete()
