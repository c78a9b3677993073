"""Tokens for API clients: log in with user name and password, log out again."""

from typing import Any

from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from knox.views import LogoutView as KnoxLogoutView
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from importer.api.authentication import TokenAuthentication
from importer.api.scoping import ErrorsSerializer
from importer.login_limits import count_try, forget_tries


class CredentialsSerializer(serializers.Serializer[Any]):
    username = serializers.CharField()
    password = serializers.CharField(write_only=True)


class TokenSerializer(serializers.Serializer[Any]):
    """Send it as ``Authorization: Token <token>``. It is shown once."""

    token = serializers.CharField()
    expiry = serializers.DateTimeField(allow_null=True)


class TokenView(APIView):
    """Make a token."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @extend_schema(
        request=CredentialsSerializer,
        responses={200: TokenSerializer, 401: ErrorsSerializer, 429: ErrorsSerializer},
    )
    def post(self, request: Request) -> Response:
        given = CredentialsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        who = (given.validated_data["username"], request.META.get("REMOTE_ADDR", ""))
        count_try(*who)
        user = authenticate(request, **given.validated_data)
        if user is None:
            raise AuthenticationFailed("User name or password is wrong.")
        forget_tries(*who)
        record, token = AuthToken.objects.create(user)
        return Response({"token": token, "expiry": record.expiry})

    def get_authenticate_header(self, request: Request) -> str:
        """Without it a wrong password would be a 403."""
        return "Token"


@extend_schema(request=None, responses={204: None})
class LogoutView(KnoxLogoutView):  # type: ignore[misc]
    """Forget the token that this request was made with."""

    authentication_classes = (TokenAuthentication,)
