"""The graphs app: graphs of models, their runs, logs and events."""

from django.apps import AppConfig


class GraphsConfig(AppConfig):
    name = "graphs"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Graphs"
