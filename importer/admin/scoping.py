"""What every admin page shares: only the current project's rows, and rights by our verbs."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponseRedirect
from unfold.admin import ModelAdmin
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminTextareaWidget

from importer.admin.json_fields import JSONTextarea, ReadableJSONField
from importer.errors import StowageError
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


JSON_FIELDS: dict[Any, Any] = {
    models.JSONField: {"form_class": ReadableJSONField, "widget": JSONTextarea},
    models.TextField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 2})},
}


class ScopedForm(forms.ModelForm):  # type: ignore[type-arg]
    """A row of ``project``; a name that is unique in the project is checked as such. ``refusal``
    is what the verb said when it was asked to save this form."""

    project: ClassVar[Project | None] = None
    refusal: ClassVar[str] = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.instance.project = self.project

    def clean(self) -> Any:
        cleaned = super().clean()
        if self.refusal:
            raise ValidationError(self.refusal)
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"project"}  # type: ignore[misc,no-any-return]


class OwnChangeList(ChangeList):
    """A list that knows, without counting again, that all of it is shown."""

    @property
    def is_narrowed(self) -> bool:
        """Whether a search, a filter or a link from another page hides some rows."""
        return bool(self.query or self.get_filters_params())

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.is_narrowed:
            self.full_result_count = self.result_count


class ScopedAdmin(ModelAdmin):
    """Rows of the current project only. ``edit_verb`` and ``delete_verb`` name the right that
    adding and changing, or deleting, asks for; None means nobody does it here."""

    form: Any = ScopedForm
    edit_verb: str | None = None
    add_verb: str | None = None
    delete_verb: str | None = None
    list_per_page = 50
    show_full_result_count = False
    formfield_overrides = JSON_FIELDS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(project=project_of(request))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OwnChangeList

    def row_or_404(self, request: HttpRequest, object_id: Any) -> Any:
        """The row of that id in the current project; whatever else the id is, a 404."""
        row = self.get_object(request, str(object_id))
        if row is None:
            raise Http404("There is no such row in this project.")
        return row

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """No patterns from the address: a wrong one fails in the database, a slow one holds it."""
        allowed_here: bool = super().lookup_allowed(lookup, value, request)
        return allowed_here and not lookup.endswith("regex")

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

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        known = {"project": project_of(request), "refusal": getattr(request, "refusal", "")}
        return type(form.__name__, (form,), known)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """What a verb refuses while saving is said on the form, which keeps what was typed."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except StowageError as refusal:
            request.refusal = str(refusal)  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """A bulk action that a verb refuses, or ids that are none, are a message; of what is
        refused for one row nothing is done for the others."""
        try:
            with transaction.atomic():
                return super().changelist_view(request, extra_context)
        except (StowageError, ValidationError) as refusal:
            messages.error(request, _said(refusal))
            return HttpResponseRedirect(request.path)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """A refusal leads back to the row, with its sentence."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except StowageError as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(request.path.removesuffix("delete/") + "change/")

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.save(commit=False):
            row.project = form.instance.project
            row.save()
        for row in formset.deleted_objects:
            row.delete()
        formset.save_m2m()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Choices of a foreign key are the current project's rows too."""
        narrow_to_project(db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def narrow_to_project(db_field: Any, request: HttpRequest, kwargs: dict[str, Any]) -> None:
    """Put the current project's rows into ``kwargs`` as the choices of a foreign key."""
    related = db_field.related_model
    if "queryset" not in kwargs and any(f.name == "project" for f in related._meta.fields):
        kwargs["queryset"] = related.objects.filter(project=project_of(request))


def person(user: User | None) -> str:
    """A user as a read-only text: the users' own pages are for superusers."""
    return str(user) if user is not None else "-"


def _said(refusal: Exception) -> str:
    return " ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)


class ReadOnlyAdmin(ScopedAdmin):
    """Rows that only verbs write; the admin shows them."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
