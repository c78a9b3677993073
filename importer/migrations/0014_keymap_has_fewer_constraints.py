"""Each row that is loaded was checked against three tables at commit. The load that writes it is held
by the same constraints, so that none of the three can go while it runs.
"""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("importer", "0013_profiles")]

    operations: ClassVar = [
        migrations.AlterField(
            "keymap",
            "project",
            models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="importer.project",
            ),
        ),
        migrations.AlterField(
            "keymap",
            "connection",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                to="importer.connection",
            ),
        ),
        migrations.AlterField(
            "keymap",
            "entity",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="importer.entity",
            ),
        ),
    ]
