"""The column or expression by which each row of a mapping names its company."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("importer", "0014_keymap_has_fewer_constraints")]

    operations: ClassVar = [
        migrations.AddField(
            "mapping",
            "row_company",
            models.JSONField(blank=True, default=dict, verbose_name="company of the row"),
        ),
    ]
