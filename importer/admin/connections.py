"""Connections to Odoo: made, tested and refreshed here; a secret goes in and never comes out."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from importer import connections
from importer.admin.deeds import Deed, DeedAdmin
from importer.admin.doing import do
from importer.admin.filters import OwnRowsFilter
from importer.admin.labels import labels
from importer.admin.scoping import ReadOnlyAdmin, ScopedForm, project_of, user_of
from importer.choices import ConnectionState, Environment
from importer.errors import Refused
from importer.models import Connection, OdooField, OdooModel

SPEED = ("streams", "answer_limit_seconds", "answer_target_seconds")
CHANGEABLE = ("name", "url", "database", "environment", *SPEED)


class ConnectionForm(ScopedForm):
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
        fields = CHANGEABLE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and not self.instance._state.adding:
            known = self.instance.secrets.filter(is_default=True).first()
            self.fields["login"].initial = known.login if known else ""
        else:
            self.fields["secret"].required = True
            self.fields["secret"].help_text = _("Stored encrypted and never shown.")

    def clean(self) -> Any:
        cleaned = super().clean()
        if "login" in self.changed_data and not cleaned.get("secret"):
            self.add_error("secret", _("Another login needs its password or API key."))
        return cleaned


def _is_in_question(connection: Connection) -> bool:
    return connection.state == ConnectionState.CHANGED


@admin.register(Connection)
class ConnectionAdmin(DeedAdmin):
    """One Odoo database a row."""

    form = ConnectionForm
    edit_verb = add_verb = delete_verb = "edit_connection"
    list_display = ("name", "url", "database", "show_environment", "version", "show_state")
    list_filter = ("environment", "state")
    search_fields = ("name", "url", "database")
    readonly_fields = (
        "state",
        "state_message",
        "version",
        "fingerprint",
        "schema_taken_at",
        "tested_at",
    )
    deeds = (
        Deed("test", "test_connection", _("Test connection"), "test", is_main=True),
        Deed("refresh", "refresh_schema", _("Read the schema again"), "refresh"),
        Deed(
            "restored",
            "confirm_fingerprint",
            _("It is the same database, restored"),
            "say_restored",
            asks=_("What was loaded into this database stays known, and runs may start again."),
            fits=_is_in_question,
        ),
        Deed(
            "back",
            "confirm_fingerprint",
            _("It is the same database, gone back to a backup"),
            "say_went_back",
            asks=_(
                "Every record that we know is looked up: what is missing in Odoo, or is another "
                "record by now, is marked as gone and made anew by the next run; what is older "
                "than it was is sent again. This cannot be taken back."
            ),
            fits=_is_in_question,
        ),
        Deed(
            "other",
            "confirm_fingerprint",
            _("It is another database"),
            "say_other",
            asks=_(
                "Nothing that we loaded is in it: every entry of the key map of this connection "
                "is marked as gone, and the schema is read anew. This cannot be taken back."
            ),
            fits=_is_in_question,
        ),
    )

    @display(description=_("State"), label=labels(ConnectionState))
    def show_state(self, obj: Connection) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @display(description=_("Environment"), label=labels(Environment))
    def show_environment(self, obj: Connection) -> tuple[str, str]:
        return obj.environment, obj.get_environment_display()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The login is for those who may change it; what a test said, once there is something."""
        names = ["name", "url", "database", "environment"]
        if obj is None or self.has_change_permission(request, obj):
            names += ["login", "secret"]
        sets: list[Any] = [(None, {"fields": names})]
        if obj is not None:
            sets += [
                (_("Speed"), {"fields": SPEED}),
                (_("What the last test said"), {"fields": self.readonly_fields}),
            ]
        return sets

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        given, user = form.cleaned_data, user_of(request)
        if not change:
            project = project_of(request)
            assert project is not None
            made = connections.add_connection(by=user, project=project, **given)
            obj.__dict__.update(made.__dict__)
            return
        changed = {name: given[name] for name in CHANGEABLE if name in form.changed_data}
        connections.change_connection(obj, by=user, **changed)
        if given["secret"]:
            connections.change_secret(
                connection=obj, by=user, login=given["login"], secret=given["secret"]
            )

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        connections.delete_connection(obj, by=user_of(request))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """One that runs have used is not asked about; the row's page says why it is kept."""
        row = self.get_object(request, object_id)
        if row is not None and self.has_delete_permission(request, row):
            try:
                connections.refuse_if_used(row)
            except Refused as refusal:
                messages.error(request, str(refusal))
                return HttpResponseRedirect(self.page_of(row))
        return super().delete_view(request, object_id, extra_context)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The cached schema and the login go along without being listed by the hundred."""
        return [str(row) for row in objs], {}, set(), []

    def test(self, request: HttpRequest, connection: Connection) -> None:
        report = do(request, lambda: connections.test_connection(connection, by=user_of(request)))
        if report is not None:
            level = messages.SUCCESS if report.ok else messages.ERROR
            messages.add_message(request, level, " ".join((report.sentence, *report.notes)))

    def refresh(self, request: HttpRequest, connection: Connection) -> None:
        do(
            request,
            lambda: connections.ask_for_schema(connection, by=user_of(request)),
            _("The schema is being read in the background."),
        )

    def say_restored(self, request: HttpRequest, connection: Connection) -> None:
        self._decide(request, connection, "restored")

    def say_went_back(self, request: HttpRequest, connection: Connection) -> None:
        self._decide(request, connection, "went_back")

    def say_other(self, request: HttpRequest, connection: Connection) -> None:
        self._decide(request, connection, "other_database")

    def _decide(
        self, request: HttpRequest, connection: Connection, decision: connections.Decision
    ) -> None:
        do(
            request,
            lambda: connections.confirm_fingerprint(
                connection, by=user_of(request), decision=decision
            ),
            _("Noted. Runs may start again."),
        )


class OdooFieldInline(TabularInline):
    """The fields of a model as last read."""

    model = OdooField
    extra = 0
    can_delete = False
    fields = ("name", "type", "required", "readonly", "relation", "size")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


@admin.register(OdooModel)
class OdooModelAdmin(ReadOnlyAdmin):
    """What we know of the models of each connection."""

    list_display = ("name", "connection", "taken_at")
    list_filter = (("connection", OwnRowsFilter),)
    list_select_related = ("connection",)
    search_fields = ("name",)
    fields = ("connection", "name", "taken_at")
    inlines = (OdooFieldInline,)
