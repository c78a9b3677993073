"""The graphs app: graphs of models, their runs, logs and events."""

from django.apps import AppConfig


class GraphsConfig(AppConfig):
    name = "graphs"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Graphs"

    def ready(self) -> None:
        """The importer does our jobs without knowing us."""
        from graphs.reconciling import after_failed_reconciliation, do_reconcile_job
        from importer.background import register_job
        from importer.choices import JobKind

        register_job(JobKind.RECONCILE, do_reconcile_job, after_failure=after_failed_reconciliation)
