"""Projects and their members."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from importer import projects
from importer.api.scoping import caller
from importer.api.strict import Strict
from importer.choices import Role
from importer.models import Membership, Project
from importer.rights import projects_of


class ProjectSerializer(Strict, serializers.ModelSerializer[Project]):
    class Meta:
        model = Project
        fields = ("id", "name", "file_hosts", "created_at")
        read_only_fields = ("file_hosts",)


class FileHostsSerializer(Strict, serializers.Serializer[Any]):
    """Hosts like ``images.example.com`` or ``10.0.0.5:8080``; an empty list: nothing is fetched."""

    file_hosts = serializers.ListField(child=serializers.CharField(max_length=300), max_length=100)


class MemberSerializer(serializers.ModelSerializer[Membership]):
    username = serializers.CharField(source="user.username")

    class Meta:
        model = Membership
        fields = ("username", "role")


class NewMemberSerializer(Strict, serializers.Serializer[Any]):
    username = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)


class ProjectViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Project]
):
    """The caller's projects."""

    queryset = Project.objects.all()
    serializer_class = ProjectSerializer

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.queryset.filter(pk__in=[p.pk for p in projects_of(caller(self.request))])

    def create(self, request: Request) -> Response:
        given = ProjectSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        made = projects.create_project(by=caller(request), name=given.validated_data["name"])
        return Response(ProjectSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=FileHostsSerializer, responses=ProjectSerializer)
    @action(detail=True, methods=["put"], url_path="file-hosts")
    def file_hosts(self, request: Request, pk: str) -> Response:
        """Say from which hosts files are fetched that rows name by their address."""
        given = FileHostsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        hosts = given.validated_data["file_hosts"]
        project = projects.set_file_hosts(
            by=caller(request), project=self.get_object(), hosts=hosts
        )
        return Response(ProjectSerializer(project).data)

    @extend_schema(responses=MemberSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def members(self, request: Request, pk: str) -> Response:
        """Who belongs to the project, and as what."""
        members = self.get_object().memberships.select_related("user").order_by("user__username")
        return Response(MemberSerializer(members, many=True).data)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["delete"], url_path=r"members/(?P<username>[^/]+)")
    def remove_member(self, request: Request, pk: str, username: str) -> Response:
        """Take a user out of the project; its last admin stays."""
        project = self.get_object()
        member = project.memberships.filter(user__username=username).first()
        if member is None:
            raise NotFound("The project has no member of that name.")
        projects.remove_member(by=caller(request), project=project, user=member.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=NewMemberSerializer, responses=MemberSerializer)
    @members.mapping.post
    def set_member(self, request: Request, pk: str) -> Response:
        """Give a user a role in the project."""
        given = NewMemberSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        project, by = self.get_object(), caller(request)
        user = projects.user_named(given.validated_data["username"], by=by, project=project)
        membership = projects.set_member(
            by=by, project=project, user=user, role=given.validated_data["role"]
        )
        return Response(MemberSerializer(membership).data)
