"""The REST API: who may call it, how it pages, how it describes itself."""

from datetime import timedelta

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "importer.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "EXCEPTION_HANDLER": "importer.api.errors.handle",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "importer.api.paging.Pages",
    # Forms of several parts are for uploads only: a broken one is read as one without fields.
    "DEFAULT_PARSER_CLASSES": [
        "importer.api.parsing.StorableJSONParser",
        "rest_framework.parsers.FormParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

REST_KNOX = {"TOKEN_TTL": timedelta(days=90), "AUTO_REFRESH": False}

SPECTACULAR_SETTINGS = {
    "TITLE": "Stowage",
    "DESCRIPTION": "Spreadsheets into Odoo: checked, loaded as a graph, verified, undone.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "importer.api.schema.same_everywhere",
        "importer.api.schema.with_refusals",
    ],
}
