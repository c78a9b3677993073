"""Connections to Odoo: made, tested and refreshed here; a secret goes in and never comes out."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from importer import connections
from importer.admin.doing import do
from importer.admin.labels import labels
from importer.admin.scoping import ReadOnlyAdmin, ScopedAdmin, project_of, user_of
from importer.choices import ConnectionState, Environment
from importer.models import Connection, OdooField, OdooModel


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """The connection with a login and a secret that is only ever written."""

    login = forms.CharField(label=_("Login"), widget=UnfoldAdminTextInputWidget())
    secret = forms.CharField(
        label=_("Password or API key"),
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("Stored encrypted and never shown. Leave empty to keep the one we have."),
    )

    class Meta:
        model = Connection
        fields = (
            "name",
            "url",
            "database",
            "environment",
            "streams",
            "answer_limit_seconds",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and not self.instance._state.adding:
            known = self.instance.secrets.filter(is_default=True).first()
            self.fields["login"].initial = known.login if known else ""
        else:
            self.fields["secret"].required = True


@admin.register(Connection)
class ConnectionAdmin(ScopedAdmin):
    """One Odoo database a row."""

    form = ConnectionForm
    edit_verb = add_verb = "edit_connection"
    list_display = (
        "name",
        "url",
        "database",
        "show_environment",
        "version",
        "show_state",
    )
    search_fields = ("name", "url", "database")
    readonly_fields = (
        "show_state",
        "state_message",
        "version",
        "fingerprint",
        "schema_taken_at",
        "tested_at",
    )
    fieldsets = (
        (
            None,
            {"fields": ("name", "url", "database", "environment", "login", "secret")},
        ),
        (_("Speed"), {"fields": ("streams", "answer_limit_seconds")}),
        (_("What the last test said"), {"fields": readonly_fields}),
    )
    actions_detail = ("test", "refresh", "say_restored", "say_other")

    @display(description=_("State"), label=labels(ConnectionState))
    def show_state(self, obj: Connection) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @display(description=_("Environment"), label=labels(Environment))
    def show_environment(self, obj: Connection) -> tuple[str, str]:
        return obj.environment, obj.get_environment_display()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        given = form.cleaned_data
        if change:
            super().save_model(request, obj, form, change)
            if given["secret"]:
                connections.change_secret(
                    connection=obj,
                    by=user_of(request),
                    login=given["login"],
                    secret=given["secret"],
                )
            return
        project = project_of(request)
        assert project is not None
        made = connections.add_connection(by=user_of(request), project=project, **given)
        obj.__dict__.update(made.__dict__)

    def _back(self, object_id: str) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:importer_connection_change", args=(object_id,)))

    @action(description=_("Test connection"), url_path="test", permissions=["change"])
    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        connection = self.get_queryset(request).get(pk=object_id)
        report = do(
            request,
            lambda: connections.test_connection(connection, by=user_of(request)),
        )
        if report is not None:
            level = messages.SUCCESS if report.ok else messages.ERROR
            messages.add_message(request, level, report.sentence)
        return self._back(object_id)

    @action(description=_("Refresh schema"), url_path="refresh", permissions=["change"])
    def refresh(self, request: HttpRequest, object_id: str) -> HttpResponse:
        connection = self.get_queryset(request).get(pk=object_id)
        do(
            request,
            lambda: connections.ask_for_schema(connection, by=user_of(request)),
            "The schema is being read in the background.",
        )
        return self._back(object_id)

    @action(description=_("It is the same database, restored"), url_path="restored")
    def say_restored(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "restored")

    @action(description=_("It is another database"), url_path="other")
    def say_other(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "other_database")

    def _decide(
        self, request: HttpRequest, object_id: str, decision: connections.Decision
    ) -> HttpResponse:
        connection = self.get_queryset(request).get(pk=object_id)
        do(
            request,
            lambda: connections.confirm_fingerprint(
                connection, by=user_of(request), decision=decision
            ),
            "Noted. Runs may start again.",
        )
        return self._back(object_id)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """The two answers about a changed fingerprint are shown only when the question is."""
        actions: list[Any] = super().get_actions_detail(request, object_id)
        connection = self.get_queryset(request).filter(pk=object_id).first()
        if connection is not None and connection.state == ConnectionState.CHANGED:
            return actions
        return [a for a in actions if not a.action_name.endswith(("say_restored", "say_other"))]


class OdooFieldInline(TabularInline):
    """The fields of a model as last read."""

    model = OdooField
    extra = 0
    can_delete = False
    fields = ("name", "type", "required", "readonly", "relation", "size")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


@admin.register(OdooModel)
class OdooModelAdmin(ReadOnlyAdmin):
    """What we know of the models of each connection."""

    list_display = ("name", "connection", "taken_at")
    list_filter = ("connection",)
    search_fields = ("name",)
    fields = ("connection", "name", "taken_at")
    inlines = (OdooFieldInline,)
