"""Users, projects and their members."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from importer import projects
from importer.admin.json_fields import LinesField
from importer.admin.scoping import user_of
from importer.data.binaries.fetching import host_problem
from importer.errors import StowageError
from importer.models import Membership, Project, User
from importer.rights import may, projects_of


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    """People. Only superusers see this page."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = (
        "username",
        "email",
        "first_name",
        "last_name",
        "is_staff",
        "is_superuser",
    )
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (
            "Person",
            {"fields": ("first_name", "last_name", "email", "time_zone", "language")},
        ),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )


class UserNameField(forms.CharField):
    """A user by name, so that no list of everybody is shown to anybody."""

    def prepare_value(self, value: Any) -> Any:
        known = User.objects.filter(pk=value).first() if isinstance(value, int) else None
        return known.username if known else value

    def clean(self, value: Any) -> Any:
        user = User.objects.filter(username=super().clean(value)).first()
        if user is None:
            raise ValidationError(_("There is no user of that name. Ask who runs this site."))
        return user

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != data)


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]
    """A user's name and role."""

    user = UserNameField(label=_("User name"), widget=UnfoldAdminTextInputWidget())


class MembershipInline(TabularInline):
    """Who belongs to the project, edited by its admins."""

    model = Membership
    form = MembershipForm
    extra = 0
    fields = ("user", "role")

    def _may(self, request: HttpRequest, obj: Any) -> bool:
        return isinstance(obj, Project) and may(user_of(request), "edit_members", obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)


class ProjectForm(forms.ModelForm):  # type: ignore[type-arg]
    """A project; the hosts that files may be fetched from are given one a line."""

    file_hosts = LinesField(
        label=_("Hosts files may be fetched from"),
        required=False,
        help_text=_(
            "One a line, such as images.example.com or 10.0.0.5:8080. Rows may name pictures and "
            "documents at these hosts by their address; nothing is fetched from anywhere else."
        ),
    )

    def clean_file_hosts(self) -> list[str]:
        hosts: list[str] = self.cleaned_data["file_hosts"]
        for said in filter(None, map(host_problem, hosts)):
            raise ValidationError(said)
        return hosts


@admin.register(Project)
class ProjectAdmin(ModelAdmin):
    """A user's own projects."""

    form = ProjectForm
    list_display = ("name", "created_at")
    fields = ("name", "file_hosts")
    inlines = (MembershipInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        mine = [project.pk for project in projects_of(user_of(request))]
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(pk__in=mine)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_staff

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return not isinstance(obj, Project) or may(user_of(request), "edit_project", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        hosts = obj.file_hosts
        made = projects.create_project(by=user_of(request), name=obj.name)
        projects.set_file_hosts(by=user_of(request), project=made, hosts=hosts)
        projects.switch_project(user_of(request), made)
        obj.__dict__.update(made.__dict__)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except StowageError as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(request.path)

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> Any:
        """Members are added once there is a project."""
        return super().get_inline_instances(request, obj) if obj else []

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        by, project = user_of(request), form.instance
        for row in formset.save(commit=False):
            if row.pk:  # another user in the same line is another member
                was = Membership.objects.select_related("user").get(pk=row.pk).user
                if was != row.user:
                    projects.remove_member(by=by, project=project, user=was)
            projects.set_member(by=by, project=project, user=row.user, role=row.role)
        for row in formset.deleted_objects:
            projects.remove_member(by=by, project=project, user=row.user)
