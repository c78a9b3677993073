"""What the OpenAPI schema says of us that cannot be read from the views."""

from typing import Any

_REFUSED = {
    "description": "Refused: what is wrong, in sentences.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Errors"}}},
}


def same_everywhere(result: dict[str, Any], **_known: Any) -> dict[str, Any]:
    """A session's cookie is named after the installation, so that two on one machine do not share
    it; the schema must not differ by that."""
    cookie = result["components"]["securitySchemes"]["cookieAuth"]
    cookie["name"] = "session"
    cookie["description"] = "The session of the admin; its name differs between installations."
    return result


def with_refusals(result: dict[str, Any], **_known: Any) -> dict[str, Any]:
    """Every operation may be refused, always in the one shape."""
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["4XX"] = _REFUSED
    return result
