"""How deep a dry run goes, what its updates would find, and the plan that a load applies."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("importer", "0019_vanished_rows")]

    operations: ClassVar = [
        migrations.AddField(
            "load",
            "depth",
            models.CharField(
                choices=[("local", "Local plan"), ("server", "Server dry run")],
                default="local",
                max_length=8,
            ),
        ),
        migrations.AddField(
            "load",
            "agreed_plan",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="importer.plan",
            ),
        ),
        migrations.AddField("load", "agreed", models.JSONField(blank=True, default=dict)),
        migrations.AddField(
            "plan", "befores_as", models.CharField(blank=True, default="", max_length=500)
        ),
        migrations.AddField(
            "plan", "befores_sha256", models.CharField(blank=True, default="", max_length=64)
        ),
    ]
