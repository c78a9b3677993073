"""What every admin page shares: only the current project's rows, and rights by our verbs."""

from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from importer.models import Project, User
from importer.projects import current_project
from importer.rights import may


def project_of(request: HttpRequest) -> Project | None:
    """The current project of the request's user, looked up once per request."""
    if not hasattr(request, "stowage_project"):
        user = request.user
        found = current_project(user) if isinstance(user, User) else None
        request.stowage_project = found  # type: ignore[attr-defined]
    project: Project | None = request.stowage_project  # type: ignore[attr-defined]
    return project


def user_of(request: HttpRequest) -> User:
    """The request's user; admin pages have one always."""
    assert isinstance(request.user, User)
    return request.user


def allowed(request: HttpRequest, verb: str | None) -> bool:
    """Whether the user may do the verb in the current project; no verb, nobody may."""
    project = project_of(request)
    return verb is not None and project is not None and may(user_of(request), verb, project)


class ScopedAdmin(ModelAdmin):
    """Rows of the current project only. ``edit_verb`` and ``delete_verb`` name the right that
    adding and changing, or deleting, asks for; None means nobody does it here."""

    edit_verb: str | None = None
    add_verb: str | None = None
    delete_verb: str | None = None
    list_per_page = 50
    show_full_result_count = False
    project_lookup = "project"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(**{self.project_lookup: project_of(request)})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return allowed(request, "view")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return allowed(request, "view")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return allowed(request, self.add_verb)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return allowed(request, self.edit_verb)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return allowed(request, self.delete_verb)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.project = project_of(request)
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.save(commit=False):
            row.project = form.instance.project
            row.save()
        for row in formset.deleted_objects:
            row.delete()
        formset.save_m2m()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Choices of a foreign key are the current project's rows too."""
        related = db_field.related_model
        if "queryset" not in kwargs and any(f.name == "project" for f in related._meta.fields):
            kwargs["queryset"] = related.objects.filter(project=project_of(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ReadOnlyAdmin(ScopedAdmin):
    """Rows that only verbs write; the admin shows them."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
