"""Whether the records of a many2many field replace what is linked, or are added to it."""

from typing import ClassVar

from django.db import migrations, models

LINKINGS = [("replace", "Replace what is linked"), ("add", "Add to what is linked")]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("importer", "0005_winner")]

    operations: ClassVar = [
        migrations.AddField(
            "fieldmapping",
            "linking",
            models.CharField(choices=LINKINGS, default="replace", max_length=8),
        ),
    ]
