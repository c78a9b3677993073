"""Datasets: upload, look at the sheets and their rows."""

from typing import Any

from django.db.models import Count
from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from importer import datasets
from importer.api.corrections import CorrectedMixin
from importer.api.parsing import StorableJSONParser
from importer.api.profiles import ProfiledMixin
from importer.api.scoping import ListModelMixin, ScopedViewSet, body_of, caller, project_for
from importer.api.strict import Strict
from importer.api.suggestions import SuggestedMixin
from importer.errors import Refused
from importer.models import Dataset, DatasetAsset, DatasetFile, Sheet


class ColumnSerializer(serializers.Serializer[Any]):
    """``name`` is unique in the sheet; ``header`` is what the file says."""

    name = serializers.CharField()
    header = serializers.CharField(allow_null=True)


class NoticeSerializer(serializers.Serializer[Any]):
    """Something that reading found and that a person should know."""

    code = serializers.CharField()
    message = serializers.CharField()


class SheetSerializer(serializers.ModelSerializer[Sheet]):
    columns = ColumnSerializer(many=True)
    notices = NoticeSerializer(many=True)

    class Meta:
        model = Sheet
        fields = ("id", "name", "n_rows", "header_row", "columns", "notices")


class FileSerializer(serializers.ModelSerializer[DatasetFile]):
    class Meta:
        model = DatasetFile
        fields = ("name", "size", "sha256")


class AssetSerializer(serializers.ModelSerializer[DatasetAsset]):
    """A file inside an archive that rows may name."""

    class Meta:
        model = DatasetAsset
        fields = ("name", "size", "sha256")


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    options = serializers.DictField(read_only=True)
    sheets = SheetSerializer(many=True, read_only=True)
    files = FileSerializer(many=True, read_only=True)
    n_assets = serializers.SerializerMethodField()

    class Meta:
        model = Dataset
        fields = (
            "id",
            "project",
            "name",
            "derived_from",
            "state",
            "error",
            "sha256",
            "options",
            "files",
            "n_assets",
            "sheets",
            "created_at",
            "ready_at",
        )

    def get_n_assets(self, dataset: Dataset) -> int:
        """Files inside its archives that rows may name; a list has counted them for all rows."""
        counted: int | None = getattr(dataset, "n_assets", None)
        return dataset.assets.count() if counted is None else counted


class UploadSerializer(Strict, serializers.Serializer[Any]):
    """Several ``files`` are one dataset."""

    files = serializers.ListField(child=serializers.FileField(), allow_empty=False)
    name = serializers.CharField(required=False, allow_blank=True, default="")
    separator = serializers.CharField(required=False)
    encoding = serializers.CharField(required=False)
    header_row = serializers.IntegerField(required=False, min_value=0)
    empty_words = serializers.ListField(child=serializers.CharField(), required=False)
    project = serializers.UUIDField(required=False)


class RowsSerializer(serializers.Serializer[Any]):
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.DictField())


_OPTIONS = ("separator", "encoding", "header_row", "empty_words")


class DatasetViewSet(
    ProfiledMixin,
    SuggestedMixin,
    CorrectedMixin,
    ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    ScopedViewSet,
):
    """Uploaded files and what was read from them."""

    queryset = (
        Dataset.objects.annotate(n_assets=Count("assets"))
        .prefetch_related("sheets", "files")
        .order_by("-created_at")
    )
    serializer_class = DatasetSerializer
    filterset_fields = ("state", "sha256")
    parser_classes = (MultiPartParser, StorableJSONParser, FormParser)

    @extend_schema(
        request={"multipart/form-data": UploadSerializer},
        responses={201: DatasetSerializer, 200: DatasetSerializer},
    )
    def create(self, request: Request) -> Response:
        """Upload. 201 for new files, 200 when the same files are known already."""
        files = request.FILES.getlist("files")
        data: dict[str, Any] = {**body_of(request), "files": files}
        if isinstance(request.data, QueryDict) and "empty_words" in request.data:
            data["empty_words"] = request.data.getlist("empty_words")
        given = UploadSerializer(data=data)
        given.is_valid(raise_exception=True)
        known = given.validated_data
        options = {name: known[name] for name in _OPTIONS if name in known}
        dataset, is_new = datasets.upload_dataset(
            by=caller(request),
            project=project_for(request),
            files=[(file.name, file) for file in known["files"]],
            name=known["name"],
            options=options,
        )
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(DatasetSerializer(dataset).data, status=code)

    @extend_schema(
        responses=AssetSerializer(many=True),
        parameters=[OpenApiParameter("offset", int), OpenApiParameter("limit", int)],
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def assets(self, request: Request, pk: str) -> Response:
        """Files inside the dataset's archives, which rows may name; at most 1 000 at a time."""
        offset, limit = (_number(request, n, d) for n, d in (("offset", 0), ("limit", 100)))
        found = self.get_object().assets.order_by("name", "pk")
        page = found[offset : offset + min(limit, 1000)]
        return Response(AssetSerializer(page, many=True).data)

    def perform_destroy(self, instance: Dataset) -> None:
        datasets.delete_dataset(by=caller(self.request), dataset=instance)

    @extend_schema(
        responses=RowsSerializer,
        parameters=[OpenApiParameter("offset", int), OpenApiParameter("limit", int)],
    )
    @action(
        detail=True,
        methods=["get"],
        url_path=r"sheets/(?P<sheet_id>[0-9]+)/rows",
        pagination_class=None,
        filter_backends=[],
    )
    def rows(self, request: Request, pk: str, sheet_id: str) -> Response:
        """A page of a sheet's rows as the file has them."""
        sheet = self.get_object().sheets.filter(pk=sheet_id).first()
        if sheet is None:
            raise NotFound("This dataset has no such sheet.")
        offset, limit = (_number(request, n, d) for n, d in (("offset", 0), ("limit", 50)))
        rows = datasets.sample_rows(sheet, offset=offset, limit=min(limit, 1000))
        return Response({"columns": ["_row", *sheet.column_names], "rows": rows})


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name) or str(default)
    if not text.isdecimal() or len(text) > 15:
        raise Refused(f"“{name}” must be a whole number, not “{text}”.")
    return int(text)
