"""How rows become records: entities, mappings, their fields and value maps."""

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from importer.choices import (
    EmptyCells,
    ExistingPolicy,
    FieldSource,
    Linking,
    MissingReference,
    VanishedPolicy,
    Winner,
)
from importer.models.base import ProjectOwned, PublicObject

entity_name = RegexValidator(
    r"^[a-z][a-z0-9_]{0,39}$",
    _("Use lower-case letters, digits and underscores, starting with a letter (at most 40)."),
)


class Entity(PublicObject):
    """A stable name in a project with its Odoo model and key columns. External ids and key maps
    hang on the name, so it is never renamed; an alias is what people see."""

    name = models.CharField(_("name"), max_length=40, validators=[entity_name])
    alias = models.CharField(_("alias"), max_length=200, blank=True, default="")
    odoo_model = models.CharField(_("Odoo model"), max_length=128)
    key_columns = models.JSONField(_("key columns"), default=list)

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "entities"
        constraints = (
            models.UniqueConstraint(fields=("project", "name"), name="entity_name_in_project"),
        )

    def __str__(self) -> str:
        return self.alias or self.name


class Mapping(PublicObject):
    """How rows of one entity are made from a sheet that has its columns. Not bound to a sheet:
    which sheet feeds which entity is said on the run."""

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="mappings")
    name = models.CharField(_("name"), max_length=200)
    sheet_name = models.CharField(_("usual sheet"), max_length=300, blank=True, default="")
    row_filter = models.TextField(_("only rows where"), blank=True, default="")
    row_company = models.JSONField(_("company of the row"), default=dict, blank=True)
    on_existing = models.CharField(
        max_length=16, choices=ExistingPolicy.choices, default=ExistingPolicy.UPSERT
    )
    empty_cells = models.CharField(
        max_length=16, choices=EmptyCells.choices, default=EmptyCells.KEEP
    )
    match_rules = models.JSONField(_("match rules"), default=list, blank=True)
    vanished = models.CharField(
        _("rows that vanished"),
        max_length=8,
        choices=VanishedPolicy.choices,
        default=VanishedPolicy.NOTHING,
    )
    vanished_percent = models.PositiveSmallIntegerField(
        _("ask above (% vanished)"), default=20, validators=[MaxValueValidator(100)]
    )
    context = models.JSONField(default=dict, blank=True)
    control_totals = models.JSONField(default=list, blank=True)
    nested_in = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="nested"
    )
    nested_field = models.CharField(max_length=128, blank=True, default="")

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("project", "name"), name="mapping_name_in_project"),
        )

    def __str__(self) -> str:
        return self.name


class ValueMap(PublicObject):
    """Source value to target value, reusable in a project. ``entries``: {"UK": "GB", ...}."""

    name = models.CharField(_("name"), max_length=200)
    entries = models.JSONField(default=dict)
    ignore_case = models.BooleanField(default=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("project", "name"), name="value_map_in_project"),
        )

    def __str__(self) -> str:
        return self.name


class FieldMapping(ProjectOwned):
    """Where one Odoo field's cells come from; ``spec`` holds what its source needs
    (docs/mappings.md has the shape of each)."""

    mapping = models.ForeignKey(Mapping, on_delete=models.CASCADE, related_name="fields")
    position = models.PositiveIntegerField(default=0)
    target = models.CharField(_("Odoo field"), max_length=128)
    lang = models.CharField(_("language"), max_length=16, blank=True, default="")
    source = models.CharField(max_length=16, choices=FieldSource.choices)
    spec = models.JSONField(default=dict)
    default = models.TextField(_("default"), blank=True, default="")
    value_map = models.ForeignKey(
        ValueMap, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    on_missing = models.CharField(
        max_length=16, choices=MissingReference.choices, default=MissingReference.ERROR
    )

    winner = models.CharField(max_length=8, choices=Winner.choices, default=Winner.SOURCE)
    linking = models.CharField(max_length=8, choices=Linking.choices, default=Linking.REPLACE)

    class Meta:
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("mapping", "target", "lang"), name="one_source_per_field_and_language"
            ),
        )

    def __str__(self) -> str:
        return self.target
