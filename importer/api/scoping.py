"""What every API view shares: only rows of the caller's projects, and where a new row goes."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from importer.errors import Refused
from importer.models import Project, User
from importer.projects import current_project
from importer.rights import projects_of

Row = TypeVar("Row", bound=Model)

PROJECT_PARAMETER = OpenApiParameter(
    "project", str, description="Only this project's rows (id); all of the caller's without it."
)


def caller(request: Request) -> User:
    """The authenticated user."""
    assert isinstance(request.user, User)
    return request.user


def body_of(request: Request) -> dict[str, Any]:
    """The request's body, which must be an object (or a form)."""
    data = request.data
    if isinstance(data, QueryDict):
        return {name: data.get(name) for name in data}
    if not isinstance(data, dict):
        raise Refused("The body must be a JSON object.")
    return data


def project_for(request: Request) -> Project:
    """The project a new row goes to: ``project`` in the body, else the caller's current one."""
    visible = {str(project.pk): project for project in projects_of(caller(request))}
    wanted = body_of(request).get("project")
    if wanted:
        if str(wanted) not in visible:
            raise NotFound("There is no such project among yours.")
        return visible[str(wanted)]
    current = current_project(caller(request))
    if current is None:
        raise Refused("You belong to no project yet. Make one, or ask an admin to add you to one.")
    return current


def find(rows: "QuerySet[Row]", request: Request, pk: Any, what: str) -> Row:
    """One row by id among the caller's projects; NotFound names what was looked for."""
    visible = projects_of(caller(request))
    row = rows.filter(project__in=visible, pk=pk).first()
    if row is None:
        raise NotFound(f"There is no such {what} in your projects.")
    return row


class OwnRow(serializers.PrimaryKeyRelatedField[Any]):
    """A row named by its id; only rows of the caller's projects can be named."""

    default_error_messages = {
        "does_not_exist": "There is nothing of that id in your projects.",
        "incorrect_type": "This must be the id of a row.",
    }

    def get_queryset(self) -> "QuerySet[Any]":
        rows = super().get_queryset()
        assert rows is not None
        request = self.context.get("request")
        return rows.filter(project__in=projects_of(caller(request))) if request else rows.none()


class ListModelMixin(mixins.ListModelMixin):
    """Lists rows, those of one project if asked so."""

    @extend_schema(parameters=[PROJECT_PARAMETER])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)


class ScopedViewSet(viewsets.GenericViewSet[Any]):
    """Rows of the caller's projects; ``?project=`` narrows to one."""

    queryset: "QuerySet[Any]"

    def get_queryset(self) -> "QuerySet[Any]":
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        visible = [project.pk for project in projects_of(caller(self.request))]
        asked = self.request.query_params.get("project")
        if asked:
            visible = [pk for pk in visible if str(pk) == asked]
        return rows.filter(project__in=visible)


class ProblemSerializer(serializers.Serializer[Any]):
    """One problem; ``node`` and ``edge`` are ids of the graph's spec, or empty."""

    code = serializers.CharField()
    node = serializers.CharField()
    edge = serializers.CharField()
    message = serializers.CharField()


class ErrorsSerializer(serializers.Serializer[Any]):
    """The body of every 4xx answer."""

    errors = ProblemSerializer(many=True)  # type: ignore[assignment]
