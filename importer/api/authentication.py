"""Tokens in the Authorization header, as knox keeps them; one that cannot be a token is refused
before anything is looked up."""

from typing import Any

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox import auth
from rest_framework.exceptions import AuthenticationFailed


class TokenAuthentication(auth.TokenAuthentication):  # type: ignore[misc]
    def authenticate_credentials(self, token: bytes) -> tuple[Any, Any]:
        """User and token; AuthenticationFailed for every token that is not ours."""
        if not token.isalnum():
            raise AuthenticationFailed("Invalid token.")
        found: tuple[Any, Any] = super().authenticate_credentials(token)
        return found


class TokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]
    """How the OpenAPI schema describes it; found by drf-spectacular when it is imported."""

    target_class = "importer.api.authentication.TokenAuthentication"
