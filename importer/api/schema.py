"""What the OpenAPI schema says of us that cannot be read from the views."""

from typing import Any


def same_everywhere(result: dict[str, Any], **_known: Any) -> dict[str, Any]:
    """A session's cookie is named after the installation, so that two on one machine do not share
    it; the schema must not differ by that."""
    cookie = result["components"]["securitySchemes"]["cookieAuth"]
    cookie["name"] = "session"
    cookie["description"] = "The session of the admin; its name differs between installations."
    return result
