"""Who wins where a field was changed on both sides."""

from typing import ClassVar

from django.db import migrations, models

WINNERS = [
    ("source", "The source"),
    ("odoo", "Odoo"),
    ("ask", "Ask: the row waits for a decision"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("importer", "0004_deferred_links")]

    operations: ClassVar = [
        migrations.AddField(
            "fieldmapping",
            "winner",
            models.CharField(choices=WINNERS, default="source", max_length=8),
        ),
        migrations.AddField(
            "load", "winner", models.CharField(blank=True, default="", max_length=8)
        ),
    ]
