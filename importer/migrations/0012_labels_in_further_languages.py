"""Labels of Odoo's fields in the languages that the database has, for suggestions."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("importer", "0011_languages_and_companies")]

    operations: ClassVar = [
        migrations.AddField("odoofield", "labels", models.JSONField(default=list)),
    ]
