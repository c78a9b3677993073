"""One Odoo database in one environment, its secrets, and what we cached of its schema."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from importer.choices import ConnectionState, Environment
from importer.models.base import ProjectOwned, PublicObject


class Connection(PublicObject):
    """One Odoo database. Identity is url, database and fingerprint; key maps and leases hang on
    it, so there is one per database in a project and further logins are further secrets."""

    name = models.CharField(_("name"), max_length=200)
    url = models.URLField(_("URL"), max_length=500)
    database = models.CharField(_("database"), max_length=200)
    environment = models.CharField(
        max_length=16, choices=Environment.choices, default=Environment.STAGING
    )
    state = models.CharField(
        max_length=16, choices=ConnectionState.choices, default=ConnectionState.UNTESTED
    )
    state_message = models.TextField(blank=True, default="")
    version = models.CharField(max_length=32, blank=True, default="")  # "19.0"
    fingerprint = models.CharField(max_length=200, blank=True, default="")
    fingerprint_seen = models.CharField(max_length=200, blank=True, default="")  # when it differs
    modules = models.JSONField(default=list, blank=True)
    absent_models = models.JSONField(default=list, blank=True)  # looked for in vain
    languages = models.JSONField(default=list, blank=True)  # codes of the active ones
    companies = models.JSONField(default=list, blank=True)  # [[id, name, external id]], the login's
    schema_taken_at = models.DateTimeField(null=True, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    streams = models.PositiveSmallIntegerField(_("parallel batches"), default=2)
    answer_limit_seconds = models.PositiveIntegerField(_("answer limit (s)"), default=120)
    answer_target_seconds = models.PositiveIntegerField(_("answer target (s)"), default=10)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=("project", "url", "database"),
                name="one_connection_per_database",
            ),
            models.UniqueConstraint(fields=("project", "name"), name="connection_name_in_project"),
        )

    def __str__(self) -> str:
        return self.name


class ConnectionSecret(ProjectOwned):
    """A login on a connection's database. ``secret`` is encrypted; nothing ever reads it out but
    the verb that opens a client."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="secrets")
    login = models.CharField(_("login"), max_length=200)
    secret = models.BinaryField()
    uid = models.PositiveIntegerField(null=True, blank=True)
    # json2 | jsonrpc: on one Odoo 19 a key takes the first, a password the second.
    protocol = models.CharField(max_length=16, blank=True, default="")
    is_default = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("connection", "login"), name="one_secret_per_login"),
            models.UniqueConstraint(
                fields=("connection",),
                condition=models.Q(is_default=True),
                name="one_default_secret",
            ),
        )

    def __str__(self) -> str:
        return self.login


class OdooModel(ProjectOwned):
    """A model of the connection's database as last read. Validation reads only this."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="odoo_models")
    name = models.CharField(max_length=128)
    defaults = models.JSONField(default=dict)  # default_get
    taken_at = models.DateTimeField()

    class Meta:
        verbose_name = _("Odoo model")
        verbose_name_plural = _("Odoo models")
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("connection", "name"), name="one_model_per_connection"),
        )

    def __str__(self) -> str:
        return self.name


class OdooField(ProjectOwned):
    """A field of an OdooModel, reduced to what mapping and checking need."""

    odoo_model = models.ForeignKey(OdooModel, on_delete=models.CASCADE, related_name="fields")
    name = models.CharField(max_length=128)
    label = models.CharField(max_length=300, blank=True, default="")
    type = models.CharField(max_length=32)
    required = models.BooleanField(default=False)
    readonly = models.BooleanField(default=False)
    store = models.BooleanField(default=True)
    relation = models.CharField(max_length=128, blank=True, default="")
    relation_field = models.CharField(max_length=128, blank=True, default="")
    size = models.PositiveIntegerField(null=True, blank=True)
    translate = models.BooleanField(default=False)
    company_dependent = models.BooleanField(default=False)
    depends = models.JSONField(default=list)
    selection = models.JSONField(default=list)  # [[key, label], ...]
    searchable = models.BooleanField(default=True)
    labels = models.JSONField(default=list)  # [[language, label], ...] of further languages

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("odoo_model", "name"), name="one_field_per_model"),
        )

    def __str__(self) -> str:
        return self.name
