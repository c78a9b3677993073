"""The profile of a dataset over HTTP: read it, or ask for it anew."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from importer.api.facts import serializer_for
from importer.api.scoping import ScopedViewSet, caller
from importer.data.profiling.facts import DatasetFacts
from importer.models import Dataset
from importer.profiles import KnownProfile, profile_dataset, profile_of

STATES = ("none", "pending", "running", "ready", "failed", "errored")


class ProfileSerializer(serializers.Serializer[Any]):
    """``profile`` is null until it is there; while it is made anew, the one before stays."""

    state = serializers.ChoiceField(choices=STATES)
    message = serializers.CharField()
    made_at = serializers.DateTimeField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)
    profile = serializer_for(DatasetFacts)(allow_null=True)


class ProfiledMixin(ScopedViewSet):
    """The profile of each row of a viewset of datasets."""

    @extend_schema(methods=["GET"], responses=ProfileSerializer)
    @extend_schema(methods=["POST"], request=None, responses={202: ProfileSerializer})
    @action(detail=True, methods=["get", "post"], pagination_class=None, filter_backends=[])
    def profile(self, request: Request, pk: str) -> Response:
        """What the dataset is like: types, formats, keys, references, faults and a score. POST
        asks for it anew."""
        dataset: Dataset = self.get_object()
        if request.method == "POST":
            profile_dataset(by=caller(request), dataset=dataset)
            return Response(_written(profile_of(dataset)), status=status.HTTP_202_ACCEPTED)
        return Response(_written(profile_of(dataset)))


def _written(known: KnownProfile) -> dict[str, Any]:
    return {
        "state": known.state,
        "message": known.message,
        "made_at": known.made_at,
        "seconds": known.seconds,
        "profile": known.facts.as_json() if known.facts else None,
    }
