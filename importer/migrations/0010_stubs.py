"""A reference to what nobody has may make a stub."""

from typing import ClassVar

from django.db import migrations, models

WAYS = [
    ("error", "Error on the row"),
    ("empty", "Leave empty, with a warning"),
    ("stub", "Make a stub of it"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("importer", "0009_abandoned_batches")]

    operations: ClassVar = [
        migrations.AlterField(
            "fieldmapping",
            "on_missing",
            models.CharField(choices=WAYS, default="error", max_length=16),
        ),
    ]
