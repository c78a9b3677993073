"""Files that rows name: those inside a dataset's archives, and the hosts they may be fetched from."""

from typing import ClassVar

from django.db import migrations, models

SOURCES = [
    ("column", "Column"),
    ("expression", "Expression"),
    ("constant", "Constant"),
    ("reference", "Reference to an entity"),
    ("lookup", "Record in Odoo"),
    ("binary", "File"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("importer", "0007_keymap_has_fewer_indexes")]

    operations: ClassVar = [
        migrations.AddField(
            "project",
            "file_hosts",
            models.JSONField("hosts files may be fetched from", blank=True, default=list),
        ),
        migrations.AlterField(
            "fieldmapping", "source", models.CharField(choices=SOURCES, max_length=16)
        ),
        migrations.CreateModel(
            "DatasetAsset",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=1000)),
                ("member", models.CharField(max_length=1000)),
                ("size", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "dataset",
                    models.ForeignKey("importer.dataset", models.CASCADE, related_name="assets"),
                ),
                (
                    "file",
                    models.ForeignKey(
                        "importer.datasetfile", models.CASCADE, related_name="assets"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey("importer.project", models.PROTECT, related_name="+"),
                ),
            ],
            options={"ordering": ("name", "id")},
        ),
    ]
