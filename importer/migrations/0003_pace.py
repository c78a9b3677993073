"""How fast a node goes, and how long a call to a connection should take at most."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("importer", "0002_match_rules")]

    operations: ClassVar = [
        migrations.AddField(
            "load",
            "pace",
            models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            "connection",
            "answer_target_seconds",
            models.PositiveIntegerField(default=10, verbose_name="answer target (s)"),
        ),
    ]
